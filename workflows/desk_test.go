package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// Every step that an outside system can refuse: who can go on without it, and who can still cancel the order.
var refusable = []struct {
	activity  string
	step      string
	canSkip   bool
	canCancel bool
}{
	{"SoftReserve", "soft reserve stock", false, true},
	{"Acknowledge", "acknowledge", false, true},
	{"AnnounceOrder", "announce to the warehouse", true, true},
	{"PostOrder", "post to the ERP", true, true},
	{"ReleaseForPicking", "release for picking", true, true},
	{"GenerateB2BInvoice", "generate the B2B invoice at Ajio", true, false},
	{"AttachIRN", "attach IRN and QR", true, false},
	{"UploadB2BInvoice", "upload the B2B invoice", true, false},
	{"FetchB2CInvoice", "fetch B2C invoice and label", false, false},
	{"FetchLabel", "fetch B2C invoice and label", false, false},
	{"EndOrder", "close the books", false, false},
}

func TestADecisionForAnotherStepIsRefused(t *testing.T) {
	t.Parallel()
	var other *answer
	_, state := parkedAt(t, "PostOrder", "post to the ERP", func(w *world) {
		other = w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended", Step: "acknowledge"})
		w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended", Step: "post to the ERP"})
	})
	require.ErrorContains(t, other.err, `"post to the ERP" is parked, not "acknowledge"`)
	require.Equal(t, order.Completed, state.Outcome)
}

// parkedAt runs the story with one refusal; decide is called while the step is parked.
func parkedAt(t *testing.T, activity, step string, decide func(*world)) (*world, contract.OrderState) {
	t.Helper()
	w := newWorld(t)
	w.refuse[activity] = 1
	w.at(time.Minute, func() { // messages come early and are kept, so that only the refusal holds the order up
		w.signal(contract.SignalPODetails, storyPO(2, 1))
		w.signal(contract.SignalERPInvoice, storyInvoice())
		w.signal(contract.SignalPacked, storyPack(2, 1))
		w.signal(contract.SignalManifested, manifested())
	})
	w.at(5*time.Hour, func() {
		state := w.state()
		require.NotNil(t, state.Parked, "the order is parked")
		require.Equal(t, step, state.Parked.Step)
		require.Equal(t, "test_refused", state.Attention)
		require.Contains(t, state.Parked.Message, "was refused")
		decide(w)
	})
	return w, w.run()
}

func TestARefusedStepWaitsForAPersonAndIsRetried(t *testing.T) {
	t.Parallel()
	for _, r := range refusable {
		t.Run(r.activity, func(t *testing.T) {
			t.Parallel()
			w, state := parkedAt(t, r.activity, r.step, func(w *world) {
				w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended"})
			})
			require.Equal(t, order.Completed, state.Outcome)
			require.Empty(t, state.Attention)
			require.Nil(t, state.Parked)
			for _, activity := range happyPath {
				require.Contains(t, w.done, activity)
			}
		})
	}
}

func TestARefusedStepIsSkippedWhereTheTableAllowsIt(t *testing.T) {
	t.Parallel()
	for _, r := range refusable {
		t.Run(r.activity, func(t *testing.T) {
			t.Parallel()
			var unreasoned, skipped *answer
			w, state := parkedAt(t, r.activity, r.step, func(w *world) {
				unreasoned = w.update(contract.UpdateSkipStep, contract.Decision{})
				skipped = w.update(contract.UpdateSkipStep, contract.Decision{Reason: "done by hand"})
				if !r.canSkip {
					w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended"})
				}
			})
			require.Error(t, unreasoned.err, "skipping needs a reason")
			require.Equal(t, order.Completed, state.Outcome)
			if r.canSkip {
				require.NoError(t, skipped.err)
				require.NotContains(t, w.done, r.activity)
			} else {
				require.ErrorContains(t, skipped.err, "cannot be skipped")
				require.Contains(t, w.done, r.activity)
			}
		})
	}
}

func TestAnOrderIsCancelledWhileAStepIsParked(t *testing.T) {
	t.Parallel()
	for _, r := range refusable {
		t.Run(r.activity, func(t *testing.T) {
			t.Parallel()
			var cancelled *answer
			w, state := parkedAt(t, r.activity, r.step, func(w *world) {
				cancelled = w.update(contract.UpdateCancelOrder, contract.Decision{Reason: "sold twice"})
				if !r.canCancel {
					w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended"})
				}
			})
			if r.canCancel {
				require.NoError(t, cancelled.err)
				require.Equal(t, order.CancelledBySeller, state.Outcome)
				require.Equal(t, order.CancelledBySeller, w.ended.Outcome)
				require.Contains(t, w.done, "CancelOrder")
			} else {
				require.ErrorContains(t, cancelled.err, "return")
				require.Equal(t, order.Completed, state.Outcome)
			}
		})
	}
}

// The seller's row of the cancellation table for the ERP model: the effects of cancelling at each stage.
func TestTheSellerCancelsAtEachStage(t *testing.T) {
	t.Parallel()
	for _, cell := range []struct {
		name    string
		at      time.Duration
		effects []string // after what the order did until then; nil when it is refused
		note    bool
	}{
		{"held", time.Hour, []string{"CancelOrder", "EndOrder"}, false},
		{"acknowledged, without a PO", 4*time.Hour + time.Minute, []string{"CancelOrder", "EndOrder"}, false},
		{"posted, no e-invoice", 5*time.Hour + time.Minute, []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelPosting", "EndOrder"}, false},
		{"e-invoice exists, not packed", 6*time.Hour + time.Minute, []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelPosting", "EndOrder"}, true},
		{"packed", 7*time.Hour + time.Minute, nil, false},
	} {
		for _, way := range []string{"update", "cancel from Temporal"} {
			t.Run(cell.name+", by "+way, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.happen()
				before := 0
				w.at(cell.at, func() {
					before = len(w.done)
					if way == "update" {
						w.update(contract.UpdateCancelOrder, contract.Decision{Reason: "sold twice"})
					} else {
						w.env.CancelWorkflow()
					}
				})
				state := w.run()
				if cell.effects == nil {
					requireHappyPath(t, w.done)
					require.Equal(t, order.Completed, state.Outcome)
					return
				}
				require.Equal(t, cell.effects, w.done[before:])
				require.Equal(t, order.CancelledBySeller, state.Outcome)
				require.Equal(t, cell.note, containsNote(state, order.CreditNoteStays))
			})
		}
	}
}

func TestARefusedCompensationIsParkedToo(t *testing.T) {
	t.Parallel()
	for _, activity := range []string{"StopOrder", "CancelOrder", "CancelPosting"} {
		t.Run(activity, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.refuse[activity] = 1
			w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
			w.at(6*time.Hour, func() { w.update(contract.UpdateCancelOrder, contract.Decision{Reason: "sold twice"}) })
			var again *answer
			w.at(7*time.Hour, func() {
				require.NotNil(t, w.state().Parked)
				again = w.update(contract.UpdateCancelOrder, contract.Decision{Reason: "again"})
				w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended"})
			})
			require.Equal(t, order.CancelledBySeller, w.run().Outcome)
			require.ErrorContains(t, again.err, "ending already")
			require.Contains(t, w.done, activity)
		})
	}
}

func TestDecisionsNeedAParkedStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happen()
	var retry *answer
	w.at(time.Hour, func() { retry = w.update(contract.UpdateRetryStep, contract.Decision{Reason: "why not"}) })
	w.run()
	require.ErrorContains(t, retry.err, "no step is parked")
}

func containsNote(state contract.OrderState, text string) bool {
	for _, n := range state.Notes {
		if n.Text == text {
			return true
		}
	}
	return false
}
