package ajiotest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"vmsflow/internal/ajio/wire"
)

// Placement is an order to come.
type Placement struct {
	Pob   string
	At    time.Time // the order time, to the second; now when zero
	Lines []PlacedLine
}

// PlacedLine is a line of it. Two lines may carry the same article.
type PlacedLine struct {
	ItemCode string
	Units    int
}

// SeedOptions is the mix of generated orders. Shares lie between 0 and 1.
type SeedOptions struct {
	// From and SpanSeconds spread the order times evenly from one moment over a time; now when zero.
	From        time.Time `json:"from,omitzero"`
	SpanSeconds int       `json:"span_seconds,omitempty"`
	// CancelShare of the customers cancel the whole order, CancelUnitsShare some units, at a random moment within
	// CancelWithinSeconds of the order time. It comes to nothing if the order is acknowledged by then.
	CancelShare         float64 `json:"cancel_share,omitempty"`
	CancelUnitsShare    float64 `json:"cancel_units_share,omitempty"`
	CancelWithinSeconds int     `json:"cancel_within_seconds,omitempty"`
}

// buyers are Ajio's buying units in Karnataka, Maharashtra and Haryana: test data with right check digits.
var buyers = []string{"29AAGCB7383J1Z4", "27AAGCB7383J1Z8", "06AAGCB7383J1ZC"}

var carriers = []string{"DELHIVERY", "XPRESSBEES", "ECOMEXPRESS"}

// SeedOrders places n generated orders of 1 to 4 lines with 1 to 3 units each and returns their ids, oldest first.
// It panics for a POB without an account.
func (s *Server) SeedOrders(n int, pob string, opts SeedOptions) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := opts.From
	if from.IsZero() {
		from = s.now()
	}
	ids := make([]string, 0, n)
	for i := range n {
		span := time.Duration(opts.SpanSeconds) * time.Second
		p := Placement{Pob: pob, At: from.Add(span * time.Duration(i) / time.Duration(n))}
		for range 1 + s.random.IntN(4) {
			article := s.catalogue[s.random.IntN(len(s.catalogue))]
			p.Lines = append(p.Lines, PlacedLine{ItemCode: article.ItemCode, Units: 1 + s.random.IntN(3)})
		}
		o := s.place(p)
		s.planCustomer(o, opts)
		ids = append(ids, o.OrderID)
	}
	return ids
}

// planCustomer draws whether the customer changes their mind, and when.
func (s *Server) planCustomer(o *placed, opts SeedOptions) {
	draw, after := s.random.Float64(), s.random.Float64()*float64(opts.CancelWithinSeconds)
	line := s.random.IntN(len(o.Lines))
	at := o.OrderTime.Add(time.Duration(after * float64(time.Second)))
	switch {
	case draw < opts.CancelShare:
		o.plans = append(o.plans, customerPlan{at: at, line: -1})
	case draw < opts.CancelShare+opts.CancelUnitsShare:
		units := 1 + s.random.IntN(o.Lines[line].Ordered)
		o.plans = append(o.plans, customerPlan{at: at, line: line, units: units})
	}
}

// PlaceOrder places one order and returns its id. It panics for a POB without an account, an item code that is not
// in the catalogue, or an order without units.
func (s *Server) PlaceOrder(p Placement) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.place(p).OrderID
}

func (s *Server) place(p Placement) *placed {
	if _, known := s.accounts[p.Pob]; !known || len(p.Lines) == 0 {
		panic(fmt.Sprintf("ajiotest: no account for POB %q, or an order without lines", p.Pob))
	}
	at := p.At
	if at.IsZero() {
		at = s.now()
	}
	at = at.UTC().Truncate(time.Second)
	s.orderCount++
	o := &placed{
		OrderState: OrderState{
			OrderID: fmt.Sprintf("S17%s%05d", at.Format("0601"), s.orderCount), Pob: p.Pob, Status: Pending,
			OrderTime: at, PaymentMethod: pick(s, []string{wire.PaymentPrepaid, wire.PaymentCOD}),
			Carrier: pick(s, carriers), TrackingNumber: fmt.Sprintf("AJ77%08d", 12345+s.orderCount),
		},
		buyerGSTIN: cmp.Or(s.accounts[p.Pob].BuyerGSTIN, pick(s, buyers)),
	}
	for i, line := range p.Lines {
		found := slices.IndexFunc(s.catalogue, func(a Article) bool { return a.ItemCode == line.ItemCode })
		if found < 0 || line.Units <= 0 {
			panic(fmt.Sprintf("ajiotest: %d units of item %q: not in the catalogue, or no units", line.Units, line.ItemCode))
		}
		o.articles = append(o.articles, s.catalogue[found])
		o.Lines = append(o.Lines, LineState{
			OrderItemID: fmt.Sprintf("%s%04d", o.OrderID, i+1), ItemCode: line.ItemCode, Ordered: line.Units,
		})
	}
	s.orders = append(s.orders, o)
	s.byID[o.OrderID] = o
	return o
}

func pick(s *Server, from []string) string { return from[s.random.IntN(len(from))] }

func poNumber(n int) string { return fmt.Sprintf("47%08d", 123455+n) }
