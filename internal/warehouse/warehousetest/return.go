package warehousetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

const returnPath = "/usp/return"

// Return is a parcel that comes back, and what the people at the bay find in it and report.
type Return struct {
	Pob       string
	OrderCode string // of the forward order, which need not have been shipped from here
	// ReturnCode is Ajio's return id; empty for an RTO that Ajio has not announced.
	ReturnCode string
	// AWB and Transporter stand on the parcel; empty are those of the expectation, else those of the way out.
	AWB, Transporter string
	// Units should be in the parcel. Nil are those of the expectation, else all that was packed, under the codes
	// orderItemCode-1 and so on (contracts/increff-erp.md §8.1).
	Units []Unit
	// Findings are the results of the first units in that order; all others pass.
	Findings []Finding
	// Notice sends a call without units first: the parcel has arrived. So does a parcel of which no unit is named.
	Notice bool
	// PerMessage is how many units a call names, all when zero; Gap is the time from one call to the next.
	PerMessage int
	Gap        time.Duration
	// Twice sends every call again; Contradicts says the opposite of the first unit in the end and expects a refusal.
	Twice, Contradicts bool
}

// Finding is what the QC says of one unit. The zero value passes.
type Finding struct {
	Reason  string // qcReason of a FAIL, of the standard set or the brand's own
	Unnamed bool   // not in the parcel, and no call says so; PRODUCT_MISSING is how a call says so
}

// contradiction is a call that says the opposite of an earlier one.
const contradiction variant = "contradiction"

// notice is a call without units.
const notice variant = "notice"

// parcel is a return whose content and calls do not change any more.
type parcel struct {
	Return
	units    []inspected
	calls    []call
	status   Status
	attempts int
	answer   string // the gateway's refusal
}

// inspected is a unit with its QC.
type inspected struct {
	Unit
	Finding
	reported bool // the gateway took the call that names it
}

// call is one report to the gateway.
type call struct {
	variant variant
	units   []*inspected
	body    []byte
}

// Return lets a parcel come back: its QC is reported at once, call after call. It fails when the units are not known, since
// nobody announced or packed them here, and when the parcel came back before.
func (s *Server) Return(r Return) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	about := key(r.Pob, cmp.Or(r.ReturnCode, r.OrderCode))
	if s.back[about] != nil {
		return fmt.Errorf("parcel %s came back before", about)
	}
	announced, packed := s.expected[key(r.Pob, r.ReturnCode)], s.orders[key(r.Pob, r.OrderCode)]
	switch {
	case r.Units != nil:
	case announced != nil:
		r.Units = announced.units
	case r.ReturnCode == "" && packed != nil && packed.label != nil:
		r.Units = packed.parcelUnits()
	default:
		return fmt.Errorf("parcel %s: its units were neither announced nor packed here; wait, or name them", about)
	}
	if announced != nil {
		r.AWB, r.Transporter = cmp.Or(r.AWB, announced.body.AwbNumber), cmp.Or(r.Transporter, announced.body.Transporter)
	}
	if packed != nil && packed.label != nil {
		label := packed.label.ShippingLabel
		r.AWB, r.Transporter = cmp.Or(r.AWB, label.AwbNumber), cmp.Or(r.Transporter, label.Transporter)
	}
	r.AWB, r.Transporter = cmp.Or(r.AWB, "AWB-"+r.OrderCode), cmp.Or(r.Transporter, "DELHIVERY")
	p := newParcel(r)
	s.back[about] = p
	s.parcels = append(s.parcels, p)
	s.report(p, 0, 0)
	return nil
}

// parcelUnits are the units that were packed, by SKU under the code of its first line, as the order came.
func (e *entry) parcelUnits() []Unit {
	var units []Unit
	for _, item := range e.items {
		for n := range e.packed[item.ChannelSkuCode] {
			units = append(units, Unit{Code: fmt.Sprintf("%s-%d", item.OrderItemCode, n+1), SKU: item.ChannelSkuCode})
		}
	}
	return units
}

// newParcel writes all calls: a notice, the units in groups, each perhaps twice, and a contradiction.
func newParcel(r Return) *parcel {
	p := &parcel{Return: r, status: Reporting, units: make([]inspected, len(r.Units))}
	var named []*inspected
	for i, unit := range r.Units {
		p.units[i].Unit = unit
		if i < len(r.Findings) {
			p.units[i].Finding = r.Findings[i]
		}
		if !p.units[i].Unnamed {
			named = append(named, &p.units[i])
		}
	}
	add := func(which variant, units []*inspected) {
		c := call{variant: which, units: units, body: p.encode(units)}
		p.calls = append(p.calls, c)
		if r.Twice {
			c.variant = again
			p.calls = append(p.calls, c)
		}
	}
	if r.Notice || len(named) == 0 {
		add(notice, nil)
	}
	for rest := named; len(rest) > 0; {
		n := len(rest)
		if r.PerMessage > 0 {
			n = min(n, r.PerMessage)
		}
		add(right, rest[:n])
		rest = rest[n:]
	}
	if r.Contradicts && len(named) > 0 {
		p.calls = append(p.calls, call{variant: contradiction, body: p.encode([]*inspected{named[0].opposite()})})
	}
	return p
}

// opposite is the unit with the other result.
func (u inspected) opposite() *inspected {
	if u.Reason == "" {
		u.Reason = "OTHER_DAMAGE"
	} else {
		u.Reason = ""
	}
	return &u
}

func (p *parcel) encode(units []*inspected) []byte {
	body := increff.ReturnProcessed{
		ReturnOrderCode: p.ReturnCode, ForwardOrderCode: p.OrderCode, LocationCode: p.Pob, ChannelName: increff.ChannelName,
		AwbNumber: p.AWB, Transporter: p.Transporter, OrderItems: []increff.ReturnedItem{},
	}
	for _, u := range units {
		item := increff.ReturnedItem{ReturnItemCode: u.Code, ChannelSkuCode: u.SKU, QcStatus: increff.QCPass}
		if u.Reason != "" {
			item.QcStatus, item.QcReason = increff.QCFail, u.Reason
		}
		if u.Reason != "" && u.Reason != increff.ProductMissing {
			item.ImageUrls = []string{"https://img.example/qc/" + u.Code + ".jpg"}
		}
		body.OrderItems = append(body.OrderItems, item)
	}
	return encode(body)
}

// report sends a call after a delay, again and again until the gateway answers, and then the next one.
func (s *Server) report(p *parcel, step int, delay time.Duration) {
	s.jobs.After(delay, func(ctx context.Context) {
		c := p.calls[step]
		reply := s.gateway.Post(ctx, returnPath, c.body)
		if ctx.Err() != nil {
			return
		}
		s.recordReturn(p, c, reply)
		if reply.Again() {
			s.report(p, step, reply.Wait)
			return
		}
		if !s.settleReturn(p, step, reply) {
			return
		}
		gap := p.Gap
		if p.calls[step+1].variant == again {
			gap = 0
		}
		s.report(p, step+1, gap)
	})
}

// settleReturn judges the gateway's answer and reports whether the next call follows. Like an Increff system it does not
// repeat what was refused. Units that passed go back on the shelf once the gateway knows it.
func (s *Server) settleReturn(p *parcel, step int, reply increfftest.Reply) (next bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, about := p.calls[step], "parcel "+key(p.Pob, cmp.Or(p.ReturnCode, p.OrderCode))
	switch {
	case c.variant == again && !reply.OK():
		s.violated("%s: the same call again was answered %d %s", about, reply.Status, reply.Code())
	case c.variant == contradiction && reply.Status != http.StatusBadRequest:
		s.violated("%s: a call that contradicts another was answered %d", about, reply.Status)
	case c.variant != contradiction && !reply.OK():
		p.status = Refused
		p.answer = strings.TrimSpace(fmt.Sprintf("%d %s %s", reply.Status, reply.Code(), reply.Error().Description))
		return false
	}
	for _, u := range c.units {
		u.reported = true
	}
	if step+1 < len(p.calls) {
		return true
	}
	p.status = Reported
	return false
}

func (s *Server) recordReturn(p *parcel, c call, reply increfftest.Reply) {
	s.mu.Lock()
	p.attempts++
	s.mu.Unlock()
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "warehouse", Name: CallReturn, Client: p.Pob, Key: cmp.Or(p.ReturnCode, p.OrderCode),
		Status: reply.Status, Effect: reply.OK(),
		Detail: encode(map[string]any{
			"variant": c.variant, "request": json.RawMessage(c.body), "code": reply.Code(), "description": reply.Error().Description,
		}),
	})
}
