package ajiotest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
)

// Announcement is a return to come. Of an order that the simulator never placed, Pob, Lines and each line's item code are
// needed: goods that the seller shipped some other way.
type Announcement struct {
	OrderID string           `json:"order_id"`
	Kind    order.ReturnKind `json:"kind"`
	// Status is order.StatusReturnCreated when empty; order.StatusReturnInitiated is the other one to begin with.
	Status order.ReturnStatus `json:"status,omitempty"`
	// Lines is what comes back; everything that was shipped and binds no other return when empty.
	Lines []AnnouncedLine `json:"lines,omitempty"`
	Pob   string          `json:"pob,omitempty"`
}

// AnnouncedLine is units of an order line that come back.
type AnnouncedLine struct {
	OrderItemID string `json:"order_item_id"`
	ItemCode    string `json:"item_code,omitempty"`
	Units       int    `json:"units"`
}

// Announce makes a return and gives its id. A customer returns what was delivered, an RTO comes back from the way, once
// per order; neither brings back more units than were shipped.
func (s *Server) Announce(a Announcement) (returnID string, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.byID[a.OrderID]; o != nil {
		s.settle(o, s.now())
		a.Pob = o.Pob
		if err := s.fits(o, &a); err != nil {
			return "", err
		}
	}
	switch {
	case a.Kind != order.CustomerReturn && a.Kind != order.RTO:
		return "", fmt.Errorf("return of order %s: kind %q is neither %s nor %s", a.OrderID, a.Kind, order.CustomerReturn, order.RTO)
	case a.Kind == order.RTO && s.rtoOf(a.Pob, a.OrderID) != nil:
		return "", fmt.Errorf("order %s comes back as %s already", a.OrderID, s.rtoOf(a.Pob, a.OrderID).ReturnID)
	case a.Status == "":
		a.Status = order.StatusReturnCreated
	case a.Status != order.StatusReturnInitiated && a.Status != order.StatusReturnCreated:
		return "", fmt.Errorf("return of order %s: it does not begin as %s", a.OrderID, a.Status)
	}
	if _, known := s.accounts[a.Pob]; !known || a.OrderID == "" || len(a.Lines) == 0 {
		return "", fmt.Errorf("return of order %q: no account for POB %q, or nothing comes back", a.OrderID, a.Pob)
	}
	made, err := s.makeReturn(a, s.now())
	if err != nil {
		return "", err
	}
	made.ListedAt = made.ReturnDate
	return made.ReturnID, nil
}

// fits holds an announcement against its order and fills in what follows from it.
func (s *Server) fits(o *placed, a *Announcement) error {
	switch {
	case !o.shipped():
		return fmt.Errorf("order %s is %s: nothing can come back", o.OrderID, o.Status)
	case a.Kind == order.CustomerReturn && o.Status != wire.StatusDelivered:
		return fmt.Errorf("order %s is %s: its customer has nothing to return", o.OrderID, o.Status)
	}
	bound := s.comingBack(o.Pob, o.OrderID)
	if len(a.Lines) == 0 {
		for _, line := range o.Lines {
			if units := line.Invoiced - bound[line.OrderItemID]; units > 0 {
				a.Lines = append(a.Lines, AnnouncedLine{OrderItemID: line.OrderItemID, Units: units})
			}
		}
	}
	a.Lines = slices.Clone(a.Lines)
	for i, line := range a.Lines {
		ours := o.line(line.OrderItemID)
		if ours == nil {
			return fmt.Errorf("order %s has no line %q", o.OrderID, line.OrderItemID)
		}
		if bound[line.OrderItemID] += line.Units; bound[line.OrderItemID] > ours.Invoiced {
			return fmt.Errorf("line %s: %d units would come back of %d shipped ones", line.OrderItemID, bound[line.OrderItemID], ours.Invoiced)
		}
		a.Lines[i].ItemCode = ours.ItemCode
	}
	return nil
}

// makeReturn enters a return with a new id.
func (s *Server) makeReturn(a Announcement, now time.Time) (*returned, error) {
	at := now.UTC().Truncate(time.Second)
	id := fmt.Sprintf("R%s%04d", at.Format("060102"), len(s.returns)+1)
	r := &returned{ReturnState: ReturnState{
		ReturnID: id, Pob: a.Pob, OrderID: a.OrderID, Kind: a.Kind, Status: a.Status, ReturnDate: at,
		TrackingNumber: fmt.Sprintf("AJR88%07d", 4410+len(s.returns)), Model: s.modelOf(a.Pob),
	}}
	for i, line := range a.Lines {
		found := slices.IndexFunc(s.catalogue, func(article Article) bool { return article.ItemCode == line.ItemCode })
		if found < 0 || line.Units <= 0 || line.OrderItemID == "" {
			return nil, fmt.Errorf("%d units of item %q in line %q: not in the catalogue, or no units", line.Units, line.ItemCode, line.OrderItemID)
		}
		r.articles = append(r.articles, s.catalogue[found])
		r.Items = append(r.Items, ReturnItemState{
			ReturnItemID: fmt.Sprintf("%s%04d", id, i+1), OrderItemID: line.OrderItemID, ItemCode: line.ItemCode, Units: line.Units,
		})
	}
	s.returns = append(s.returns, r)
	s.returnByID[id] = r
	return r, nil
}

func (s *Server) modelOf(pob string) order.SettlementModel {
	if model := s.accounts[pob].ReturnModel; model != "" {
		return model
	}
	return order.CreditNoteModel
}

// SetReturnModel says which document settles the returns of a POB that are made from now on.
func (s *Server) SetReturnModel(pob string, model order.SettlementModel) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, known := s.accounts[pob]
	if !known || model != order.CreditNoteModel && model != order.RSIModel {
		return fmt.Errorf("POB %q has no account, or %q is no model", pob, model)
	}
	account.ReturnModel = model
	s.accounts[pob] = account
	return nil
}

// steps are the statuses that a return can take from each without its QC (contracts/ajio-vms.md §7.1).
var steps = map[order.ReturnStatus][]order.ReturnStatus{
	order.StatusReturnInitiated: {order.StatusReturnCreated, order.StatusReturnCancelled},
	order.StatusReturnCreated:   {order.StatusReturnDelivered, order.StatusReturnCancelled},
}

// MoveReturn takes a return a step on: to order.StatusReturnCreated, to order.StatusReturnDelivered when its parcel has
// arrived, or to order.StatusReturnCancelled when Ajio withdraws it, which it does before the parcel arrives.
func (s *Server) MoveReturn(returnID string, to order.ReturnStatus) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.returnByID[returnID]
	if r == nil || !slices.Contains(steps[r.Status], to) {
		return fmt.Errorf("return %q is unknown or cannot become %s", returnID, to)
	}
	at := s.now()
	switch to {
	case order.StatusReturnDelivered:
		r.DeliveredAt = &at
	case order.StatusReturnCancelled:
		r.WithdrawnAt = &at
	}
	r.Status = to
	return nil
}

// CancelReturnUnits lets a customer keep units that were to come back, until the parcel arrives.
func (s *Server) CancelReturnUnits(returnID, returnItemID string, units int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.returnByID[returnID]
	if r == nil || len(steps[r.Status]) == 0 {
		return fmt.Errorf("return %q is unknown or here already", returnID)
	}
	item := r.item(returnItemID)
	if item == nil || units <= 0 || units > item.expected() {
		return fmt.Errorf("return %s has no item %q with %d units to cancel", returnID, returnItemID, units)
	}
	item.Cancelled += units
	return nil
}

// Returns gives the state of every return, as made, those that Ajio does not show yet among them.
func (s *Server) Returns() []ReturnState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]ReturnState, 0, len(s.returns))
	for _, r := range s.returns {
		state := r.ReturnState
		state.Items = slices.Clone(r.Items)
		for i := range state.Items {
			state.Items[i].Reasons = maps.Clone(state.Items[i].Reasons)
		}
		states = append(states, state)
	}
	return states
}

// Return gives the state of one return.
func (s *Server) Return(returnID string) (ReturnState, error) {
	for _, state := range s.Returns() {
		if state.ReturnID == returnID {
			return state, nil
		}
	}
	return ReturnState{}, errors.New("no return " + returnID)
}
