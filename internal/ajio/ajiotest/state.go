package ajiotest

import (
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// OrderState is what the simulator knows of an order, for audits. Times are nil until it happened.
type OrderState struct {
	OrderID         string      `json:"order_id"`
	Pob             string      `json:"pob"`
	Status          wire.Status `json:"status"` // Pending until acknowledged
	OrderTime       time.Time   `json:"order_time"`
	PaymentMethod   string      `json:"payment_method"`
	Carrier         string      `json:"carrier"`
	TrackingNumber  string      `json:"tracking_number"`
	Acknowledgement string      `json:"acknowledgement,omitempty"` // "Acknowledge" or "Cancel", as the seller answered
	AcknowledgedAt  *time.Time  `json:"acknowledged_at,omitempty"`
	// CustomerCancelledAt is when the customer last cancelled units.
	CustomerCancelledAt *time.Time  `json:"customer_cancelled_at,omitempty"`
	SellerCancelledAt   *time.Time  `json:"seller_cancelled_at,omitempty"` // last, after the acknowledgement
	PONumber            string      `json:"po_number,omitempty"`
	POAt                *time.Time  `json:"po_at,omitempty"`
	POAmount            order.Paise `json:"po_amount,omitempty"`
	InvoiceNumber       string      `json:"invoice_number,omitempty"`
	InvoiceDate         *time.Time  `json:"invoice_date,omitempty"`
	InvoicedAt          *time.Time  `json:"invoiced_at,omitempty"`
	// GenerateCount is how often an invoice was asked for, refused calls included.
	GenerateCount  int         `json:"generate_count"`
	IRN            string      `json:"irn,omitempty"`
	DocumentSHA256 string      `json:"document_sha256,omitempty"` // of the uploaded PDF, hexadecimal
	DocumentURL    string      `json:"document_url,omitempty"`    // when a URL was uploaded instead
	ReadyAt        *time.Time  `json:"ready_at,omitempty"`        // READY_TO_DISPATCH
	ManifestID     string      `json:"manifest_id,omitempty"`
	ManifestedAt   *time.Time  `json:"manifested_at,omitempty"`
	Lines          []LineState `json:"lines"`
}

// LineState counts what became of a line's units. Ordered is gross; what the seller refused in the acknowledgement
// is seller-cancelled.
type LineState struct {
	OrderItemID       string `json:"order_item_id"`
	ItemCode          string `json:"item_code"`
	Ordered           int    `json:"ordered"`
	Confirmed         int    `json:"confirmed"`
	CustomerCancelled int    `json:"customer_cancelled"`
	SellerCancelled   int    `json:"seller_cancelled"`
	ShortPicked       int    `json:"short_picked"`
	Invoiced          int    `json:"invoiced"`
}

// Live returns the units that are still to be delivered.
func (l LineState) Live() int {
	return l.Ordered - l.CustomerCancelled - l.SellerCancelled - l.ShortPicked
}

// wanted returns what the customer wants.
func (l LineState) wanted() int { return l.Ordered - l.CustomerCancelled }

// placed is an order with what only the simulator needs.
type placed struct {
	OrderState
	articles   []Article // by line
	buyerGSTIN string
	plans      []customerPlan
	poDue      *time.Time // nil before the acknowledgement, or for never
	totalTax   order.Paise
	ackContent string // to know the same acknowledgement again
	signedQR   string
	document   []byte
}

// customerPlan is a cancellation that the customer will make.
type customerPlan struct {
	at    time.Time
	line  int // -1: the whole order
	units int
}

// units sums a count over all lines.
func (o *placed) units(of func(LineState) int) int {
	sum := 0
	for _, line := range o.Lines {
		sum += of(line)
	}
	return sum
}

func (o *placed) line(orderItemID string) *LineState {
	for i := range o.Lines {
		if o.Lines[i].OrderItemID == orderItemID {
			return &o.Lines[i]
		}
	}
	return nil
}

// settle lets everything happen that is due by now: first the customer's cancellations, then the PO.
func (s *Server) settle(o *placed, now time.Time) {
	for len(o.plans) > 0 && !o.plans[0].at.After(now) {
		plan := o.plans[0]
		o.plans = o.plans[1:]
		if o.Status == Pending {
			o.customerCancels(plan.line, plan.units, plan.at)
		}
	}
	if o.poDue != nil && o.PONumber == "" && o.Status == wire.StatusConfirmed && !o.poDue.After(now) {
		s.issuePO(o)
	}
}

// customerCancels takes units off a line, or the whole order when line is negative. An order without units is
// cancelled.
func (o *placed) customerCancels(line, units int, at time.Time) {
	for i := range o.Lines {
		l := &o.Lines[i]
		switch {
		case line < 0:
			l.CustomerCancelled = l.Ordered
		case line == i:
			l.CustomerCancelled = min(l.Ordered, l.CustomerCancelled+units)
		}
	}
	o.CustomerCancelledAt = &at
	if o.units(LineState.wanted) == 0 {
		o.Status = wire.StatusCancelled
	}
}
