package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// rmsPath is every effect of an order of the RMS model, in order.
var rmsPath = []string{
	"SoftReserve", "Acknowledge", "AnnounceOrder", "PostOrder", "ReleaseForPicking", "MakeInvoice",
	"GenerateB2BInvoice", "AttachIRN", "UploadB2BInvoice", "FetchB2CInvoice", "FetchLabel", "EndOrder",
}

func rmsInput() contract.ForwardOrderInput {
	in := storyInput()
	in.Policy.Model = order.RMSModel
	return in
}

// happenInRMS lets the usual messages come in; the warehouse packs these units.
func (w *world) happenInRMS(first, second int) {
	w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
	w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(first, second)) })
	w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
}

func TestInTheRMSModelTheInvoiceFollowsThePacking(t *testing.T) {
	t.Parallel()
	t.Run("everything packed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(2, 1)
		w.at(6*time.Hour, func() { require.Equal(t, order.Picking, w.state().Stage, "released without an invoice") })
		state := w.runWith(rmsInput())
		require.ElementsMatch(t, rmsPath, w.done)
		require.Equal(t, rmsPath[:9], w.done[:9])
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, "AJ/25-26/000001", state.InvoiceNumber)
		require.Equal(t, units(2, 1), w.made.Packed)
	})
	t.Run("the ERP need not hear of it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(2, 1)
		in := rmsInput()
		in.Policy.PostToERP = false
		require.Equal(t, order.Completed, w.runWith(in).Outcome)
		require.False(t, w.did("PostOrder"))
	})
	t.Run("packed short: the rest is short-picked, the order goes on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(1, 1)
		state := w.runWith(rmsInput())
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, units(1, 1), w.made.Packed)
		require.Equal(t, 1, state.Lines[0].ShortPicked)
		require.Equal(t, units(1, 1), w.kept, "the unit that was not found is free again")
	})
	t.Run("nothing packed: the order is cancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(0, 0)
		state := w.runWith(rmsInput())
		require.Equal(t, order.CancelledBySeller, state.Outcome)
		require.False(t, w.did("MakeInvoice"), "there is no e-invoice to take back")
		require.Equal(t, order.ReasonOutOfStock, w.cancelAjio.Reason)
		require.True(t, w.did("CancelPosting"))
	})
	t.Run("an invoice that can never be registered: the order can be taken back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(2, 1)
		w.refuse["MakeInvoice"] = 1
		w.at(7*time.Hour+time.Minute, func() {
			w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "the number was registered and cancelled before"})
		})
		require.Equal(t, order.CancelledBySeller, w.runWith(rmsInput()).Outcome)
		require.True(t, w.did("CancelIRN"), "its registration may have got through")
		require.True(t, w.did("CancelOrder"))
	})
	t.Run("an invoice that cannot be made waits for a person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(2, 1)
		w.refuse["MakeInvoice"] = 1
		w.at(7*time.Hour+time.Minute, func() {
			require.Equal(t, "make the B2B invoice", w.state().Parked.Step)
			w.update(contract.UpdateRetryStep, contract.Decision{Reason: "rate added"})
		})
		require.Equal(t, order.Completed, w.runWith(rmsInput()).Outcome)
	})
}

func TestAnInvoiceThatOnlyAPersonCanJudge(t *testing.T) {
	t.Parallel()
	unknown := func(times int) func(*einvoice.Verdict) {
		return func(v *einvoice.Verdict) {
			if times--; times >= 0 {
				v.KeyUnknown = `QR-005 no key is pinned under kid "X"`
			}
		}
	}
	for name, answer := range map[string]string{
		"the key is added and the step retried": contract.UpdateRetryStep,
		"it was verified at the portal":         contract.UpdateSkipStep,
	} {
		t.Run("an unknown key parks the order; "+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.happen()
			w.verdict = unknown(1)
			w.at(6*time.Hour+time.Minute, func() {
				require.Equal(t, "qr_key_unknown", w.state().Attention)
				require.True(t, w.state().Parked.CanSkip)
				w.update(answer, contract.Decision{Reason: name})
			})
			state := w.run()
			require.Equal(t, order.Completed, state.Outcome)
			require.Equal(t, units(2, 1), w.released)
		})
	}
	t.Run("an order that is cancelled there knows that there is an e-invoice", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.verdict = unknown(1)
		w.at(6*time.Hour+time.Minute, func() {
			w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "sold twice"})
		})
		state := w.run()
		require.Equal(t, order.CancelledBySeller, state.Outcome)
		require.True(t, slices.ContainsFunc(state.Notes, func(n contract.Note) bool { return n.Text == order.CreditNoteStays }))
	})
	t.Run("a doubt is shown and stops nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.verdict = func(v *einvoice.Verdict) {
			v.Doubts = []einvoice.Violation{{Rule: "INV-3", ID: "QR-004", Field: "qrCode", Problem: "TotInvVal: the QR says 1, the document 2"}}
		}
		w.at(6*time.Hour+time.Minute, func() {
			require.Equal(t, "invoice_doubtful", w.state().Attention)
			require.Contains(t, w.state().Notes[0].Text, "TotInvVal")
		})
		require.Equal(t, order.Completed, w.run().Outcome)
	})
}

func TestAnInvoiceByURLIsFetchedAndArchived(t *testing.T) {
	t.Parallel()
	byURL := storyInvoice(func(i *contract.ERPInvoice) { i.DocumentID, i.InvoiceURL = 0, "https://erp.example/421.pdf" })
	t.Run("it is there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(5*time.Hour+time.Minute, func() { w.signal(contract.SignalERPInvoice, byURL) })
		require.Equal(t, order.Completed, w.run().Outcome)
		require.Equal(t, int64(11), w.uploaded, "the document that was fetched goes to Ajio")
	})
	t.Run("it cannot be had: skipping refuses the invoice, and the next one is taken", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.refuse["FetchInvoice"] = 1
		w.at(5*time.Hour+time.Minute, func() { w.signal(contract.SignalERPInvoice, byURL) })
		w.at(5*time.Hour+2*time.Minute, func() {
			require.Equal(t, "fetch the invoice's document", w.state().Parked.Step)
			w.update(contract.UpdateSkipStep, contract.Decision{Reason: "the ERP posts another"})
		})
		w.at(5*time.Hour+3*time.Minute, func() { require.Equal(t, "invoice_refused", w.state().Attention) })
		require.Equal(t, order.Completed, w.run().Outcome)
		require.True(t, w.did("RefuseInvoice"))
	})
}

func cut(first, second int) contract.CancelRequest {
	return contract.CancelRequest{Reason: "damaged in the rack", Units: units(first, second)}
}

func TestASellerTakesUnitsOut(t *testing.T) {
	t.Parallel()
	t.Run("in the hold: the acknowledgement confirms fewer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.po = storyPO(1, 1)
		w.at(time.Hour, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
		w.at(2*time.Hour, func() { require.Equal(t, units(1, 1), w.kept, "stock is free at once") })
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(1, 1)) })
		w.at(6*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(1, 1)) })
		w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		state := w.run()
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, 1, state.Lines[0].SellerCancelled)
		require.False(t, w.did("CancelUnits"), "the acknowledgement tells Ajio")
	})
	t.Run("before the purchase order: cancelled at Ajio", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.po = storyPO(1, 1)
		w.happen()
		w.at(4*time.Hour+time.Minute, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
		w.at(6*time.Hour+time.Minute, func() { w.signal(contract.SignalPacked, storyPack(1, 1)) })
		state := w.run()
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, units(1, 1), w.cutAjio.Keep)
		require.True(t, w.did("ReadPurchaseOrder"), "the PO that was on its way still had the units")
		require.Equal(t, units(1, 1), w.released)
		require.Equal(t, 1, state.Lines[0].SellerCancelled)
	})
	t.Run("while the warehouse picks, in the RMS model", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.po = storyPO(1, 1)
		w.happenInRMS(1, 1)
		w.at(6*time.Hour, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
		state := w.runWith(rmsInput())
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, []string{"StopUnits", "CancelUnits", "KeepReserved", "ReadPurchaseOrder"}, w.done[5:9])
		require.Equal(t, units(2, 1), w.stopped[0].Announced)
		require.Equal(t, units(1, 1), w.stopped[0].Keep)
		require.True(t, w.made.Cut, "the PO's amount still counts the unit")
		require.Equal(t, 1, state.Lines[0].SellerCancelled)
		require.Zero(t, state.Lines[0].ShortPicked)
	})
	t.Run("and cancels the rest later: the warehouse and the ERP hear the totals they know", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.po = storyPO(1, 1)
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(6*time.Hour, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
		w.at(7*time.Hour, func() {
			w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "sold twice"})
		})
		state := w.runWith(rmsInput())
		require.Equal(t, order.CancelledBySeller, state.Outcome)
		require.Equal(t, units(2, 1), w.stopped[1].Announced)
		require.Empty(t, w.stopped[1].Keep)
		require.Equal(t, 2, w.cancelERP.PO.Units()["S17251100420001"], "as it was posted")
	})
	t.Run("a warehouse that has packed already refuses, and the order stays whole", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.refuseAs = map[string]string{"StopUnits": activities.AttentionWarehouseRefused}
		w.refuse["StopUnits"] = 1
		w.happenInRMS(2, 1)
		w.at(6*time.Hour, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
		w.at(6*time.Hour+time.Minute, func() { require.Equal(t, "cancel_refused", w.state().Attention) })
		state := w.runWith(rmsInput())
		require.Equal(t, order.Completed, state.Outcome)
		require.False(t, w.did("CancelUnits"))
		require.Zero(t, state.Lines[0].SellerCancelled)
	})
	t.Run("more than the order has, none, and units of an unknown line are refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		refused := map[string]contract.CancelRequest{
			"3 units are to be cancelled, but the order has 2": cut(3, 0),
			"name at least 1":     {Reason: "x", Units: order.Quantities{"S17251100420001": 0}},
			"but the order has 0": {Reason: "x", Units: order.Quantities{"1": 1}},
			"say in reason":       {Units: units(1, 0)},
		}
		answers := map[string]*answer{}
		w.at(time.Hour, func() {
			for why, asked := range refused {
				answers[why] = w.update(contract.UpdateCancelOrder, asked)
			}
		})
		require.Equal(t, order.Completed, w.run().Outcome)
		for why, a := range answers {
			require.ErrorContains(t, a.err, why)
		}
	})
	t.Run("before the order hears of a PO that counts them: the invoice does not insist on its amount", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.po = storyPO(1, 1)
		w.happenInRMS(1, 1)
		w.at(4*time.Hour+time.Minute, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
		require.Equal(t, order.Completed, w.runWith(rmsInput()).Outcome)
		require.True(t, w.made.Cut)
	})
	t.Run("and the customer takes the rest: the order ends once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.env.OnActivity("SoftReserve", mock.Anything).After(time.Hour).Return(units(2, 1), nil)
		w.at(time.Minute, func() {
			w.update(contract.UpdateCancelOrder, cut(1, 1))
			w.update(contract.UpdateCancelOrder, cut(1, 0))
			w.signal(contract.SignalCustomerCancelled, contract.CustomerCancellation{Remaining: units(1, 0)})
		})
		state := w.run()
		require.Contains(t, []order.Outcome{order.CancelledBySeller, order.CancelledByCustomer}, state.Outcome)
		require.True(t, w.did("EndOrder"))
	})
	t.Run("not once the warehouse has packed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happenInRMS(2, 1)
		var whole, some *answer
		w.env.OnActivity("ReleaseForPicking", mock.Anything).After(time.Hour).Return(struct{}{}, nil)
		w.at(5*time.Hour+time.Minute, func() {
			w.signal(contract.SignalPacked, storyPack(2, 1))
			whole = w.update(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "sold twice"})
			some = w.update(contract.UpdateCancelOrder, cut(1, 0))
		})
		require.Equal(t, order.Completed, w.runWith(rmsInput()).Outcome)
		require.Error(t, whole.err)
		require.Error(t, some.err)
	})
	t.Run("all of them is a cancellation of the whole order", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.at(time.Hour, func() { w.accepted(contract.UpdateCancelOrder, cut(2, 1)) })
		require.Equal(t, order.CancelledBySeller, w.run().Outcome)
		require.True(t, w.did("CancelOrder"))
	})
}

// Each call of a cut can be refused, and waits for a person then.
func TestARefusedStepOfACutWaitsForAPerson(t *testing.T) {
	t.Parallel()
	for activity, step := range map[string]string{
		"StopUnits": "stop some units in the warehouse", "CancelUnits": "cancel some units at Ajio", "KeepReserved": "free the stock",
		"ReadPurchaseOrder": "check the purchase order",
	} {
		t.Run(activity, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.po = storyPO(1, 1)
			w.refuse[activity] = 1
			w.happenInRMS(1, 1)
			w.at(6*time.Hour, func() { w.accepted(contract.UpdateCancelOrder, cut(1, 0)) })
			w.at(6*time.Hour+time.Minute, func() {
				require.Equal(t, step, w.state().Parked.Step)
				w.accepted(contract.UpdateRetryStep, contract.Decision{Reason: "mended"})
			})
			state := w.runWith(rmsInput())
			require.Equal(t, order.Completed, state.Outcome)
			require.Equal(t, 1, state.Lines[0].SellerCancelled)
		})
	}
}

func TestAnOrderThatAjioCancelledAfterThePackingCanStillBeTakenBack(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newWorld(t)
		w.refuseAs = map[string]string{"GenerateB2BInvoice": activities.AttentionAjioCancelled}
		w.refuse["GenerateB2BInvoice"] = 1
		w.irnTooLate = late
		w.happenInRMS(2, 1)
		w.at(7*time.Hour+time.Minute, func() {
			require.Equal(t, activities.AttentionAjioCancelled, w.state().Attention)
			w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "Ajio cancelled it"})
		})
		state := w.runWith(rmsInput())
		require.Equal(t, order.CancelledBySeller, state.Outcome)
		require.Equal(t, []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelIRN", "CancelPosting", "EndOrder"}, w.done[6:])
		noted := slices.ContainsFunc(state.Notes, func(n contract.Note) bool { return n.Text == order.CreditNoteInBooks })
		require.Equal(t, late, noted, "after 24 hours a credit note takes the place of the cancellation")
	}
}

func TestACutLeavesTheWaitAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.po = storyPO(1, 1)
	w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
	w.at(30*time.Hour, func() {
		require.Equal(t, "pack_overdue", w.state().Attention)
		w.accepted(contract.UpdateCancelOrder, cut(1, 0))
	})
	w.at(31*time.Hour, func() {
		require.Equal(t, 1, w.state().Lines[0].SellerCancelled)
		require.Equal(t, "pack_overdue", w.state().Attention, "the warehouse is as late as before")
		w.signal(contract.SignalPacked, storyPack(1, 1))
	})
	w.at(32*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
	state := w.runWith(rmsInput())
	require.Equal(t, order.Completed, state.Outcome)
	require.Empty(t, state.Attention)
}

func TestCutsOfWhichTheCustomerLeavesNothingEndTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env.OnActivity("SoftReserve", mock.Anything).After(time.Hour).Return(units(2, 1), nil) // cuts wait for it
	w.at(time.Minute, func() {
		w.accepted(contract.UpdateCancelOrder, cut(1, 0))
		w.accepted(contract.UpdateCancelOrder, cut(1, 0))
		w.signal(contract.SignalCustomerCancelled, contract.CustomerCancellation{Remaining: units(1, 0)})
	})
	state := w.run()
	require.Equal(t, order.CancelledBySeller, state.Outcome)
	require.Equal(t, 1, state.Lines[0].SellerCancelled)
	require.Equal(t, 1, state.Lines[0].CustomerCancelled)
	require.Equal(t, 1, state.Lines[1].CustomerCancelled)
}

func TestAShortPackIsPackedWhileItsStockIsFreed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse["KeepReserved"] = 1
	w.happenInRMS(1, 1)
	var late *answer
	w.at(7*time.Hour+time.Minute, func() {
		require.Equal(t, "free the stock", w.state().Parked.Step)
		late = w.update(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "sold twice"})
		w.accepted(contract.UpdateRetryStep, contract.Decision{Reason: "mended"})
	})
	state := w.runWith(rmsInput())
	require.ErrorContains(t, late.err, "the parcel is packed")
	require.Equal(t, order.Completed, state.Outcome)
	require.Equal(t, 1, state.Lines[0].ShortPicked)
}

func TestInTheERPModelTheERPKeepsTheCreditNoteOfAnOrderThatAjioCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuseAs = map[string]string{"GenerateB2BInvoice": activities.AttentionAjioCancelled}
	w.refuse["GenerateB2BInvoice"] = 1
	w.happen()
	w.at(7*time.Hour+time.Minute, func() {
		w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "Ajio cancelled it"})
	})
	state := w.run()
	require.Equal(t, order.CancelledBySeller, state.Outcome)
	require.Equal(t, []string{"MarkEnding", "StopOrder", "CancelOrder", "CancelPosting", "EndOrder"}, w.done[5:], "the IRN is the ERP's")
	require.Equal(t, order.CreditNoteStays, state.Notes[len(state.Notes)-1].Text)
}

func TestAnOrderThatTheERPHasNotHeardOfIsNotCancelledThere(t *testing.T) {
	t.Parallel()
	t.Run("because it was not posted yet", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.refuse["AnnounceOrder"] = 1
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(6*time.Hour, func() { w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "sold twice"}) })
		require.Equal(t, order.CancelledBySeller, w.run().Outcome)
		require.Equal(t, []string{"MarkEnding", "StopOrder", "CancelOrder", "EndOrder"}, w.done[2:], "the announcement may have got through")
	})
	t.Run("because in the RMS model it need not be", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		in := rmsInput()
		in.Policy.PostToERP = false
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(6*time.Hour, func() { w.accepted(contract.UpdateCancelOrder, contract.CancelRequest{Reason: "sold twice"}) })
		require.Equal(t, order.CancelledBySeller, w.runWith(in).Outcome)
		require.Equal(t, []string{"MarkEnding", "StopOrder", "CancelOrder", "EndOrder"}, w.done[4:])
	})
}
