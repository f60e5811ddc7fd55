package activities_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"vmsflow/activities"
	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/simulate"
)

// shippedDesk is a desk whose order was delivered.
func shippedDesk(t *testing.T, change ...func(*ajiotest.Options)) *desk {
	t.Helper()
	d := newDesk(t, change...)
	for _, w := range writingCalls {
		require.NoError(t, w.call(d, t, runner()), w.name)
	}
	require.NoError(t, d.sim.Deliver(d.o.ID))
	return d
}

// announced lets the customer return everything and enters the return.
func (d *desk) announced(t *testing.T) activities.ReturnRef {
	t.Helper()
	id, err := d.sim.Announce(ajiotest.Announcement{OrderID: d.o.ID, Kind: order.CustomerReturn})
	require.NoError(t, err)
	return d.enter(t, id, order.CustomerReturn)
}

func (d *desk) enter(t *testing.T, returnID string, kind order.ReturnKind) activities.ReturnRef {
	t.Helper()
	row, err := d.db.EnterReturn(t.Context(), pob, d.o.ID, returnID, kind)
	require.NoError(t, err)
	return activities.ReturnRef{Row: row.ID, Pob: pob, OrderID: d.o.ID, ReturnID: returnID}
}

// checked is a QC of all units of the order, the first of them bad; the items are those of the return, if it has an id.
func (d *desk) checked(t *testing.T, returnID string) (units []order.UnitResult) {
	t.Helper()
	returnItem := map[string]string{}
	if returnID != "" {
		state, err := d.sim.Return(returnID)
		require.NoError(t, err)
		for _, item := range state.Items {
			returnItem[item.OrderItemID] = item.ReturnItemID
		}
	}
	for _, line := range d.o.Lines {
		for range line.Ordered {
			units = append(units, order.UnitResult{
				OrderItemID: line.OrderItemID, ReturnItemID: returnItem[line.OrderItemID], ItemCode: line.ItemCode, Code: order.Good,
			})
		}
	}
	units[0].Code, units[0].Reason, units[0].Said = order.Bad, order.QCUsed, "USED_PRODUCT"
	return units
}

func (d *desk) qcInput(t *testing.T, ref activities.ReturnRef) activities.ReportQCInput {
	t.Helper()
	return activities.ReportQCInput{Row: ref.Row, Pob: pob, ReturnID: ref.ReturnID, Units: d.checked(t, ref.ReturnID)}
}

// note stores a credit note for the return.
func (d *desk) note(t *testing.T, ref activities.ReturnRef) {
	t.Helper()
	document, err := d.db.SaveDocument(t.Context(), postgres.Document{
		Pob: pob, OrderID: ref.ReturnID, Kind: postgres.KindCreditNote, Number: "CN/25-26/000042", ContentType: "application/pdf",
		Content: []byte("%PDF-1.7 the credit note"),
	})
	require.NoError(t, err)
	require.NoError(t, d.db.SaveCreditNote(t.Context(), ref.Row, order.CreditNote{
		Number: "CN/25-26/000042", Date: time.Unix(1764138600, 0), IRN: "d9b80a4f", SignedQR: "signed.qr.code", AckNumber: "112510000000987",
		AckDate: time.Unix(1764138600, 0), DocumentID: document.ID,
	}))
}

// createRTO runs CreateRTO for the order and returns the id.
func (d *desk) createRTO(t *testing.T, row int64) (string, error) {
	t.Helper()
	var returnID atomic.Value
	returnID.Store("")
	err := runner()(func(ctx context.Context, in activities.CreateRTOInput) error {
		id, err := d.ajio.CreateRTO(ctx, in)
		returnID.Store(id)
		return err
	}, activities.CreateRTOInput{Row: row, Pob: pob, OrderID: d.o.ID, Units: d.checked(t, "")})
	return returnID.Load().(string), err
}

func (d *desk) effects(name string) int {
	return len(d.sim.Ledger.Calls(func(c simulate.Call) bool { return c.Name == name && c.Effect }))
}

// The writing calls about returns. Each is ready on a desk of its own.
var returnCalls = []struct {
	name    string // in the simulator's ledger
	prepare func(*desk, *testing.T) (call func(run) error)
}{
	{ajiotest.CallCreateRTO, func(d *desk, t *testing.T) func(run) error {
		ref := d.enter(t, "", order.RTO)
		in := activities.CreateRTOInput{Row: ref.Row, Pob: pob, OrderID: d.o.ID, Units: d.checked(t, "")}
		return func(run run) error { return run(d.ajio.CreateRTO, in) }
	}},
	{ajiotest.CallQC, func(d *desk, t *testing.T) func(run) error {
		in := d.qcInput(t, d.announced(t))
		return func(run run) error { return run(d.ajio.ReportQC, in) }
	}},
	{ajiotest.CallCreditNote, func(d *desk, t *testing.T) func(run) error {
		ref := d.announced(t)
		d.note(t, ref)
		require.NoError(t, runner()(d.ajio.ReportQC, d.qcInput(t, ref)))
		return func(run run) error { return run(d.ajio.SendCreditNote, ref) }
	}},
}

func TestEveryEffectOnAReturnAtAjioHappensOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulate.Fault{
		simulate.TooManyRequests, simulate.ServerError, simulate.Unavailable, simulate.Timeout, simulate.AnswerLost, simulate.TokenExpired,
	} {
		for _, w := range returnCalls {
			t.Run(fmt.Sprintf("%s, %s", w.name, fault), func(t *testing.T) {
				t.Parallel()
				d := shippedDesk(t)
				call := w.prepare(d, t)
				times := 2
				if fault == simulate.TokenExpired {
					times = 1 // a second 401 in a row is for a person
				}
				d.sim.Faults.Next(w.name, fault, times)
				require.NoError(t, call(runner()))
				require.NoError(t, call(runner()), "an operator's retry finds it done")
				require.Equal(t, 1, d.effects(w.name))
			})
		}
	}
}

func TestARefusalOfAReturnIsForAPersonAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, w := range returnCalls {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			d := shippedDesk(t)
			call := w.prepare(d, t)
			d.sim.Faults.Next(w.name, simulate.Refused, 1)
			err := call(runner())
			refusal := activities.RefusalOf(err)
			require.Equal(t, activities.AttentionAjioRefused, refusal.Attention)
			require.Contains(t, refusal.Message, "SIM_STATE: refused on demand")
			require.Contains(t, refusal.Message, "retry")
			require.NotContains(t, err.Error(), "secret")
			require.NoError(t, call(runner()), "it is good when it is tried again")
			require.Equal(t, 1, d.effects(w.name))
		})
	}
}

func TestAnRTOThatIsThereIsTakenOver(t *testing.T) {
	t.Parallel()
	t.Run("announced by Ajio meanwhile", func(t *testing.T) {
		t.Parallel()
		d := shippedDesk(t)
		ref := d.enter(t, "", order.RTO)
		announced, err := d.sim.Announce(ajiotest.Announcement{OrderID: d.o.ID, Kind: order.RTO})
		require.NoError(t, err)
		id, err := d.createRTO(t, ref.Row)
		require.NoError(t, err)
		require.Equal(t, announced, id)
		require.Zero(t, d.effects(ajiotest.CallCreateRTO))
	})
	t.Run("created by a call of another attempt", func(t *testing.T) { // after an outage, an operator's retry or a reset
		t.Parallel()
		d := shippedDesk(t)
		ref := d.enter(t, "", order.RTO)
		for range 2 {
			_, err := d.createRTO(t, ref.Row)
			require.NoError(t, err)
		}
		require.Len(t, d.sim.Ledger.Named(ajiotest.CallCreateRTO), 1, "it is not asked for again")
	})
	t.Run("created by a call whose answer was lost, and not in the feed yet", func(t *testing.T) {
		t.Parallel()
		d := shippedDesk(t, func(o *ajiotest.Options) { o.RTODelay = time.Hour })
		ref := d.enter(t, "", order.RTO)
		d.sim.Faults.Next(ajiotest.CallCreateRTO, simulate.AnswerLost, 1)
		id, err := d.createRTO(t, ref.Row)
		require.NoError(t, err)
		require.Equal(t, d.sim.Returns()[0].ReturnID, id)
		require.Len(t, d.sim.Ledger.Named(ajiotest.CallReturns), 2, "it was read back before each call")
		require.Equal(t, 1, d.effects(ajiotest.CallCreateRTO))
		row, err := d.db.Return(t.Context(), ref.Row)
		require.NoError(t, err)
		require.Equal(t, id, row.ReturnID)
	})
	t.Run("refused, but there by now", func(t *testing.T) {
		t.Parallel()
		d := shippedDesk(t)
		ref := d.enter(t, "", order.RTO)
		announced := ""
		address := bent(t, d.sim.URL, func(r *http.Response) (err error) {
			if strings.HasSuffix(r.Request.URL.Path, wire.PathRTO) && announced == "" {
				announced, err = d.sim.Announce(ajiotest.Announcement{OrderID: d.o.ID, Kind: order.RTO})
			}
			return err
		})
		var err error
		d.ajio.Client, err = ajio.New(ajio.Config{BaseURL: address, Partner: "vmsflow", Pob: pob, Username: pob, Password: "secret"})
		require.NoError(t, err)
		d.sim.Faults.Next(ajiotest.CallCreateRTO, simulate.Refused, 1)
		id, err := d.createRTO(t, ref.Row)
		require.NoError(t, err)
		require.Equal(t, announced, id)
		require.NotEmpty(t, id)
	})
	t.Run("but not one that Ajio withdrew", func(t *testing.T) {
		t.Parallel()
		d := shippedDesk(t)
		ref := d.enter(t, "", order.RTO)
		withdrawn, err := d.sim.Announce(ajiotest.Announcement{OrderID: d.o.ID, Kind: order.RTO})
		require.NoError(t, err)
		require.NoError(t, d.sim.MoveReturn(withdrawn, order.StatusReturnCancelled))
		d.sim.Faults.Next(ajiotest.CallCreateRTO, simulate.ServerError, 1)
		id, err := d.createRTO(t, ref.Row)
		require.NoError(t, err)
		require.NotEqual(t, withdrawn, id)
	})
	t.Run("but not in place of another that the books have", func(t *testing.T) {
		t.Parallel()
		d := shippedDesk(t)
		ref := d.enter(t, "R9", order.RTO)
		_, err := d.createRTO(t, ref.Row)
		require.Equal(t, activities.AttentionConflict, activities.RefusalOf(err).Attention)
		require.ErrorContains(t, err, "R9")
	})
}

func TestTheQCOfAParcelIsCountedByLineCodeAndReason(t *testing.T) {
	t.Parallel()
	d := shippedDesk(t)
	ref := d.announced(t)
	require.NoError(t, runner()(d.ajio.ReportQC, d.qcInput(t, ref)))
	state, err := d.sim.Return(ref.ReturnID)
	require.NoError(t, err)
	for i, item := range state.Items {
		bad, reasons := 0, map[string]int(nil)
		if i == 0 {
			bad, reasons = 1, map[string]int{order.QCUsed: 1}
		}
		require.Equal(t, []int{item.Units - bad, bad, 0}, []int{item.Good, item.Bad, item.Missing})
		require.Equal(t, reasons, item.Reasons)
	}
}

func TestAQCThatAjioHadBeforeIsSaidToBeTakenBefore(t *testing.T) {
	t.Parallel()
	report := func(d *desk, in activities.ReportQCInput) (answer activities.QCAnswer) {
		require.NoError(t, runner()(func(ctx context.Context, in activities.ReportQCInput) (err error) {
			answer, err = d.ajio.ReportQC(ctx, in)
			return err
		}, in))
		return answer
	}
	d := shippedDesk(t)
	in := d.qcInput(t, d.announced(t))
	require.Equal(t, activities.QCAnswer{}, report(d, in))
	require.Equal(t, activities.QCAnswer{TakenBefore: true}, report(d, in), "Ajio refuses a second one")

	d = shippedDesk(t)
	in = d.qcInput(t, d.announced(t))
	d.sim.Faults.Next(ajiotest.CallQC, simulate.AnswerLost, 1)
	require.Equal(t, activities.QCAnswer{TakenBefore: true}, report(d, in))
	require.Equal(t, 1, d.effects(ajiotest.CallQC))
}

func TestARefusedQCSaysWhatAjioShowsOfTheReturn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*testing.T, *desk, *activities.ReportQCInput)
		says  string
	}{
		"withdrawn": {func(t *testing.T, d *desk, in *activities.ReportQCInput) {
			require.NoError(t, d.sim.MoveReturn(in.ReturnID, order.StatusReturnCancelled))
		}, "It has withdrawn the return"},
		"other units": {func(t *testing.T, d *desk, in *activities.ReportQCInput) {
			require.NoError(t, d.sim.CancelReturnUnits(in.ReturnID, in.Units[0].ReturnItemID, 1))
		}, "It no longer expects as many units"},
		"not shown": {func(_ *testing.T, _ *desk, in *activities.ReportQCInput) { in.ReturnID = "R0" }, "It does not show the return"},
		"a reason of its own": {func(_ *testing.T, _ *desk, in *activities.ReportQCInput) {
			in.Units[0].Reason = "UGLY"
		}, "Compare the return with the warehouse's QC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := shippedDesk(t)
			in := d.qcInput(t, d.announced(t))
			c.spoil(t, d, &in)
			refusal := activities.RefusalOf(runner()(d.ajio.ReportQC, in))
			require.Equal(t, activities.AttentionAjioRefused, refusal.Attention)
			require.Contains(t, refusal.Message, c.says)
			require.Zero(t, d.effects(ajiotest.CallQC))
		})
	}
	t.Run("initiated", func(t *testing.T) {
		t.Parallel()
		d := shippedDesk(t)
		id, err := d.sim.Announce(ajiotest.Announcement{OrderID: d.o.ID, Kind: order.CustomerReturn, Status: order.StatusReturnInitiated})
		require.NoError(t, err)
		err = runner()(d.ajio.ReportQC, d.qcInput(t, d.enter(t, id, order.CustomerReturn)))
		require.Contains(t, activities.RefusalOf(err).Message, "It shows the return as RETURN_INITIATED; retry once it is RETURN_CREATED")
	})
}

func TestACreditNoteReachesAjioWithItsDocument(t *testing.T) {
	t.Parallel()
	d := shippedDesk(t)
	ref := d.announced(t)
	require.NoError(t, runner()(d.ajio.ReportQC, d.qcInput(t, ref)))
	require.Equal(t, activities.AttentionDocument, activities.RefusalOf(runner()(d.ajio.SendCreditNote, ref)).Attention, "none is stored")
	d.note(t, ref)
	require.NoError(t, runner()(d.ajio.SendCreditNote, ref))
	state, err := d.sim.Return(ref.ReturnID)
	require.NoError(t, err)
	document, err := d.db.LatestDocument(t.Context(), pob, ref.ReturnID, postgres.KindCreditNote)
	require.NoError(t, err)
	require.Equal(t, document.SHA256, state.CreditNoteSHA256)
	require.Equal(t, "CN/25-26/000042", state.CreditNoteNumber)
	require.Equal(t, "d9b80a4f", state.CreditNoteIRN)
	require.True(t, state.CreditNoteDate.Equal(time.Unix(1764138600, 0)))
}

func TestARSIIsArchivedOnceAjioHasIssuedIt(t *testing.T) {
	t.Parallel()
	var late atomic.Int64 // how far the simulator's clock is ahead
	d := shippedDesk(t, func(o *ajiotest.Options) {
		o.Accounts[0].ReturnModel = order.RSIModel
		o.RSIDelay = 10 * time.Minute
		o.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	})
	ref := d.announced(t)
	require.NoError(t, runner()(d.ajio.ReportQC, d.qcInput(t, ref)))
	err := runner()(d.ajio.FetchRSI, ref)
	require.ErrorContains(t, err, "not_ready")
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, "RSINotIssued", app.Type())
	require.False(t, app.NonRetryable())
	late.Store(int64(10 * time.Minute))
	d.sim.Faults.Next(ajiotest.CallRSI, simulate.AnswerLost, 1)
	for range 2 {
		require.NoError(t, runner()(d.ajio.FetchRSI, ref))
	}
	state, err := d.sim.Return(ref.ReturnID)
	require.NoError(t, err)
	archived, err := d.db.Documents(t.Context(), pob, ref.ReturnID)
	require.NoError(t, err)
	require.Len(t, archived, 1)
	require.Equal(t, state.RSINumber, archived[0].Number)

	other := ref
	other.OrderID = "S1"
	require.Equal(t, activities.AttentionAjioDiffers, activities.RefusalOf(runner()(d.ajio.FetchRSI, other)).Attention)
}
