package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
)

func TestWhatMustBeUndoneByHand(t *testing.T) {
	t.Parallel()
	const irn = "f57c9c12"
	until := time.Date(2025, 11, 18, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		left order.LeftBehind
		want []string
	}{
		{"held", order.LeftBehind{}, []string{
			"Ajio: refuse the order in the seller panel, or cancel it if it turns out to be acknowledged",
		}},
		{"acknowledged", order.LeftBehind{Acknowledged: true}, []string{"Ajio: cancel the order in the seller panel; it is acknowledged"}},
		{"the PO came, the rest is unanswered",
			order.LeftBehind{Acknowledged: true, PurchaseOrder: "P1", AtWarehouse: order.Perhaps, InERP: order.Perhaps},
			[]string{
				"warehouse: look for the order, whose announcement went unanswered, and take it back if it is there",
				"Ajio: cancel the order in the seller panel; it has PO P1",
				"ERP: look for the B2B order for PO P1, whose posting went unanswered, and cancel it if it is there",
			}},
		{"posted", order.LeftBehind{Acknowledged: true, PurchaseOrder: "P1", AtWarehouse: order.Yes, InERP: order.Yes}, []string{
			"warehouse: take the order back; it is there on hold",
			"Ajio: cancel the order in the seller panel; it has PO P1",
			"ERP: cancel the B2B order for PO P1",
		}},
		{"released, with the ERP's e-invoice",
			order.LeftBehind{PurchaseOrder: "P1", AtWarehouse: order.Yes, Released: true, InERP: order.Yes, InvoiceNumber: "I1", IRN: irn},
			[]string{
				"warehouse: stop the picking and put back what was picked",
				"Ajio: cancel the order in the seller panel; it has PO P1",
				"ERP: cancel the B2B order for PO P1",
				"ERP: cancel IRN f57c9c12 of invoice I1 within 24 hours of its registration; later it takes a credit note, which is not for Ajio",
			}},
		{"packed, with an e-invoice of our own",
			order.LeftBehind{
				PurchaseOrder: "P1", AtWarehouse: order.Yes, Released: true, Packed: true, AjioInvoice: order.Perhaps,
				InvoiceNumber: "I1", IRN: irn, IRNCancelUntil: &until,
			},
			[]string{
				"warehouse: keep the parcel back, or follow it if it has left, and put its goods back on the shelf",
				"Ajio: look in the seller panel if PO P1 has the B2B invoice I1: if it has, ask Ajio to cancel, else cancel the order",
				"IRP: cancel IRN f57c9c12 of invoice I1 until 18 Nov 2025 15:30 IST; later it takes a credit note",
			}},
		{"with a draft of our own that may be registered", order.LeftBehind{PurchaseOrder: "P1", InvoiceNumber: "I1", IRN: irn, IRNUnsure: true}, []string{
			"Ajio: cancel the order in the seller panel; it has PO P1",
			"IRP: look up IRN f57c9c12 of invoice I1, whose registration is not recorded; if it is there, cancel it within 24 hours of " +
				"its registration, later it takes a credit note",
		}},
		{"labelled", order.LeftBehind{PurchaseOrder: "P1", Packed: true, AjioInvoice: order.Yes, InvoiceNumber: "I1"}, []string{
			"warehouse: keep the parcel back, or follow it if it has left, and put its goods back on the shelf",
			"Ajio: ask Ajio to cancel PO P1; it has the B2B invoice I1, after which a seller cannot",
		}},
		{"manifested", order.LeftBehind{PurchaseOrder: "P1", Packed: true, AjioInvoice: order.Yes, InERP: order.Yes, ManifestID: "MF1"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var tasks []string
			for _, task := range test.left.Tasks() {
				tasks = append(tasks, task.String())
			}
			require.Equal(t, test.want, tasks)
		})
	}
}

func TestWhatWasLeftBehindIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "nothing reserved, nothing told", order.LeftBehind{}.String())
	require.Equal(t, "2 × A, 1 × B reserved, acknowledged, PO P1, released for picking, in the ERP, e-invoice I1", order.LeftBehind{
		Reserved: map[string]int{"B": 1, "A": 2}, Acknowledged: true, PurchaseOrder: "P1", AtWarehouse: order.Yes, Released: true,
		InERP: order.Yes, InvoiceNumber: "I1",
	}.String())
	require.Equal(t, "packed, in manifest MF1", order.LeftBehind{Packed: true, ManifestID: "MF1"}.String())
}

func TestAManifestedOrderIsSettledAsCompleted(t *testing.T) {
	t.Parallel()
	require.Equal(t, order.CancelledBySeller, order.LeftBehind{Packed: true}.Outcome())
	require.Equal(t, order.Completed, order.LeftBehind{ManifestID: "MF1"}.Outcome())
}
