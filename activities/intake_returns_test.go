package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"vmsflow/activities"
	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/inbox"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/simulate"
	"vmsflow/workflows/contract"
)

// announce lets Ajio announce a return of two units of an order. Which order that is does not matter here.
func (f *feed) announce(t *testing.T, orderID string, kind order.ReturnKind, status ...order.ReturnStatus) string {
	t.Helper()
	a := ajiotest.Announcement{Pob: f.pob, OrderID: orderID, Kind: kind, Lines: []ajiotest.AnnouncedLine{
		{OrderItemID: orderID + "0001", ItemCode: "469876543001", Units: 2},
	}}
	if len(status) > 0 {
		a.Status = status[0]
	}
	id, err := f.sim.Announce(a)
	require.NoError(t, err)
	return id
}

// tryReturns runs PullReturns. The counts are those of its last attempt.
func (f *feed) tryReturns() (result contract.ReturnSyncResult, _ error) {
	err := runner()(func(ctx context.Context, pob string) (err error) {
		result, err = f.intake.PullReturns(ctx, pob)
		return err
	}, f.pob)
	return result, err
}

func (f *feed) pullReturns(t *testing.T) contract.ReturnSyncResult {
	t.Helper()
	result, err := f.tryReturns()
	require.NoError(t, err)
	return result
}

// expected lists what a return was told of its expectation, by its workflow's id.
func (f *feed) expected(t *testing.T, workflowID string) (told []order.Expectation) {
	t.Helper()
	history := f.intake.Temporal.GetWorkflowHistory(t.Context(), workflowID, "", false, 0)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(t, err)
		if signal := event.GetWorkflowExecutionSignaledEventAttributes(); signal.GetSignalName() == contract.SignalReturnExpected {
			var e order.Expectation
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(signal.GetInput(), &e))
			told = append(told, e)
		}
	}
	return told
}

// statuses lists the statuses and units that a customer return was told.
func (f *feed) statuses(t *testing.T, returnID string) (told []string) {
	t.Helper()
	for _, e := range f.expected(t, contract.ReturnWorkflowID(f.pob, returnID)) {
		told = append(told, fmt.Sprintf("%s %d", e.Status, e.Units().Total()))
	}
	return told
}

func (f *feed) row(t *testing.T, returnID string) postgres.Return {
	t.Helper()
	known, err := f.db.FindReturn(t.Context(), returnID, []string{f.pob})
	require.NoError(t, err)
	return known
}

// byID counts the calls that read returns by their ids.
func (f *feed) byID(t *testing.T) int {
	t.Helper()
	count := 0
	for _, call := range f.sim.Ledger.Named(ajiotest.CallReturns) {
		var detail struct {
			ByID bool `json:"by_id"`
		}
		if call.Detail != nil { // a call that failed has none
			require.NoError(t, json.Unmarshal(call.Detail, &detail))
		}
		if detail.ByID {
			count++
		}
	}
	return count
}

func TestTheReturnsStartEachReturnOnce(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	f.intake.ReturnPolicy = contract.ReturnPolicy{QCGap: time.Hour}
	for i := range 60 {
		f.announce(t, fmt.Sprintf("S%d", i), order.CustomerReturn, order.StatusReturnInitiated)
	}
	rto := f.announce(t, "S100", order.RTO)
	arrived := f.announce(t, "S101", order.CustomerReturn)
	require.NoError(t, f.sim.MoveReturn(arrived, order.StatusReturnDelivered))

	require.Equal(t, contract.ReturnSyncResult{Listed: 62, Started: 62}, f.pullReturns(t))
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallReturns), 7, "three statuses of two kinds, and fifty returns a page")
	require.Equal(t, contract.ReturnSyncResult{Listed: 62}, f.pullReturns(t), "known returns are left alone")
	require.Zero(t, f.byID(t))

	history := f.intake.Temporal.GetWorkflowHistory(t.Context(), contract.RTOWorkflowID(f.pob, "S100"), "", false, 0)
	started, err := history.Next()
	require.NoError(t, err)
	var in contract.ReturnInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(started.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in))
	row := f.row(t, rto)
	require.Equal(t, contract.ReturnInput{
		ID: row.ID, Kind: order.RTO, Pob: f.pob, OrderID: "S100", ReturnID: rto, Policy: contract.ReturnPolicy{QCGap: time.Hour},
	}, in)
	require.NotNil(t, row.StartedAt)
	require.Equal(t, []order.Expectation{*row.Expectation}, f.expected(t, contract.RTOWorkflowID(f.pob, "S100")))
}

func TestWhatChangesAtAjioReachesTheReturnOnce(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.announce(t, "S1", order.CustomerReturn, order.StatusReturnInitiated)
	f.pullReturns(t)
	for _, change := range []func() error{
		func() error { return f.sim.MoveReturn(id, order.StatusReturnCreated) },
		func() error { return f.sim.CancelReturnUnits(id, id+"0001", 1) },
		func() error { return f.sim.MoveReturn(id, order.StatusReturnDelivered) },
		func() error {
			return f.intake.Client.PerformQC(t.Context(), ajio.QCRequest{ReturnID: id, Items: []ajio.QCItem{{ReturnItemID: id + "0001", Units: 1, Code: order.Good}}})
		},
	} {
		require.NoError(t, change())
		require.Equal(t, 1, f.pullReturns(t).Changed)
		require.Zero(t, f.pullReturns(t).Changed)
	}
	require.Equal(t, []string{
		"RETURN_INITIATED 2", "RETURN_CREATED 2", "RETURN_CREATED 1", "RETURN_DELIVERED 1", "RETURN_PROCESSED 1",
	}, f.statuses(t, id))
	require.Equal(t, 1, f.byID(t), "of a return that is processed Ajio has nothing more to say")
}

func TestAReturnThatAjioWithdrewIsToldSoOnce(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id, untouched := f.announce(t, "S1", order.CustomerReturn), f.announce(t, "S2", order.CustomerReturn)
	f.pullReturns(t)
	require.NoError(t, f.sim.MoveReturn(id, order.StatusReturnCancelled))
	for _, want := range []int{1, 0} {
		require.Equal(t, contract.ReturnSyncResult{Listed: 1, Changed: want}, f.pullReturns(t))
	}
	require.Equal(t, []string{"RETURN_CREATED 2", "RETURN_CANCELLED 2"}, f.statuses(t, id))
	require.Len(t, f.statuses(t, untouched), 1)
}

func TestAnRTOWhoseParcelWasFasterGetsItsExpectation(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	row, err := f.db.EnterReturn(t.Context(), f.pob, "S1", "", order.RTO)
	require.NoError(t, err)
	in := contract.ReturnInput{ID: row.ID, Kind: order.RTO, Pob: f.pob, OrderID: "S1"}
	require.NoError(t, contract.SignalReturn(t.Context(), f.intake.Temporal, in, contract.SignalReturnParcel, contract.ReturnParcel{TrackingNumber: "A1"}))
	require.NoError(t, f.db.MarkReturnStarted(t.Context(), row.ID))

	id := f.announce(t, "S1", order.RTO)
	require.Equal(t, contract.ReturnSyncResult{Listed: 1, Changed: 1}, f.pullReturns(t))
	require.Equal(t, row.ID, f.row(t, id).ID)
	told := f.expected(t, contract.RTOWorkflowID(f.pob, "S1"))
	require.Len(t, told, 1)
	require.Equal(t, id, told[0].ReturnID)
}

func TestASecondRTOOfAnOrderIsForAPerson(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	_, err := f.db.EnterReturn(t.Context(), f.pob, "S1", "R9", order.RTO)
	require.NoError(t, err)
	id, other := f.announce(t, "S1", order.RTO), f.announce(t, "S2", order.RTO)
	result, err := f.tryReturns()
	require.ErrorContains(t, err, "Ajio lists return "+id)
	require.ErrorContains(t, err, "the order has the RTO R9, not "+id)
	require.Equal(t, contract.ReturnSyncResult{Listed: 2, Started: 1}, result, "once: it would be no clearer at once")
	require.NotNil(t, f.row(t, other).StartedAt)
}

func TestOneReturnThatFailsKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	known := f.announce(t, "S1", order.CustomerReturn)
	f.pullReturns(t)
	require.NoError(t, f.sim.MoveReturn(known, order.StatusReturnDelivered))
	first, second := f.announce(t, "S2", order.CustomerReturn), f.announce(t, "S3", order.CustomerReturn)
	heal := f.failForWorkflows(contract.ReturnWorkflowID(f.pob, known), contract.ReturnWorkflowID(f.pob, first))
	_, err := f.tryReturns()
	require.ErrorContains(t, err, "signal return-expected to "+contract.ReturnWorkflowID(f.pob, known)+": shard is moving")
	require.ErrorContains(t, err, "signal return-expected to "+contract.ReturnWorkflowID(f.pob, first)+": shard is moving")
	require.Len(t, f.statuses(t, second), 1)
	require.Nil(t, f.row(t, first).StartedAt)
	heal()
	require.Equal(t, contract.ReturnSyncResult{Listed: 3, Started: 1, Changed: 1}, f.pullReturns(t))
	require.Equal(t, []string{"RETURN_CREATED 2", "RETURN_DELIVERED 2"}, f.statuses(t, known))
}

// A worker died after it started the return and before the row said so.
func TestAReturnThatWasStartedBeforeItsRowSaysSoIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.announce(t, "S1", order.CustomerReturn)
	row, err := f.db.EnterReturn(t.Context(), f.pob, "S1", id, order.CustomerReturn)
	require.NoError(t, err)
	in := contract.ReturnInput{ID: row.ID, Kind: order.CustomerReturn, Pob: f.pob, OrderID: "S1", ReturnID: id}
	require.NoError(t, contract.SignalReturn(t.Context(), f.intake.Temporal, in, contract.SignalReturnExpected, order.Expectation{ReturnID: id}))
	f.pullReturns(t)
	require.Len(t, f.statuses(t, id), 2, "it takes both for one")
	require.NotNil(t, f.row(t, id).StartedAt)
}

func TestAReturnThatHasEndedHearsNothingMore(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ended, gone := f.announce(t, "S1", order.CustomerReturn), f.announce(t, "S2", order.RTO)
	f.pullReturns(t)
	require.NoError(t, f.db.EndReturn(t.Context(), f.row(t, ended).ID, order.ReturnClosed, ""))
	require.NoError(t, f.intake.Temporal.TerminateWorkflow(t.Context(), contract.RTOWorkflowID(f.pob, "S2"), "", "by hand"))
	for _, id := range []string{ended, gone} {
		require.NoError(t, f.sim.MoveReturn(id, order.StatusReturnDelivered))
	}
	result, err := f.tryReturns()
	require.ErrorContains(t, err, "return "+gone+" of order S2 has changed at Ajio, but its workflow rto:"+f.pob+":S2 is gone without having ended it")
	require.Equal(t, contract.ReturnSyncResult{Listed: 2}, result)
	require.Equal(t, []string{"RETURN_CREATED 2"}, f.statuses(t, ended))
	require.Len(t, f.expected(t, contract.RTOWorkflowID(f.pob, "S2")), 1, "what was terminated is not started again behind a person's back")
}

// The RTO ended without Ajio, which never heard of its order; then Ajio announces it, and waits for its QC.
func TestAReturnThatEndedBeforeAjioAnnouncedItRunsAgain(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	ctx := t.Context()
	row, err := f.db.EnterReturn(ctx, f.pob, "S1", "", order.RTO)
	require.NoError(t, err)
	in := inbox.Input(row, contract.ReturnPolicy{})
	require.NoError(t, contract.SignalReturn(ctx, f.intake.Temporal, in, contract.SignalReturnParcel, contract.ReturnParcel{}))
	require.NoError(t, f.db.MarkReturnStarted(ctx, row.ID))
	require.NoError(t, f.db.EndReturn(ctx, row.ID, order.ReturnCompleted, "never shipped"))
	over := func() {
		require.NoError(t, f.intake.Temporal.TerminateWorkflow(ctx, in.WorkflowID(), "", "stands for its end"))
	}
	over()

	id := f.announce(t, "S1", order.RTO, order.StatusReturnInitiated)
	heal := f.failForWorkflows(in.WorkflowID())
	_, err = f.tryReturns()
	require.ErrorContains(t, err, "shard is moving")
	require.NotNil(t, f.row(t, id).ReopenedAt, "should nobody come back to it, a sweep finds it")
	heal()
	for _, want := range []int{1, 0} {
		require.Equal(t, contract.ReturnSyncResult{Listed: 1, Changed: want}, f.pullReturns(t))
	}
	require.NoError(t, f.sim.MoveReturn(id, order.StatusReturnCreated))
	require.Equal(t, 1, f.pullReturns(t).Changed, "it waits for that")
	require.Len(t, f.expected(t, in.WorkflowID()), 2)
	started, err := f.intake.Temporal.GetWorkflowHistory(ctx, in.WorkflowID(), "", false, 0).Next()
	require.NoError(t, err)
	var again contract.ReturnInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(started.GetWorkflowExecutionStartedEventAttributes().GetInput(), &again))
	require.True(t, again.Ended)

	require.NoError(t, f.db.EndReturn(ctx, row.ID, order.ReturnCompleted, ""))
	over()
	require.NoError(t, f.sim.MoveReturn(id, order.StatusReturnDelivered))
	require.Zero(t, f.pullReturns(t).Changed, "it is over")
}

func TestTheSuccessorOfAnRTOHasAWorkflowOfItsOwn(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	first := f.announce(t, "S1", order.RTO)
	f.pullReturns(t)
	require.NoError(t, f.sim.MoveReturn(first, order.StatusReturnCancelled))
	f.pullReturns(t)
	require.NoError(t, f.db.EndReturn(t.Context(), f.row(t, first).ID, order.ReturnCancelled, "")) // its workflow may still be at it
	second := f.announce(t, "S1", order.RTO)
	require.Equal(t, 1, f.pullReturns(t).Started)
	told := f.expected(t, fmt.Sprintf("rto:%s:S1:%d", f.pob, f.row(t, second).ID))
	require.Len(t, told, 1)
	require.Equal(t, second, told[0].ReturnID)
	require.Len(t, f.expected(t, contract.RTOWorkflowID(f.pob, "S1")), 2)
}

// Ajio may not know our filter, or list what it should not.
func TestAReturnThatIsOverBeforeWeKnowItIsLeftAlone(t *testing.T) {
	t.Parallel()
	f := newFeed(t, replace(`"return_status":"RETURN_CREATED"`, `"return_status":"RETURN_PROCESSED"`))
	f.announce(t, "S1", order.CustomerReturn)
	require.Zero(t, f.pullReturns(t).Started)
}

func TestAReturnThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	f := newFeed(t, func(r *http.Response) error { return replaceIn(r, `"order_id":"S1"`, `"order_id":null`) })
	f.announce(t, "S1", order.CustomerReturn)
	f.announce(t, "S2", order.CustomerReturn)
	require.Equal(t, contract.ReturnSyncResult{Listed: 1, Started: 1, Unreadable: 1}, f.pullReturns(t))
}

func TestAListThatFailsHoldsUpNoOtherUntilAjioIsTakenToBeAway(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	id := f.announce(t, "S1", order.CustomerReturn)
	f.sim.Faults.Next(ajiotest.CallReturns, simulate.ServerError, 2)
	require.Equal(t, contract.ReturnSyncResult{Listed: 1}, f.pullReturns(t), "the first attempt started it")
	require.Len(t, f.statuses(t, id), 1)
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallReturns), 6+6)

	f.sim.Faults.Next(ajiotest.CallReturns, simulate.ServerError, 3)
	f.pullReturns(t)
	require.Len(t, f.sim.Ledger.Named(ajiotest.CallReturns), 12+3+6)
	require.Zero(t, f.byID(t), "nothing is asked by id while the lists are not all read")
}

func TestUnlistedReturnsAreReadFiftyACall(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	var ids []string
	for i := range 60 {
		ids = append(ids, f.announce(t, fmt.Sprintf("S%d", i), order.CustomerReturn))
	}
	f.pullReturns(t)
	for _, id := range ids {
		require.NoError(t, f.sim.MoveReturn(id, order.StatusReturnCancelled))
	}
	require.Equal(t, contract.ReturnSyncResult{Changed: 60}, f.pullReturns(t))
	require.Equal(t, 2, f.byID(t))
}

func TestTheCountsOfASyncSurviveItsProblems(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	_, err := f.db.EnterReturn(t.Context(), f.pob, "S1", "R9", order.RTO)
	require.NoError(t, err)
	f.announce(t, "S1", order.RTO)
	f.announce(t, "S2", order.CustomerReturn)
	var done contract.ReturnSyncResult
	activities.DoneDespite(runner()(f.intake.PullReturns, f.pob), &done)
	require.Equal(t, contract.ReturnSyncResult{Listed: 2, Started: 1}, done)
}
