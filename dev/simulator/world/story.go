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
	ShortPacked       Story = "short_packed"        // the packer finds one unit less than was invoiced
	PartlyInvoiced    Story = "partly_invoiced"     // the ERP invoices one unit less than was ordered
	LatePO            Story = "late_po"
	InvoicedTwice     Story = "invoiced_twice" // the ERP posts the same invoice again
	InvoiceChanged    Story = "invoice_changed"
	WrongPOFirst      Story = "wrong_po_first" // and WrongSKUFirst: refused at the gateway, then posted right
	WrongSKUFirst     Story = "wrong_sku_first"
	PackedTwice       Story = "packed_twice"
	PackedTooEarly    Story = "packed_too_early" // while the order is on hold: refused, then packed right
	PackedTooMuch     Story = "packed_too_much"  // one unit more than was released: the same
	SameItemTwice     Story = "same_item_twice"  // two lines of the order carry one item
)

// stories is who comes in what place of every 25 orders. The first five make every outcome, so that the smallest
// demo shows them all.
var stories = [25]Story{
	0: Plain, 1: CustomerCancels, 2: NoStock, 3: ShortPacked, 4: PartlyInvoiced,
	5: LineWithoutStock, 6: CustomerTakesLess, 7: LatePO, 8: InvoicedTwice, 9: PackedTwice,
	10: SameItemTwice, 12: WrongSKUFirst, 13: CustomerCancels, 15: PackedTooEarly, 17: InvoiceChanged, 19: WrongPOFirst, 21: PackedTooMuch,
}

// storyOf is the story of the i-th order.
func storyOf(i int) Story {
	if story := stories[i%len(stories)]; story != "" {
		return story
	}
	return Plain
}

// Outcome is how an order with this story ends if vmsflow does everything right.
func (s Story) Outcome() order.Outcome {
	switch s {
	case CustomerCancels:
		return order.CancelledByCustomer
	case NoStock:
		return order.Rejected
	case ShortPacked:
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
