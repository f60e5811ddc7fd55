package workflows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// The five messages of a return.
var messages = []string{"expectation", "parcel", "QC", "ERP", "credit note"}

func TestTheMessagesOfAReturnInEveryOrderLeadToTheSameEnd(t *testing.T) {
	t.Parallel()
	for _, kind := range []order.ReturnKind{order.CustomerReturn, order.RTO} {
		for _, sequence := range permutations(messages) {
			t.Run(string(kind)+": "+strings.Join(sequence, ", "), func(t *testing.T) {
				t.Parallel()
				w := newReturnWorld(t)
				w.late["PostReturn"] = true // that the ERP answers is a message, too
				tell := map[string]func(){
					"expectation": func() { w.signal(contract.SignalReturnExpected, announcedAs(kind)) },
					"parcel":      func() { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{TrackingNumber: "AJR880004411"}) },
					"QC":          func() { w.signal(contract.SignalReturnQC, allGood(kind)) },
					"ERP":         func() { w.come("PostReturn", nil) },
					"credit note": func() { w.signal(contract.SignalCreditNote, storyNote()) },
				}
				for i, message := range sequence {
					w.at(time.Duration(i)*time.Hour, tell[message])
				}
				state := w.runReturn(returnInput(kind))

				require.Equal(t, order.ReturnCompleted, state.Outcome)
				require.Empty(t, state.Attention)
				require.Empty(t, state.Settlement)
				require.Equal(t, "CN/25-26/000042", state.CreditNoteNo)
				for _, line := range state.Lines {
					require.Equal(t, line.Expected, line.Good)
				}
				require.Equal(t, announcedAs(kind).Units(), order.Count(w.reported, order.Good))
				require.Equal(t, announcedAs(kind).Units(), order.Count(w.posted.Units, order.Good))
				require.True(t, w.qc.Restock)
				require.Empty(t, w.listed)
				done := slices.DeleteFunc(w.done, func(name string) bool { return name == "AnnounceReturn" })
				require.Equal(t, []string{
					"FindForward", "RecordQC", "FindForward", "ReportQC", "PostReturn", "SaveCreditNote", "SendCreditNote", "EndReturn",
				}, done, "each once, and in this order")
			})
		}
	}
}

func permutations(of []string) (all [][]string) {
	if len(of) == 0 {
		return [][]string{nil}
	}
	for i, first := range of {
		rest := slices.Concat(of[:i], of[i+1:])
		for _, p := range permutations(rest) {
			all = append(all, append([]string{first}, p...))
		}
	}
	return all
}

// happenReturn lets the usual messages come in, one hour apart.
func (w *returnWorld) happenReturn(kind order.ReturnKind, except ...string) {
	tell := map[string]func(){
		"expectation": func() { w.signal(contract.SignalReturnExpected, announcedAs(kind)) },
		"QC":          func() { w.signal(contract.SignalReturnQC, allGood(kind)) },
		"credit note": func() { w.signal(contract.SignalCreditNote, storyNote()) },
	}
	for i, message := range []string{"expectation", "QC", "credit note"} {
		if !slices.Contains(except, message) {
			w.at(time.Duration(i)*time.Hour, tell[message])
		}
	}
}

func TestTheWarehouseIsToldWhatToExpectBeforeTheParcel(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.happenReturn(order.CustomerReturn)
	w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, []string{"FindForward", "AnnounceReturn", "RecordQC"}, w.done[:3])
}

func TestAnRTOWithoutExpectationIsGeneratedAfterTheGraceWithItsQC(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{firstLine + "-1", "469876543001", ""}, row{firstLine + "-2", "469876543001", "STAIN_DAMAGE"},
			row{orderID + "0002-1", "469880012004", ""}))
	})
	w.at(96*time.Hour-time.Minute, func() {
		require.Equal(t, order.QCDone, w.returnState().Stage)
		require.False(t, w.did("CreateRTO"), "the grace is not over")
	})
	w.at(96*time.Hour+time.Minute, func() {
		require.True(t, w.did("CreateRTO"))
		require.Equal(t, "Ajio's expectation", w.returnState().WaitingFor)
		require.Equal(t, returnID, w.attribute(searchattr.AjioReturnId))
	})
	w.at(100*time.Hour, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	w.at(101*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	state := w.runReturn(returnInput(order.RTO))

	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Equal(t, units(1, 1), order.Count(w.createdRTO, order.Good))
	require.Equal(t, units(1, 0), order.Count(w.createdRTO, order.Bad))
	require.Equal(t, units(1, 1), order.Count(w.reported, order.Good))
	for _, unit := range w.reported {
		require.NotEmpty(t, unit.ReturnItemID, "Ajio's QC runs on its return items")
	}
	require.Equal(t, contract.SettlementOffline, state.Settlement)
	require.Len(t, w.listed[order.SettleQC], 1)
}

func TestTheOperatorMayAskForTheRTOAtOnceButTheQCComesFirst(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{}) })
	w.at(time.Hour, func() { w.accepted(contract.UpdateGenerateRTO, contract.Decision{Reason: "Ajio asked for it"}) })
	w.at(2*time.Hour, func() { require.False(t, w.did("CreateRTO")) })
	w.at(3*time.Hour, func() { w.signal(contract.SignalReturnQC, allGood(order.RTO)) })
	w.at(4*time.Hour, func() {
		require.True(t, w.did("CreateRTO"))
		w.signal(contract.SignalReturnExpected, announcedAs(order.RTO))
	})
	w.at(5*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.RTO)).Outcome)
}

func TestAnRTOThatAjioRefusesIsParkedUntilItIsMendedOrAnnounced(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(*returnWorld){
		"retried":   func(w *returnWorld) { w.accepted(contract.UpdateRetryStep, contract.Decision{}) },
		"by hand":   func(w *returnWorld) { w.accepted(contract.UpdateSkipStep, contract.Decision{Reason: "in the panel"}) },
		"announced": func(w *returnWorld) { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			w.refuse["CreateRTO"] = 1
			w.at(0, func() { w.signal(contract.SignalReturnQC, allGood(order.RTO)) })
			w.at(97*time.Hour, func() {
				require.Equal(t, "test_refused", w.attribute(searchattr.Attention))
				answer(w)
			})
			w.at(98*time.Hour, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
			w.at(99*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
			require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.RTO)).Outcome)
			require.Equal(t, name == "retried", w.did("CreateRTO"))
		})
	}
}

func TestQCMayComeInSeveralMessagesAndWhatNobodyNamesIsMissing(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	first := qcReport(row{returnID + "0001-1", "469876543001", ""})
	second := qcReport(row{returnID + "0001-1", "469876543001", ""}, row{returnID + "0002-1", "469880012004", "USED_PRODUCT"})
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	w.at(time.Hour, func() { w.signal(contract.SignalReturnQC, first) })
	w.at(time.Hour+50*time.Minute, func() { w.signal(contract.SignalReturnQC, second) })
	w.at(2*time.Hour+30*time.Minute, func() { require.False(t, w.did("RecordQC"), "each message starts the hour anew") })
	w.at(3*time.Hour, func() { require.True(t, w.did("RecordQC")) })
	w.at(4*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	state := w.runReturn(returnInput(order.RTO))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Good))
	require.Equal(t, units(0, 1), order.Count(w.reported, order.Bad))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Missing))
	require.Equal(t, []contract.ReturnLineState{
		{OrderItemID: firstLine, ItemCode: "469876543001", Expected: 2, Good: 1, Missing: 1},
		{OrderItemID: orderID + "0002", ItemCode: "469880012004", Expected: 1, Bad: 1},
	}, state.Lines)
	require.Len(t, w.listed[order.SettleQC], 2)
}

func TestAUnitKeepsItsFirstResult(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	w.at(time.Hour, func() { w.signal(contract.SignalReturnQC, qcReport(row{returnID + "0001-1", "469876543001", ""})) })
	w.at(time.Hour+time.Minute, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{returnID + "0001-1", "469876543001", "FABRIC_DEFECT_DAMAGE"}))
	})
	w.at(time.Hour+2*time.Minute, func() { require.Equal(t, "qc_differs", w.returnState().Attention) })
	w.at(4*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	w.runReturn(returnInput(order.RTO))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Good))
}

func TestARowThatCannotBeReadStopsNoReturn(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(time.Hour, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{"", "469876543001", ""}, row{returnID + "0001-1", "", ""}, row{returnID + "0001-1", "469876543001", ""}))
	})
	w.at(2*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Contains(t, fmt.Sprint(state.Notes), "returnItemCode or channelSkuCode is missing")
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Good))
}

func TestALostParcelIsReportedMissingByTheOperator(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(721*time.Hour, func() {
		require.Equal(t, "parcel_overdue", w.attribute(searchattr.Attention))
		w.accepted(contract.UpdateFinishQC, contract.Decision{Reason: "the courier lost it"})
	})
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnCompleted, state.Outcome, "no credit note is awaited over units that are missing")
	require.Equal(t, contract.SettlementOffline, state.Settlement)
	require.Equal(t, contract.SettlementOffline, w.attribute(searchattr.Settlement))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Missing))
	require.True(t, w.did("PostReturn"))
	require.False(t, w.did("SendCreditNote"))
}

func TestAReturnOfAnOrderThatWasNeverShippedIsSettledByHand(t *testing.T) {
	t.Parallel()
	for _, kind := range []order.ReturnKind{order.CustomerReturn, order.RTO} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			w.shipped = order.Shipped{Why: "vmsflow does not know it"}
			w.happenReturn(kind, "credit note")
			state := w.runReturn(returnInput(kind))
			require.Equal(t, order.ReturnCompleted, state.Outcome)
			require.Equal(t, "not_shipped", state.Attention, "it stays for whoever settles it")
			require.False(t, w.qc.Restock, "nobody knows whose they are")
			require.True(t, w.did("ReportQC"), "Ajio expects it all the same")
			require.False(t, w.did("PostReturn"))
			require.Len(t, w.listed[order.SettleNotShipped], announcedAs(kind).Units().Total())
		})
	}
}

func TestAParcelOfAnOrderThatWasNeverShippedEndsWithoutAnRTO(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.shipped = order.Shipped{Known: true, Why: "cancelled_by_seller", Lines: storyOrder().Lines}
	w.at(0, func() { w.signal(contract.SignalReturnQC, allGood(order.RTO)) })
	state := w.runReturn(returnInput(order.RTO))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.False(t, w.did("CreateRTO"))
	require.Len(t, w.listed[order.SettleNotShipped], 3)
}

func TestAReturnWaitsForItsForwardOrder(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.forwardOpen = 2
	w.happenReturn(order.CustomerReturn)
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Contains(t, w.attentions, "forward_order_open")
	require.Empty(t, state.Attention)
	require.Contains(t, fmt.Sprint(state.Notes), "it is open")
}

func TestMoreUnitsThanWereShippedParkTheReturn(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.shipped.Elsewhere = units(2, 0) // both units of the line are in another return
	w.happenReturn(order.CustomerReturn)
	w.at(10*time.Hour, func() {
		state := w.returnState()
		require.Equal(t, "more_than_shipped", state.Attention)
		require.Contains(t, state.Parked.Message, "line "+firstLine+": 1 units expected, 2 shipped, 2 in other returns")
		require.False(t, w.did("ReportQC"))
		w.shipped.Elsewhere = units(1, 0) // Ajio withdrew the other one
		w.accepted(contract.UpdateRetryStep, contract.Decision{})
	})
	require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.CustomerReturn)).Outcome)
}

func TestUnitsThatTheReturnHasNoRoomForAreSettledByHand(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{returnID + "0001-1", "469876543001", ""}, row{returnID + "0001-2", "469876543001", ""}))
	})
	w.at(time.Hour, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(2*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Good), "Ajio hears of what it expects")
	require.Len(t, w.listed[order.SettleSurplus], 1)
	require.Equal(t, contract.SettlementOffline, state.Settlement)
}

func TestAReturnThatAjioWithdrawsBeforeTheParcelIsCancelled(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, withStatus(order.StatusReturnCancelled)))
	})
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnCancelled, state.Outcome)
	require.Empty(t, w.listed)
	require.Equal(t, order.ReturnCancelled, w.endedAs.Outcome)
	require.False(t, w.did("ReportQC"))
}

func TestAReturnWhoseUnitsAreAllTakenBackIsCancelled(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.Items[0].Units = 0 }))
	})
	require.Equal(t, order.ReturnCancelled, w.runReturn(returnInput(order.CustomerReturn)).Outcome)
}

func TestAQCThatAjioRefusedFollowsTheReturnAsAjioCorrectsIt(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.refuse["ReportQC"] = 1
	w.happenReturn(order.RTO)
	w.at(5*time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.RTO, func(e *order.Expectation) { e.Items[0].Units = 1 }))
		w.accepted(contract.UpdateRetryStep, contract.Decision{})
	})
	state := w.runReturn(returnInput(order.RTO))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Equal(t, units(1, 1), order.Count(w.reported, order.Good))
	require.Len(t, w.listed[order.SettleSurplus], 1, "the unit that Ajio does not expect any more")
}

func TestAReturnThatAjioWithdrawsWithTheParcelHereIsSettledByHand(t *testing.T) {
	t.Parallel()
	withdrawn := announcedAs(order.RTO, withStatus(order.StatusReturnCancelled))
	half := qcReport(row{firstLine + "-1", "469876543001", ""})
	for name, events := range map[string][]func(*returnWorld){
		"before the QC": {
			func(w *returnWorld) { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{}) },
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, withdrawn) },
			func(w *returnWorld) { w.signal(contract.SignalReturnQC, allGood(order.RTO)) },
		},
		"between two messages": {
			func(w *returnWorld) { w.signal(contract.SignalReturnQC, half) },
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, withdrawn) },
			func(w *returnWorld) { w.signal(contract.SignalReturnQC, allGood(order.RTO)) },
		},
		"after the QC": {
			func(w *returnWorld) {
				w.refuse["ReportQC"] = 1
				w.signal(contract.SignalReturnQC, allGood(order.RTO))
			},
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, withdrawn) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
			for i, event := range events {
				w.at(time.Hour+time.Duration(i)*time.Minute, func() { event(w) })
			}
			state := w.runReturn(returnInput(order.RTO))
			require.Equal(t, order.ReturnCancelled, state.Outcome)
			require.Len(t, w.listed[order.SettleCancelled], 3, "every unit that is here")
			require.False(t, w.qc.Restock, "nor can they be sold any more")
			require.False(t, w.did("PostReturn"))
			require.Equal(t, contract.SettlementOffline, state.Settlement)
		})
	}
}

func TestTheParcelOfAWithdrawnReturnIsSettledByHand(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	withdrawn := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnCancelled))
	w.record = activities.ReturnRecord{Expectation: &withdrawn, Outcome: order.ReturnCancelled}
	in := returnInput(order.CustomerReturn)
	in.Ended = true
	w.at(0, func() { w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn)) })
	state := w.runReturn(in)
	require.Equal(t, order.ReturnCancelled, state.Outcome)
	require.Len(t, w.listed[order.SettleCancelled], 1)
	require.False(t, w.qc.Restock)
}

func TestAReturnThatTheOperatorClosesLeavesItsUnitsForSettlement(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []func(*returnWorld)
		units  int
		stock  bool
	}{
		{"before the parcel", []func(*returnWorld){
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) },
		}, 3, false},
		{"between two messages", []func(*returnWorld){
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) },
			func(w *returnWorld) {
				w.signal(contract.SignalReturnQC, qcReport(row{returnID + "0001-1", "469876543001", ""}))
			},
		}, 3, true},
		{"with a credit note that Ajio refuses", []func(*returnWorld){
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) },
			func(w *returnWorld) {
				w.refuse["SendCreditNote"] = 1
				w.signal(contract.SignalReturnQC, allGood(order.RTO))
				w.signal(contract.SignalCreditNote, storyNote())
			},
		}, 3, true},
		{"with the credit note outstanding", []func(*returnWorld){
			func(w *returnWorld) { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) },
			func(w *returnWorld) { w.signal(contract.SignalReturnQC, allGood(order.RTO)) },
		}, 3, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			for i, event := range test.events {
				w.at(time.Duration(i)*time.Minute, func() { event(w) })
			}
			w.at(10*time.Minute, func() { w.accepted(contract.UpdateCloseReturn, contract.Decision{Reason: "settled on the phone"}) })
			state := w.runReturn(returnInput(order.RTO))
			require.Equal(t, order.ReturnClosed, state.Outcome)
			require.Equal(t, "settled on the phone", w.endedAs.Reason)
			require.Len(t, w.listed[order.SettleClosed], test.units)
			require.Equal(t, test.stock, w.qc.Restock)
		})
	}
}

func TestACancelFromTemporalClosesTheReturn(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(time.Hour, func() { w.env.CancelWorkflow() })
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnClosed, state.Outcome)
	require.Len(t, w.listed[order.SettleClosed], 1)
}

func TestTheCreditNoteIsOverdueWithTheLegalDateInView(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.happenReturn(order.CustomerReturn, "credit note")
	by := time.Date(2026, 11, 30, 0, 0, 0, 0, time.FixedZone("IST", 5*3600+1800))
	w.at(70*time.Hour, func() { require.Empty(t, w.returnState().Attention) })
	w.at(80*time.Hour, func() {
		state := w.returnState()
		require.Equal(t, "credit_note_overdue", state.Attention)
		require.True(t, by.Equal(*state.CreditNoteBy))
		require.True(t, by.AddDate(0, 0, 1).Equal(*state.DueAt))
	})
	w.at(400*24*time.Hour, func() {
		require.Equal(t, "credit_note_lapsed", w.returnState().Attention)
		w.accepted(contract.UpdateCloseReturn, contract.Decision{Reason: "commercial note"})
	})
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnClosed, state.Outcome)
	require.Len(t, w.listed[order.SettleClosed], 1, "the good unit, too, is settled by hand now")
}

func TestARefusedCreditNoteMayBeFollowedByAMendedOne(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	refused := false
	w.note = func(v *einvoice.CreditNoteVerdict) {
		if !refused {
			v.Refused = []einvoice.Violation{{Rule: "CN-3", ID: "CRN-002", Field: "signedQrCode", Problem: "too much"}}
		}
		refused = true
	}
	w.happenReturn(order.CustomerReturn)
	w.at(5*time.Hour, func() {
		require.Equal(t, "credit_note_refused", w.returnState().Attention)
		require.True(t, w.did("RefuseCreditNote"))
		mended := storyNote()
		mended.Attempt = 1
		w.signal(contract.SignalCreditNote, mended)
	})
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, "CN/25-26/000042", state.CreditNoteNo)
	require.Empty(t, state.Attention)
}

func TestACreditNoteWithAnUnknownKeyWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.note = func(v *einvoice.CreditNoteVerdict) { v.KeyUnknown = "kid 1" }
	w.happenReturn(order.CustomerReturn)
	w.at(5*time.Hour, func() {
		require.Equal(t, "qr_key_unknown", w.attribute(searchattr.Attention))
		w.accepted(contract.UpdateSkipStep, contract.Decision{Reason: "verified at the portal"})
	})
	require.Equal(t, "CN/25-26/000042", w.runReturn(returnInput(order.CustomerReturn)).CreditNoteNo)
}

func TestTheDocumentOfACreditNoteIsFetchedWhereItsURLSays(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.happenReturn(order.CustomerReturn, "credit note")
	w.at(3*time.Hour, func() {
		note := storyNote()
		note.DocumentID, note.CreditNotePdfURL = 0, "https://erp.example/cn/000042.pdf"
		w.signal(contract.SignalCreditNote, note)
	})
	w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, int64(21), w.saved.DocumentID)
}

func TestASecondCreditNoteIsReportedAndNotSent(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.refuse["SendCreditNote"] = 1
	w.happenReturn(order.CustomerReturn)
	w.at(5*time.Hour, func() {
		second := storyNote()
		second.CreditNoteNumber = "CN/25-26/000043"
		w.signal(contract.SignalCreditNote, storyNote())
		w.signal(contract.SignalCreditNote, second)
	})
	w.at(6*time.Hour, func() { w.accepted(contract.UpdateRetryStep, contract.Decision{}) })
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, "CN/25-26/000042", state.CreditNoteNo)
	require.Contains(t, fmt.Sprint(state.Notes), "A second credit note came for the return, CN/25-26/000043")
	require.Equal(t, 1, strings.Count(fmt.Sprint(w.done), "SendCreditNote"))
}

func TestACreditNoteThatNobodyWaitedForIsArchivedAndSentOn(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	e := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnProcessed))
	w.record = activities.ReturnRecord{Expectation: &e, Units: []order.UnitResult{{OrderItemID: firstLine, ItemCode: "469876543001", Code: order.Bad}}, Outcome: order.ReturnCompleted}
	in := returnInput(order.CustomerReturn)
	in.Ended = true
	w.at(0, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	state := w.runReturn(in)
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Equal(t, []string{"ReadReturn", "FindForward", "SaveCreditNote", "SendCreditNote", "EndReturn"}, w.done)
}

func TestAnRSIChannelArchivesAjiosDocumentInsteadOfACreditNote(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.late["FetchRSI"] = true
	in := returnInput(order.CustomerReturn)
	in.Policy.Models = []contract.DatedModel{{Model: order.CreditNoteModel}, {Model: order.RSIModel, From: time.Date(2025, 11, 24, 0, 0, 0, 0, time.FixedZone("IST", 19800))}}
	w.happenReturn(order.CustomerReturn, "credit note")
	w.at(24*time.Hour, func() {
		state := w.returnState()
		require.Empty(t, state.Attention, "Ajio takes days over it")
		require.Equal(t, order.RSIModel, state.SettlementModel)
		w.come("FetchRSI", activities.RSI{Number: "RSI2511260031"})
	})
	state := w.runReturn(in)
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Equal(t, order.RSIModel, w.posted.Model)
	require.True(t, w.did("FetchRSI"))
	require.False(t, w.did("SendCreditNote"))
}

func TestAReturnOnlyGoesForwardAtAjio(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, withStatus(order.StatusReturnDelivered)))
	})
	w.at(time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, withStatus(order.StatusReturnInitiated)))
	})
	w.at(2*time.Hour, func() { require.Equal(t, order.StatusReturnDelivered, w.returnState().AjioStatus) })
	w.at(3*time.Hour, func() { w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn)) })
	w.at(4*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.CustomerReturn)).Outcome)
}

func TestAnExpectationOfSomethingElseIsIgnored(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{}) })
	w.at(time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.OrderID = "S1" }))
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.Items[0].ItemCode = "" }))
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.ReturnID = "R2" }))
	})
	w.at(2*time.Hour, func() {
		require.Empty(t, w.returnState().AjioStatus)
		require.Equal(t, "second_return", w.returnState().Attention)
		w.accepted(contract.UpdateCloseReturn, contract.Decision{Reason: "it was a test"})
	})
	w.runReturn(returnInput(order.CustomerReturn))
}

func TestAjioTakesNoQCOfAReturnThatIsOnlyInitiated(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, withStatus(order.StatusReturnInitiated)))
	})
	w.at(time.Hour, func() { w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn)) })
	w.at(2*time.Hour, func() { require.False(t, w.did("ReportQC")) })
	w.at(3*time.Hour, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(4*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.CustomerReturn)).Outcome)
}

func TestWhatAjioAndTheERPAreToldIsWhatTheBooksSay(t *testing.T) {
	t.Parallel()
	const second = returnID + "0001-2"
	both := qcReport(row{returnID + "0001-1", "469876543001", ""}, row{second, "469876543001", ""})
	one := qcReport(row{returnID + "0001-1", "469876543001", ""})
	expecting := func(n int) order.Expectation {
		return announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.Items[0].Units = n })
	}
	tests := []struct {
		name          string
		first, then   int // units that Ajio expects, before and after it corrected the return
		report        increff.ReturnProcessed
		good, surplus int
	}{
		{"one unit more is expected", 1, 2, both, 2, 0},
		{"one unit less is expected", 2, 1, both, 1, 1},
		{"a missing unit is not expected any more", 2, 1, one, 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			w.refuse["ReportQC"] = 1
			w.at(0, func() { w.signal(contract.SignalReturnExpected, expecting(test.first)) })
			w.at(time.Hour, func() { w.signal(contract.SignalReturnQC, test.report) })
			w.at(5*time.Hour, func() {
				require.Zero(t, w.qc.Revision)
				w.signal(contract.SignalReturnExpected, expecting(test.then))
				w.accepted(contract.UpdateRetryStep, contract.Decision{})
			})
			w.at(6*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
			w.runReturn(returnInput(order.CustomerReturn))
			require.Equal(t, 1, w.qc.Revision, "the books are brought up to date")
			require.Equal(t, w.reported, w.qc.Units)
			require.Equal(t, w.reported, w.posted.Units)
			require.Equal(t, test.good, order.Count(w.reported, order.Good).Total())
			require.Len(t, w.reported, test.then)
			require.Len(t, w.qc.Surplus, test.surplus)
			require.Len(t, w.listed[order.SettleSurplus], test.surplus)
		})
	}
}

func TestAjioMayGoBackToWhatItExpectedBefore(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	expecting := func(n int) {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.Items[0].Units = n }))
	}
	for i, n := range []int{2, 1, 2} {
		w.at(time.Duration(i)*time.Hour, func() { expecting(n) })
	}
	w.at(4*time.Hour, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{returnID + "0001-1", "469876543001", ""}, row{returnID + "0001-2", "469876543001", ""}))
	})
	w.at(5*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	w.runReturn(returnInput(order.CustomerReturn))
	require.Len(t, w.reported, 2)
}

func TestUnitsThatAreReportedAfterTheQCGoToTheSettlementList(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	w.at(time.Hour, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{returnID + "0001-1", "469876543001", ""}, row{returnID + "0002-1", "469880012004", ""}))
	})
	late := qcReport(row{returnID + "0001-2", "469876543001", ""})
	w.at(3*time.Hour, func() { w.signal(contract.SignalReturnQC, late) })
	w.at(4*time.Hour, func() {
		require.Equal(t, "qc_late", w.returnState().Attention)
		w.signal(contract.SignalReturnQC, late)
		w.signal(contract.SignalCreditNote, storyNote())
	})
	state := w.runReturn(returnInput(order.RTO))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Missing))
	require.Len(t, w.listed[order.SettleLate], 1)
	require.Equal(t, order.Good, w.listed[order.SettleLate][0].Code)
	require.Equal(t, contract.SettlementOffline, state.Settlement)
}

func TestWhatWasShippedIsReadAnewBeforeTheQCIsReported(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.during["AnnounceReturn"] = func() { w.shipped.Elsewhere = units(2, 0) } // another return of the order
	w.happenReturn(order.CustomerReturn)
	w.at(5*time.Hour, func() {
		require.Equal(t, "more_than_shipped", w.returnState().Attention)
		w.accepted(contract.UpdateSkipStep, contract.Decision{Reason: "Ajio insists"})
	})
	require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.CustomerReturn)).Outcome)
}

func TestAReturnThatIsBeingClosedIsNotClosedAgain(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	var answer *answer
	w.during["EndReturn"] = func() {
		if answer == nil {
			answer = w.update(contract.UpdateCloseReturn, contract.Decision{Reason: "too late"})
			w.env.CancelWorkflow()
		}
	}
	w.happenReturn(order.CustomerReturn)
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.ErrorContains(t, answer.err, "the return is over")
	require.Empty(t, w.listed)
}

func TestAnOrderThatWasCompletedWithoutAnInvoiceIsSettledByHand(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.shipped.Invoice = order.Invoice{}
	w.happenReturn(order.CustomerReturn, "credit note")
	state := w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Nil(t, state.CreditNoteBy)
	require.Len(t, w.listed[order.SettleNotInvoiced], 1)
}

func TestAWarehouseThatIsAwayDoesNotHoldUpAQCThatIsHere(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.refuse["AnnounceReturn"] = 1
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn)) })
	w.at(time.Minute, func() {
		require.Equal(t, "test_refused", w.returnState().Attention)
		w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn))
	})
	w.at(time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	require.Equal(t, order.ReturnCompleted, w.runReturn(returnInput(order.CustomerReturn)).Outcome)
	require.False(t, w.did("AnnounceReturn"))
}

func TestWhatMustStillBeActedOnIsShownAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.happenReturn(order.CustomerReturn, "credit note")
	w.at(2*time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, withStatus(order.StatusReturnCancelled)))
	})
	w.at(3*time.Hour, func() { w.signal(contract.SignalReturnQC, qcReport(row{"U-9", "469876543001", ""})) })
	w.at(4*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	require.Equal(t, "cancelled_after_qc", w.runReturn(returnInput(order.CustomerReturn)).Attention)
}

// ended is a return that runs again.
func ended(kind order.ReturnKind) contract.ReturnInput {
	in := returnInput(kind)
	in.Ended = true
	return in
}

func TestARepeatForAReturnThatHasEndedChangesNothing(t *testing.T) {
	t.Parallel()
	e := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnProcessed))
	note := order.CreditNote{Number: "CN/25-26/000042", IRN: storyNote().IrnNumber}
	for name, repeat := range map[string]func(*returnWorld){
		"parcel":      func(w *returnWorld) { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{}) },
		"QC":          func(w *returnWorld) { w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn)) },
		"credit note": func(w *returnWorld) { w.signal(contract.SignalCreditNote, storyNote()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			w.record = activities.ReturnRecord{
				Expectation: &e, Outcome: order.ReturnCompleted, CreditNote: &note, Offline: true,
				Units: []order.UnitResult{{UnitCode: returnID + "0001-1", OrderItemID: firstLine, ItemCode: "469876543001", Code: order.Good}},
			}
			w.at(0, func() { repeat(w) })
			state := w.runReturn(ended(order.CustomerReturn))
			require.Equal(t, []string{"ReadReturn", "FindForward", "EndReturn"}, w.done)
			require.Empty(t, state.Attention)
			require.Equal(t, contract.SettlementOffline, state.Settlement)
		})
	}
}

func TestALateUnitOfAReturnThatHasEndedIsListed(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	e := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnProcessed))
	w.record = activities.ReturnRecord{Expectation: &e, Outcome: order.ReturnCompleted, Units: []order.UnitResult{
		{OrderItemID: firstLine, ItemCode: "469876543001", Code: order.Missing},
	}}
	w.at(0, func() { w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn)) })
	w.runReturn(ended(order.CustomerReturn))
	require.Len(t, w.listed[order.SettleLate], 1)
}

func TestTheLateParcelOfAWithdrawnReturnMayBeFinishedByTheOperator(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	withdrawn := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnCancelled))
	w.record = activities.ReturnRecord{Expectation: &withdrawn, Outcome: order.ReturnCancelled}
	w.at(0, func() { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{}) })
	w.at(100*time.Hour, func() {
		require.Equal(t, "qc_overdue", w.returnState().Attention)
		w.accepted(contract.UpdateFinishQC, contract.Decision{Reason: "the parcel was empty"})
	})
	state := w.runReturn(ended(order.CustomerReturn))
	require.Equal(t, "parcel_of_a_cancelled_return", state.Attention)
	require.Len(t, w.listed[order.SettleCancelled], 1)
}

func TestACreditNoteOverAClosedReturnSettlesWhatWasListed(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	e := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnProcessed))
	w.record = activities.ReturnRecord{Expectation: &e, Outcome: order.ReturnClosed, Offline: true, Units: []order.UnitResult{
		{UnitCode: returnID + "0001-1", OrderItemID: firstLine, ItemCode: "469876543001", Code: order.Good},
	}}
	w.at(0, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	require.Equal(t, order.ReturnClosed, w.runReturn(ended(order.CustomerReturn)).Outcome)
	require.True(t, w.did("SettleCredited"))
}

func TestAnRTOThatAjioAnnouncesAfterItsEndGetsItsQC(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.shipped = order.Shipped{Why: "cancelled_by_seller"}
	w.record = activities.ReturnRecord{Outcome: order.ReturnCompleted, Offline: true, Surplus: []order.UnitResult{
		{UnitCode: firstLine + "-1", ItemCode: "469876543001", Code: order.Good},
		{UnitCode: firstLine + "-2", ItemCode: "469876543001", Code: order.Bad, Reason: order.QCUsed, Said: "USED_PRODUCT"},
	}}
	w.at(0, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.RTO, withStatus(order.StatusReturnInitiated)))
	})
	w.at(time.Hour, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	state := w.runReturn(ended(order.RTO))
	require.Equal(t, order.ReturnCompleted, state.Outcome)
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Good))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Bad))
	require.Equal(t, units(0, 1), order.Count(w.reported, order.Missing))
	require.Empty(t, w.listed, "it is on the list already")
}

func TestTheInputSaysWhetherAjioHadAnnouncedTheReturnBeforeItsEnd(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	e := announcedAs(order.RTO) // the sync has saved it by the time that the books are read
	w.record = activities.ReturnRecord{Outcome: order.ReturnClosed, Offline: true, Expectation: &e, Surplus: []order.UnitResult{
		{UnitCode: firstLine + "-1", ItemCode: "469876543001", Code: order.Good},
	}}
	w.at(0, func() { w.signal(contract.SignalReturnExpected, e) })
	w.runReturn(ended(order.RTO))
	require.True(t, w.did("ReportQC"), w.done)
}

func TestAReturnThatWasClosedWithoutAQCIsNotReportedAsMissing(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.record = activities.ReturnRecord{Outcome: order.ReturnClosed, Offline: true}
	w.at(0, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	state := w.runReturn(ended(order.RTO))
	require.False(t, w.did("ReportQC"), "nobody knows what is in the parcel")
	require.Equal(t, "announced_without_qc", state.Attention)
}

func TestAReturnThatRunsAgainEndsWhenNothingMoreCanCome(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*returnWorld){
		"Ajio withdraws it": func(w *returnWorld) {
			w.signal(contract.SignalReturnExpected, announcedAs(order.RTO, withStatus(order.StatusReturnCancelled)))
		},
		"the operator gives it up": func(w *returnWorld) {
			w.accepted(contract.UpdateCloseReturn, contract.Decision{Reason: "Ajio forgot it"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newReturnWorld(t)
			w.record = activities.ReturnRecord{Outcome: order.ReturnClosed, Offline: true, Units: []order.UnitResult{
				{UnitCode: firstLine + "-1", OrderItemID: firstLine, ItemCode: "469876543001", Code: order.Good},
			}}
			w.at(0, func() {
				w.signal(contract.SignalReturnExpected, announcedAs(order.RTO, withStatus(order.StatusReturnInitiated)))
			})
			w.at(time.Hour, func() { end(w) })
			w.runReturn(ended(order.RTO))
			require.False(t, w.did("ReportQC"))
		})
	}
}

func TestAnExpectationThatComesWhileTheBooksAreClosedIsReported(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.shipped = order.Shipped{Why: "cancelled_by_seller"}
	told := false
	w.during["EndReturn"] = func() {
		if !told {
			told = true
			w.signal(contract.SignalReturnExpected, announcedAs(order.RTO))
		}
	}
	w.at(0, func() { w.signal(contract.SignalReturnQC, allGood(order.RTO)) })
	w.runReturn(returnInput(order.RTO))
	require.True(t, w.did("ReportQC"), w.done)
}

func TestTheBooksFollowWhenAjioGoesBackToWhatItExpected(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	expecting := func(n int) {
		w.signal(contract.SignalReturnExpected, announcedAs(order.CustomerReturn, func(e *order.Expectation) { e.Items[0].Units = n }))
	}
	w.refuse["ReportQC"] = 1
	w.at(0, func() { expecting(1) })
	w.at(time.Hour, func() { w.signal(contract.SignalReturnQC, allGood(order.CustomerReturn)) })
	w.at(2*time.Hour, func() {
		expecting(2)
		w.refuse["RecordQC"] = 1 // or its answer is lost, and it was recorded
		w.accepted(contract.UpdateRetryStep, contract.Decision{})
	})
	w.at(3*time.Hour, func() {
		expecting(1)
		w.accepted(contract.UpdateRetryStep, contract.Decision{})
	})
	w.at(4*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	w.runReturn(returnInput(order.CustomerReturn))
	require.Equal(t, 2, w.qc.Revision)
	require.Len(t, w.qc.Units, 1)
	require.Equal(t, w.reported, w.qc.Units)
}

func TestClosingAReturnThatRunsAgainIsRefusedWhereItWouldDoNothing(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	withdrawn := announcedAs(order.CustomerReturn, withStatus(order.StatusReturnCancelled))
	w.record = activities.ReturnRecord{Expectation: &withdrawn, Outcome: order.ReturnCancelled}
	w.at(0, func() { w.signal(contract.SignalReturnParcel, contract.ReturnParcel{}) })
	var answer *answer
	w.at(time.Hour, func() { answer = w.update(contract.UpdateCloseReturn, contract.Decision{Reason: "no"}) })
	w.at(2*time.Hour, func() { w.accepted(contract.UpdateFinishQC, contract.Decision{Reason: "it was empty"}) })
	w.runReturn(ended(order.CustomerReturn))
	require.ErrorContains(t, answer.err, "the return is over")
	require.True(t, w.did("RecordQC"), "what comes now is late")
}

func TestALateUnitIsNotJudgedIntoTheQC(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	w.at(0, func() {
		w.signal(contract.SignalReturnQC, qcReport(row{firstLine + "-1", "469876543001", ""}, row{orderID + "0002-1", "469880012004", ""}))
	})
	w.at(3*time.Hour, func() { w.signal(contract.SignalReturnQC, qcReport(row{firstLine + "-2", "469876543001", ""})) })
	w.at(10*time.Hour, func() { w.signal(contract.SignalReturnExpected, announcedAs(order.RTO)) })
	w.at(12*time.Hour, func() { w.signal(contract.SignalCreditNote, storyNote()) })
	w.runReturn(returnInput(order.RTO))
	require.Equal(t, units(1, 0), order.Count(w.reported, order.Missing))
	require.Len(t, w.listed[order.SettleLate], 1, "its money is settled once")
}

func TestARevisionOfTheQCIsUsedOnceWhateverBecomesOfIt(t *testing.T) {
	t.Parallel()
	w := newReturnWorld(t)
	var revisions []int
	w.during["RecordQC"] = func() {
		revisions = append(revisions, w.qc.Revision) // that of the call before
		if len(revisions) == 2 {
			w.signal(contract.SignalReturnExpected, announcedAs(order.RTO, withStatus(order.StatusReturnCancelled)))
		}
	}
	w.at(0, func() { w.signal(contract.SignalReturnQC, allGood(order.RTO)) })
	w.at(10*time.Hour, func() {
		w.signal(contract.SignalReturnExpected, announcedAs(order.RTO, func(e *order.Expectation) { e.Items = e.Items[:1] }))
	})
	state := w.runReturn(returnInput(order.RTO))
	require.Equal(t, order.ReturnCancelled, state.Outcome)
	require.Equal(t, 2, w.qc.Revision, "the answer to revision 1 may never have come")
	require.False(t, w.qc.Restock)
}
