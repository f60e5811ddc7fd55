package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// happyPath is every effect of an order of the ERP model, in order. The two documents are fetched side by side.
var happyPath = []string{
	"SoftReserve", "Acknowledge", "AnnounceOrder", "PostOrder", "ReleaseForPicking",
	"GenerateB2BInvoice", "AttachIRN", "UploadB2BInvoice", "FetchB2CInvoice", "FetchLabel", "EndOrder",
}

func requireHappyPath(t *testing.T, done []string) {
	t.Helper()
	require.ElementsMatch(t, happyPath, done)
	require.Equal(t, happyPath[:8], done[:8])
}

func TestAnOrderGoesFromThePendencyToTheCourier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happen()
	var acknowledgedAt time.Time
	w.during["Acknowledge"] = func() { acknowledgedAt = w.env.Now() }

	state := w.run()

	requireHappyPath(t, w.done)
	require.Equal(t, order.Completed, state.Outcome)
	require.Equal(t, order.Completed, w.ended.Outcome)
	require.Equal(t, "MF2511170008", state.ManifestID)
	require.Equal(t, "AJ7700012345", state.TrackingNo)
	require.Empty(t, state.Attention)
	require.Equal(t, 4*time.Hour, acknowledgedAt.Sub(time.Date(2025, 11, 17, 5, 0, 0, 0, time.UTC)), "the acknowledgement is held four hours")
}

// without leaves out what an order does besides.
func without(done []string, besides ...string) []string {
	return slices.DeleteFunc(slices.Clone(done), func(name string) bool { return slices.Contains(besides, name) })
}

func TestStock(t *testing.T) {
	t.Parallel()
	t.Run("an order without any stock is refused at Ajio", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.reserved = order.Quantities{}
		state := w.run()
		require.Equal(t, []string{"SoftReserve", "CancelOrder", "EndOrder"}, w.done)
		require.Equal(t, order.Rejected, state.Outcome)
	})
	t.Run("a line without stock is acknowledged with quantity 0", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.reserved = units(2, 0)
		w.at(5*time.Hour, func() {
			require.Equal(t, 1, w.state().Lines[1].SellerCancelled)
			w.signal(contract.SignalPODetails, storyPO(2, 0))
		})
		w.at(6*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(2, 0)) })
		w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		state := w.run()
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, 2, w.released.Total())
	})
}

func TestACustomerCancels(t *testing.T) {
	t.Parallel()
	cancelled := func(remaining order.Quantities) contract.CustomerCancellation {
		return contract.CustomerCancellation{Remaining: remaining, Whole: remaining.Total() == 0}
	}
	t.Run("the whole order in the hold: stock released, never acknowledged", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.at(time.Hour, func() { w.signal(contract.SignalCustomerCancelled, cancelled(nil)) })
		state := w.run()
		require.Equal(t, []string{"SoftReserve", "EndOrder"}, w.done)
		require.Equal(t, order.CancelledByCustomer, state.Outcome)
		require.Equal(t, 3, state.Lines[0].CustomerCancelled+state.Lines[1].CustomerCancelled)
	})
	t.Run("some units in the hold: the rest is acknowledged", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.at(time.Hour, func() { w.signal(contract.SignalCustomerCancelled, cancelled(units(1, 1))) })
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(1, 1)) })
		w.at(6*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(1, 1)) })
		w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		state := w.run()
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, 1, state.Lines[0].CustomerCancelled)
	})
	t.Run("a moment before the acknowledgement: Ajio's answer decides", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.acknowledge = &activities.AcknowledgeResult{CustomerCancelled: true}
		state := w.run()
		require.Equal(t, []string{"SoftReserve", "Acknowledge", "EndOrder"}, w.done)
		require.Equal(t, order.CancelledByCustomer, state.Outcome)
	})
	t.Run("a late report of what the acknowledgement settled is no news", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(4*time.Hour+time.Minute, func() { w.signal(contract.SignalCustomerCancelled, cancelled(units(2, 1))) })
		w.at(4*time.Hour+2*time.Minute, func() { require.Empty(t, w.state().Attention) })
		require.Equal(t, order.Completed, w.run().Outcome)
	})
	t.Run("while a refused acknowledgement is parked: the order ends by itself", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.refuse["Acknowledge"] = 1
		w.at(5*time.Hour, func() { w.signal(contract.SignalCustomerCancelled, cancelled(nil)) })
		state := w.run()
		require.Equal(t, []string{"SoftReserve", "EndOrder"}, w.done)
		require.Equal(t, order.CancelledByCustomer, state.Outcome)
	})
	t.Run("a report after the acknowledgement only raises attention", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(5*time.Hour+time.Minute, func() { w.signal(contract.SignalCustomerCancelled, cancelled(nil)) })
		w.at(5*time.Hour+2*time.Minute, func() { require.Equal(t, "cancelled_after_acknowledgement", w.state().Attention) })
		state := w.run()
		requireHappyPath(t, w.done)
		require.Equal(t, order.Completed, state.Outcome)
	})
	t.Run("all that was in stock: the rest is refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.reserved = units(2, 0)
		w.acknowledge = &activities.AcknowledgeResult{Wanted: units(0, 1), Confirmed: units(0, 0)}
		state := w.run()
		require.Equal(t, []string{"SoftReserve", "Acknowledge", "EndOrder"}, w.done)
		require.Equal(t, order.Rejected, state.Outcome)
	})
}

func TestTheHold(t *testing.T) {
	t.Parallel()
	t.Run("an operator releases it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(time.Hour, func() { w.update(contract.UpdateReleaseHold, contract.Decision{Reason: "agreed with Ajio"}) })
		w.at(time.Hour+time.Minute, func() { require.Equal(t, order.Acknowledged, w.state().Stage) })
		require.Equal(t, order.Completed, w.run().Outcome)
	})
	t.Run("an operator extends it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.at(time.Hour, func() {
			until := w.env.Now().Add(9 * time.Hour)
			w.update(contract.UpdateExtendHold, contract.ExtendHold{Until: until, Reason: "the warehouse counts"})
		})
		w.at(9*time.Hour, func() { require.Equal(t, order.AckHeld, w.state().Stage) })
		w.at(11*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(12*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(13*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(2, 1)) })
		w.at(14*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		require.Equal(t, order.Completed, w.run().Outcome)
	})
	t.Run("what makes no sense is refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		var earlier, unreasoned, late *answer
		w.at(time.Hour, func() {
			earlier = w.update(contract.UpdateExtendHold, contract.ExtendHold{Until: w.env.Now(), Reason: "no"})
			unreasoned = w.update(contract.UpdateReleaseHold, contract.Decision{})
		})
		w.at(5*time.Hour+time.Minute, func() { late = w.update(contract.UpdateReleaseHold, contract.Decision{Reason: "too late"}) })
		w.run()
		require.ErrorContains(t, earlier.err, "must be later")
		require.ErrorContains(t, unreasoned.err, "say in reason")
		require.ErrorContains(t, late.err, "not being held")
	})
}

func TestThePurchaseOrder(t *testing.T) {
	t.Parallel()
	t.Run("one that is overdue raises attention and is still waited for", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.at(4*time.Hour+49*time.Hour, func() {
			require.Equal(t, "po_overdue", w.state().Attention)
			w.signal(contract.SignalPODetails, storyPO(2, 1))
		})
		w.at(60*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(61*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(2, 1)) })
		w.at(62*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		state := w.run()
		require.Equal(t, order.Completed, state.Outcome)
		require.Empty(t, state.Attention)
	})
	t.Run("one that differs from the acknowledgement stops the order before the ERP hears of it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.po = storyPO(2, 3)
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 3)) })
		w.at(6*time.Hour, func() {
			require.Equal(t, "po_differs", w.state().Attention)
			require.False(t, w.did("PostOrder"))
			w.po = storyPO(2, 1)
			w.update(contract.UpdateRetryStep, contract.Decision{Reason: "Ajio mended it"})
		})
		w.at(7*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(8*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(2, 1)) })
		w.at(9*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		require.Equal(t, order.Completed, w.run().Outcome)
		require.Contains(t, w.done, "ReadPurchaseOrder")
	})
}

func TestTheERPsInvoice(t *testing.T) {
	t.Parallel()
	t.Run("one for fewer units: the rest is short-picked and not picked at all", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(5*time.Hour+time.Minute, func() {
			w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) {
				partial := true
				i.InvoiceNumber, i.IsPartialInvoice = "AJ/25-26/000500", &partial
				i.IrnNumber = gst.IRN("27AAPFU0939F1ZV", i.InvoiceDate.Time, gst.Invoice, i.InvoiceNumber)
				i.InvoiceLineEntries = entries("469876543001", 1, "469880012004", 1)
			}))
		})
		w.at(6*time.Hour+time.Minute, func() { w.signal(contract.SignalPacked, storyPack(1, 1)) })
		state := w.run()
		require.Equal(t, order.Completed, state.Outcome)
		require.Equal(t, units(1, 1), w.released)
		require.Equal(t, 1, state.Lines[0].ShortPicked)
	})
	t.Run("one for fewer units, after the order was entered in the warehouse by hand: it gives up the rest all the same", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.refuse["AnnounceOrder"] = 1
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(5*time.Hour+time.Minute, func() {
			w.accepted(contract.UpdateSkipStep, contract.Decision{Reason: "entered by hand"})
		})
		w.at(6*time.Hour, func() {
			w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) {
				partial := true
				i.IsPartialInvoice, i.InvoiceLineEntries = &partial, entries("469876543001", 1, "469880012004", 1)
			}))
		})
		w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(1, 1)) })
		w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
		require.Equal(t, order.Completed, w.run().Outcome)
		require.Equal(t, units(1, 1), w.released)
		require.Equal(t, units(2, 1), w.releasedOf)
	})
	for name, wrong := range map[string]func(*contract.ERPInvoice){
		"another purchase order":    func(i *contract.ERPInvoice) { i.ForwardPurchaseOrder = "4799999999" },
		"no document":               func(i *contract.ERPInvoice) { i.DocumentID = 0 },
		"an item that is not in it": func(i *contract.ERPInvoice) { i.InvoiceLineEntries = entries("999", 1) },
		"more units than ordered":   func(i *contract.ERPInvoice) { i.InvoiceLineEntries = entries("469876543001", 3) },
		"partial without lines":     func(i *contract.ERPInvoice) { yes := true; i.IsPartialInvoice = &yes },
		"not said whether partial":  func(i *contract.ERPInvoice) { i.IsPartialInvoice = nil },
		"full with too few units":   func(i *contract.ERPInvoice) { i.InvoiceLineEntries = entries("469876543001", 1) },
		"no IRN":                    func(i *contract.ERPInvoice) { i.IrnNumber = "" },
	} {
		t.Run("one signalled with "+name+" is refused and the right one awaited", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.happen()
			w.at(5*time.Hour+time.Minute, func() {
				w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) { i.InvoiceNumber = "AJ/25-26/000999" }, wrong))
			})
			w.at(5*time.Hour+2*time.Minute, func() {
				require.Equal(t, order.PostedToERP, w.state().Stage)
				require.Equal(t, "invoice_refused", w.state().Attention)
			})
			state := w.run()
			require.True(t, w.did("RefuseInvoice"), "the gateway may take another one")
			requireHappyPath(t, without(w.done, "RefuseInvoice"))
			require.Equal(t, "AJ/25-26/000421", state.InvoiceNumber)
			require.Empty(t, state.Attention)
		})
	}
	t.Run("one that was refused may come again, mended, under the same number", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(5*time.Hour+time.Minute, func() {
			w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) { i.IrnNumber = "" }))
		})
		w.at(5*time.Hour+2*time.Minute, func() { require.Equal(t, "invoice_refused", w.state().Attention) })
		require.Equal(t, order.Completed, w.run().Outcome)
	})
	t.Run("one whose PDF is broken is refused and the next one awaited", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(5*time.Hour+time.Minute, func() {
			w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) { i.DocumentID, i.InvoicePdf = 0, "broken" }))
		})
		w.at(5*time.Hour+2*time.Minute, func() { require.Equal(t, "invoice_refused", w.state().Attention) })
		require.Equal(t, order.Completed, w.run().Outcome)
	})
	t.Run("a second one after the first was accepted raises attention and changes nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(6*time.Hour+time.Minute, func() {
			w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) { i.InvoiceNumber = "AJ/25-26/000999" }))
		})
		w.at(6*time.Hour+2*time.Minute, func() { require.Equal(t, "second_invoice", w.state().Attention) })
		require.Equal(t, "AJ/25-26/000421", w.run().InvoiceNumber)
	})
	t.Run("one that comes while the order is being taken back leaves its note", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.refuse["StopOrder"] = 1
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(6*time.Hour, func() { w.update(contract.UpdateCancelOrder, contract.Decision{Reason: "sold twice"}) })
		w.at(7*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(8*time.Hour, func() { w.update(contract.UpdateRetryStep, contract.Decision{Reason: "mended"}) })
		state := w.run()
		require.Equal(t, order.CancelledBySeller, state.Outcome)
		require.True(t, containsNote(state, order.CreditNoteStays))
	})
	t.Run("one signalled with its PDF inside is archived first", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(5*time.Hour+time.Minute, func() {
			w.signal(contract.SignalERPInvoice, storyInvoice(func(i *contract.ERPInvoice) {
				i.DocumentID, i.InvoicePdf = 0, "JVBERi0xLjcK"
			}))
		})
		require.Equal(t, order.Completed, w.run().Outcome)
		require.Contains(t, w.done, "ArchiveInvoice")
	})
}

func TestAShortPackAfterTheEInvoiceCancelsTheWholeOrder(t *testing.T) {
	t.Parallel()
	for _, packed := range []struct{ first, second int }{{1, 1}, {2, 0}, {0, 0}} {
		t.Run(fmt.Sprintf("%d and %d packed", packed.first, packed.second), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.happen()
			w.at(6*time.Hour+time.Minute, func() { w.signal(contract.SignalPacked, storyPack(packed.first, packed.second)) })
			state := w.run()
			require.Equal(t, []string{
				"SoftReserve", "Acknowledge", "AnnounceOrder", "PostOrder", "ReleaseForPicking",
				"MarkEnding", "StopOrder", "CancelOrder", "CancelPosting", "EndOrder",
			}, w.done)
			require.Equal(t, order.ReasonShortPack, w.cancelERP.Reason, "the ERP gets a code")
			require.Equal(t, order.ReasonShortPack, w.cancelAjio.Reason)
			require.Equal(t, order.CancelledBySeller, state.Outcome)
			require.Equal(t, 3, state.Lines[0].SellerCancelled+state.Lines[1].SellerCancelled)
			require.Contains(t, fmt.Sprint(state.Notes), "credit note", "the operator learns what is left to do")
		})
	}
}

func TestMorePackedThanReleasedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happen()
	w.at(6*time.Hour+time.Minute, func() { w.signal(contract.SignalPacked, storyPack(2, 2)) })
	w.at(6*time.Hour+2*time.Minute, func() { require.Equal(t, "pack_refused", w.state().Attention) })
	require.Equal(t, order.Completed, w.run().Outcome)
	requireHappyPath(t, w.done)
}

// Messages may come in any order, early and twice: the order ends the same.
func TestMessagesInEveryOrder(t *testing.T) {
	t.Parallel()
	messages := []struct {
		name    string
		payload any
	}{
		{contract.SignalPODetails, storyPO(2, 1)},
		{contract.SignalERPInvoice, storyInvoice()},
		{contract.SignalPacked, storyPack(2, 1)},
		{contract.SignalManifested, manifested()},
	}
	permute(len(messages), func(sequence []int) {
		t.Run(fmt.Sprint(sequence), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i, m := range sequence {
				for range 2 {
					w.at(time.Duration(i+1)*time.Minute, func() { w.signal(messages[m].name, messages[m].payload) })
				}
			}
			require.Equal(t, order.Completed, w.run().Outcome)
			requireHappyPath(t, w.done)
		})
	})
}

func TestASecondDifferentDocumentIsReportedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happen()
	w.at(5*time.Hour+time.Minute, func() {
		w.signal(contract.SignalPODetails, storyPO(1, 1))
		w.signal(contract.SignalPODetails, "not a purchase order")
	})
	state := w.run()
	requireHappyPath(t, w.done)
	require.Contains(t, fmt.Sprint(state.Notes), "second, different po-details for 4700123456")
	require.Contains(t, fmt.Sprint(state.Notes), "could not be read")
}

func TestWhatAPersonShouldKnowStaysInSight(t *testing.T) {
	t.Parallel()
	second := storyPO(2, 1)
	second.Number = "4799999999"
	for _, c := range []struct {
		attention string
		signal    string
		payload   any
	}{
		{"second_po", contract.SignalPODetails, second},
		{"second_pack", contract.SignalPacked, storyPack(1, 1)},
		{"document_differs", contract.SignalDifference, contract.Difference{Document: "invoice AJ/25-26/000421", Message: "invoiceDate differs"}},
		{"cancelled_after_acknowledgement", contract.SignalCustomerCancelled, contract.CustomerCancellation{Whole: true}},
	} {
		t.Run(c.attention, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.happen()
			w.at(7*time.Hour+time.Minute, func() { w.signal(c.signal, c.payload) })
			w.at(7*time.Hour+2*time.Minute, func() { require.Equal(t, c.attention, w.state().Attention) })
			state := w.run()
			requireHappyPath(t, w.done)
			require.Equal(t, "4700123456", state.PurchaseOrder)
			require.NotEmpty(t, state.Notes)
		})
	}
}

func TestAnOutageRaisesAttentionAndEndsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outages["PostOrder"] = 3
	w.happen()
	var during string
	w.during["PostOrder"] = func() { during = w.attribute(searchattr.Attention) }
	state := w.run()
	require.Equal(t, "erp_unreachable", during)
	require.Equal(t, order.Completed, state.Outcome)
	requireHappyPath(t, w.done)
}

func TestAnOrderEnteredInTheERPByHandIsCancelledThereByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse["PostOrder"] = 1
	w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
	w.at(6*time.Hour, func() { w.update(contract.UpdateSkipStep, contract.Decision{Reason: "entered by hand"}) })
	w.at(7*time.Hour, func() { w.update(contract.UpdateCancelOrder, contract.Decision{Reason: "sold twice"}) })
	state := w.run()
	require.Equal(t, order.CancelledBySeller, state.Outcome)
	require.NotContains(t, w.done, "CancelPosting")
	require.Contains(t, fmt.Sprint(state.Notes), "by hand as well")
}

func TestAParcelThatAjioRefusesInTheManifest(t *testing.T) {
	t.Parallel()
	refused := contract.ManifestOutcome{Key: "87456", Carrier: "DELHIVERY", Refused: "order is PACKED"}
	t.Run("goes into a manifest of its own", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.happen()
		w.at(7*time.Hour+time.Minute, func() { w.signal(contract.SignalManifested, refused) })
		state := w.run()
		require.Equal(t, "MF2511170009", state.ManifestID)
		require.Contains(t, w.done, "CreateManifest")
	})
	t.Run("waits for a person when it is refused again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.manifest = contract.ManifestResult{Refused: map[string]string{orderID: "order is PACKED"}}
		w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
		w.at(6*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
		w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(2, 1)) })
		w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, refused) })
		w.at(9*time.Hour, func() {
			require.Equal(t, "manifest the parcel alone", w.state().Parked.Step)
			w.manifest = contract.ManifestResult{}
			w.update(contract.UpdateRetryStep, contract.Decision{Reason: "uploaded by hand"})
		})
		require.Equal(t, "MF2511170009", w.run().ManifestID)
	})
	t.Run("is settled by a later manifest of the warehouse", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.manifest = contract.ManifestResult{Refused: map[string]string{orderID: "order is PACKED"}}
		w.happen()
		w.at(7*time.Hour+time.Minute, func() {
			w.signal(contract.SignalManifested, contract.ManifestOutcome{Key: "87455", Carrier: "DELHIVERY", Refused: "order is PACKED"})
		})
		require.Equal(t, "MF2511170008", w.run().ManifestID)
	})
}

func entries(pairs ...any) []increff.InvoiceLineEntry {
	var lines []increff.InvoiceLineEntry
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, increff.InvoiceLineEntry{ChannelSkuCode: pairs[i].(string), Quantity: pairs[i+1].(int)})
	}
	return lines
}

// permute calls do with every order of 0 … n-1.
func permute(n int, do func([]int)) {
	var walk func(taken []int, left []int)
	walk = func(taken, left []int) {
		if len(left) == 0 {
			do(append([]int(nil), taken...))
			return
		}
		for i := range left {
			rest := append(append([]int(nil), left[:i]...), left[i+1:]...)
			walk(append(taken, left[i]), rest)
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	walk(nil, all)
}
