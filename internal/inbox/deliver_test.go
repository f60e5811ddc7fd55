package inbox_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"vmsflow/dev/devserver"
	"vmsflow/internal/inbox"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/workflows/contract"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const pob = "DV0012345"

// box delivers from a database of its own to the Temporal server that all tests share; no worker runs.
type box struct {
	*testing.T
	inbox.Deliverer
}

func newBox(t *testing.T) box {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{
		HostPort: devserver.ForTest(t).Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return box{T: t, Deliverer: inbox.Deliverer{
		DB: pgtest.New(t), Temporal: c, Policies: map[string]contract.ReturnPolicy{pob: {}},
	}}
}

// enter enters a return of an order of its own.
func (b box) enter(name string) postgres.Return {
	b.Helper()
	r, err := b.DB.EnterReturn(b.Context(), pob, "S-"+name, "R-"+name, order.CustomerReturn)
	require.NoError(b, err)
	return r
}

// qc enters a QC with the unit U-1 and the surplus unit U-2.
func (b box) qc(r postgres.Return) {
	b.Helper()
	require.NoError(b, b.DB.RecordQC(b.Context(), r.ID, 0,
		[]order.UnitResult{{UnitCode: "U-1", OrderItemID: "1", ItemCode: "469876543001", Code: order.Good}},
		[]order.UnitResult{{UnitCode: "U-2", ItemCode: "469876543001", Code: order.Good}}, false))
}

func (b box) end(r postgres.Return, outcome order.ReturnOutcome) {
	b.Helper()
	require.NoError(b, b.DB.EndReturn(b.Context(), r.ID, outcome, "for the test"))
}

// signals lists what a return's workflow was told; nil when it has none.
func (b box) signals(r postgres.Return) (names []string) {
	b.Helper()
	events := b.Temporal.GetWorkflowHistory(b.Context(), inbox.Input(r, contract.ReturnPolicy{}).WorkflowID(), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if contract.IsGone(err) {
			return nil
		}
		require.NoError(b, err)
		if told := event.GetWorkflowExecutionSignaledEventAttributes(); told != nil {
			names = append(names, told.SignalName)
		}
	}
	return names
}

const (
	parcel = `{"tracking_number": "AJR1"}`
	note   = `{"creditNoteNumber": "CN/1"}`
)

// units is a QC of units that passed.
func units(codes ...string) string {
	var rows []string
	for _, code := range codes {
		rows = append(rows, `{"returnItemCode": "`+code+`", "channelSkuCode": "469876543001", "qcStatus": "PASS"}`)
	}
	return `{"orderItems": [` + strings.Join(rows, ",") + `]}`
}

func TestAnEndedReturnRunsAgainOnlyForWhatItStillTakes(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	plain := func(postgres.Return) {}
	withQC := b.qc
	withNote := func(r postgres.Return) {
		b.qc(r)
		require.NoError(t, b.DB.SaveCreditNote(t.Context(), r.ID, order.CreditNote{Number: "CN/1", IRN: r.ReturnID}))
	}
	for name, c := range map[string]struct {
		before        func(postgres.Return)
		outcome       order.ReturnOutcome
		kind, payload string
		runs          bool
	}{
		"a credit note that nobody waited for":        {withQC, order.ReturnClosed, contract.SignalCreditNote, note, true},
		"a credit note over one that has it":          {withNote, order.ReturnCompleted, contract.SignalCreditNote, note, false},
		"the parcel of one that Ajio withdrew":        {plain, order.ReturnCancelled, contract.SignalReturnParcel, parcel, true},
		"the QC of one that Ajio withdrew":            {plain, order.ReturnCancelled, contract.SignalReturnQC, units("U-1"), true},
		"the parcel of one that Ajio withdrew, again": {withQC, order.ReturnCancelled, contract.SignalReturnParcel, parcel, false},
		"the QC of one that Ajio withdrew, again":     {withQC, order.ReturnCancelled, contract.SignalReturnQC, units("U-1"), false},
		"a parcel report":                             {withQC, order.ReturnCompleted, contract.SignalReturnParcel, parcel, false},
		"units that its QC has":                       {withQC, order.ReturnCompleted, contract.SignalReturnQC, units("U-1", "U-2"), false},
		"units that its QC does not have":             {withQC, order.ReturnCompleted, contract.SignalReturnQC, units("U-1", "U-3"), true},
		"units of one that was given up":              {plain, order.ReturnClosed, contract.SignalReturnQC, units("U-1"), true},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.enter("ENDED " + name)
			c.before(r)
			b.end(r, c.outcome)
			require.NoError(t, b.Deliver(t.Context(), postgres.Message{Kind: c.kind, Payload: []byte(c.payload), ReturnRow: r.ID}))
			ended, err := b.DB.Return(t.Context(), r.ID)
			require.NoError(t, err)
			if !c.runs {
				require.Empty(t, b.signals(r))
				require.Nil(t, ended.ReopenedAt)
				return
			}
			require.Equal(t, []string{c.kind}, b.signals(r))
			require.NotNil(t, ended.ReopenedAt, "or nobody would miss the workflow if it were terminated")
		})
	}
}

func TestADifferenceStartsNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	r := b.enter("DIFFERENCE")
	b.end(r, order.ReturnCancelled)
	err := b.Deliver(t.Context(), postgres.Message{Kind: contract.SignalDifference, Payload: []byte(`{}`), ReturnRow: r.ID})
	require.ErrorIs(t, err, inbox.ErrClosed)
	require.Empty(t, b.signals(r))
}

func TestASuccessorIsToldOfItsOwnParcelOnly(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	enter := func(id string) postgres.Return {
		r, err := b.DB.EnterReturn(t.Context(), pob, "S-SUCCESSOR", id, order.RTO)
		require.NoError(t, err)
		return r
	}
	first := enter("R-FIRST")
	b.end(first, order.ReturnCancelled)
	second := enter("")
	require.NoError(t, b.Deliver(t.Context(), postgres.Message{Kind: contract.SignalReturnParcel, Payload: []byte(parcel), ReturnRow: second.ID}))
	require.Empty(t, b.signals(first))
	require.Equal(t, []string{contract.SignalReturnParcel}, b.signals(second))
}
