package world

import "vmsflow/internal/order"

// Story is what becomes of one order.
type Story string

// The stories. All but the first let somebody do something out of the ordinary.
const (
	Plain             Story = "plain"
	CustomerCancels   Story = "customer_cancels"    // the whole order, within the hold
	CustomerTakesLess Story = "customer_takes_less" // cancels one unit within the hold
	NoStock           Story = "no_stock"            // for any line
	LineWithoutStock  Story = "line_without_stock"  // one line of several
	ShortPacked       Story = "short_packed"        // the packer finds one unit less than there should be
	NothingPacked     Story = "nothing_packed"      // the packer finds nothing; before there is an invoice, so in the RMS model
	PartlyInvoiced    Story = "partly_invoiced"     // the ERP invoices one unit less than was ordered
	LatePO            Story = "late_po"
	InvoicedTwice     Story = "invoiced_twice" // the ERP posts the same invoice again
	InvoiceChanged    Story = "invoice_changed"
	WrongPOFirst      Story = "wrong_po_first" // and the next four: refused at the gateway, then posted right
	WrongSKUFirst     Story = "wrong_sku_first"
	WrongIRNFirst     Story = "wrong_irn_first"   // that of another document
	WrongQRFirst      Story = "wrong_qr_first"    // its signature does not hold
	WrongBuyerFirst   Story = "wrong_buyer_first" // the QR is made out to somebody else
	InvoiceByURL      Story = "invoice_by_url"    // the ERP posts where its PDF is, and not the PDF
	PackedTwice       Story = "packed_twice"
	PackedTooEarly    Story = "packed_too_early" // while the order is on hold: refused, then packed right
	PackedTooMuch     Story = "packed_too_much"  // one unit more than was released: the same
	SameItemTwice     Story = "same_item_twice"  // two lines of the order carry one item
)

// stories is who comes in what place of every so many orders of a model. The first ones make every outcome that the
// model has, so that the smallest demo shows them all. Before an invoice that we make ourselves nobody else makes one,
// so the ERP's stories are not for the RMS model, nor is a packer who comes before the release: there the release
// follows at once.
var stories = map[order.InvoicingModel][]Story{
	order.ERPModel: {
		Plain, ShortPacked, NoStock, CustomerCancels, PartlyInvoiced, LineWithoutStock, CustomerTakesLess, WrongIRNFirst,
		WrongQRFirst, InvoiceByURL, LatePO, InvoicedTwice, InvoiceChanged, PackedTwice, Plain, SameItemTwice, WrongSKUFirst,
		PackedTooEarly, Plain, WrongPOFirst, PackedTooMuch, WrongBuyerFirst, Plain, Plain,
	},
	order.RMSModel: {
		Plain, CustomerCancels, NothingPacked, NoStock, ShortPacked, LineWithoutStock, CustomerTakesLess, LatePO,
		SameItemTwice, PackedTwice, PackedTooMuch, Plain, Plain, Plain, Plain, Plain,
	},
}

// storyOf is the story of a model's i-th order.
func storyOf(model order.InvoicingModel, i int) Story { return stories[model][i%len(stories[model])] }

// Outcome is how an order with this story ends if vmsflow does everything right. A unit that is short ends an order
// that has an e-invoice; in the RMS model the invoice is made for what is there.
func (s Story) Outcome(model order.InvoicingModel) order.Outcome {
	switch {
	case s == CustomerCancels:
		return order.CancelledByCustomer
	case s == NoStock:
		return order.Rejected
	case s == NothingPacked, s == ShortPacked && model == order.ERPModel:
		return order.CancelledBySeller
	default:
		return order.Completed
	}
}

// leastUnits and leastLines are what an order needs for its story to be possible.
func (s Story) leastUnits() int {
	switch s {
	case PartlyInvoiced, CustomerTakesLess, ShortPacked:
		return 2 // on its first line
	default:
		return 1
	}
}

func (s Story) leastLines() int {
	switch s {
	case LineWithoutStock, SameItemTwice:
		return 2
	default:
		return 1
	}
}
