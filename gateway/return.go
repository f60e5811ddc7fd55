package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// postReturn takes the warehouse's word on what came back: POST /usp/return (contracts/increff-erp.md §4.2). A return may
// be reported in several calls, each with other units; a call without any says that the parcel has arrived (ours, assumed).
func (s *server) postReturn(ctx context.Context, c *call) (any, error) {
	var report increff.ReturnProcessed
	if problems := decode(c.body, &report); len(problems) > 0 {
		return nil, badData(problems)
	}
	nameUnits(&report)
	problems := append(checkTexts(report), checkReturn(report)...)
	if report.LocationCode != "" && !c.caller.has(report.LocationCode) {
		problems.add("locationCode", "%s is not a location of this credential", report.LocationCode)
	}
	if err := problems.refused(); err != nil {
		return nil, err
	}
	c.pob, c.orderID = report.LocationCode, report.ForwardOrderCode
	back, err := s.findReturn(ctx, c, report)
	if err != nil {
		return nil, err
	}
	c.returnRow = back.row.ID
	if len(report.OrderItems) == 0 {
		return nil, s.takeParcel(ctx, c, back, report)
	}
	return nil, s.takeQC(ctx, c, back, report)
}

// nameUnits writes the code of each unit where the contract has it: itemCode is accepted for returnItemCode.
func nameUnits(r *increff.ReturnProcessed) {
	for i := range r.OrderItems {
		item := &r.OrderItems[i]
		if item.ReturnItemCode == "" {
			item.ReturnItemCode = item.ItemCode
		}
		item.ItemCode = ""
	}
}

// checkReturn judges what can be judged without the return.
func checkReturn(r increff.ReturnProcessed) (problems broken) {
	for _, mandatory := range []struct{ field, value string }{
		{"forwardOrderCode", r.ForwardOrderCode}, {"locationCode", r.LocationCode}, {"channelName", r.ChannelName},
		{"awbNumber", r.AwbNumber}, {"transporter", r.Transporter},
	} {
		if mandatory.value == "" {
			problems.add(mandatory.field, "is missing")
		}
	}
	if r.ChannelName != "" && !strings.EqualFold(r.ChannelName, increff.ChannelName) {
		problems.add("channelName", "only %s is served", increff.ChannelName)
	}
	if r.OrderItems == nil {
		problems.add("orderItems", "is missing; [] says that the parcel has arrived and its QC follows")
	}
	seen := map[string]bool{}
	for i, item := range r.OrderItems {
		field := fmt.Sprintf("orderItems[%d].", i)
		switch unit := item.ReturnItemCode; {
		case unit == "":
			problems.add(field+"returnItemCode", "is missing")
		case seen[unit]:
			problems.add(field+"returnItemCode", "%s stands twice", unit)
		}
		seen[item.ReturnItemCode] = true
		if item.ChannelSkuCode == "" {
			problems.add(field+"channelSkuCode", "is missing")
		}
		problems = append(problems, checkQC(field, item)...)
	}
	return problems
}

// checkQC judges the result of one unit. A FAIL without a reason is one of order.OtherReason.
func checkQC(field string, item increff.ReturnedItem) (problems broken) {
	switch item.QcStatus {
	case increff.QCPass:
		if len(item.ImageUrls) > 0 {
			problems.add(field+"imageUrls", "stand with %s only", increff.QCFail)
		}
	case increff.QCFail:
	case "":
		problems.add(field+"qcStatus", "is missing")
	default:
		problems.add(field+"qcStatus", "%q is neither %s nor %s", item.QcStatus, increff.QCPass, increff.QCFail)
	}
	return problems
}

// takeParcel takes that a parcel is here. A return may come in several, each with its tracking number.
func (s *server) takeParcel(ctx context.Context, c *call, back comingBack, report increff.ReturnProcessed) error {
	earlier, err := s.messagesOf(ctx, back, contract.SignalReturnParcel)
	if err != nil {
		return err
	}
	name := "parcel/" + report.AwbNumber
	if !slices.ContainsFunc(earlier, func(m postgres.Message) bool { return m.Key == c.returnKey(name) }) {
		if err := back.mayTake(); err != nil {
			return err
		}
	}
	parcel := contract.ReturnParcel{TrackingNumber: report.AwbNumber, Carrier: report.Transporter}
	return s.tellReturn(ctx, c, back, contract.SignalReturnParcel, name, parcel)
}

// takeQC takes the results of units. What brings nothing new is a repeat, whatever it leaves out. Articles that nobody
// ordered, or more of them than were, are taken as well: they are here, and the return finds out that they are surplus.
func (s *server) takeQC(ctx context.Context, c *call, back comingBack, report increff.ReturnProcessed) error {
	earlier, err := s.messagesOf(ctx, back, contract.SignalReturnQC)
	if err != nil {
		return err
	}
	known, err := unitsIn(earlier)
	if err != nil {
		return err
	}
	news, contradictions := known.compare(report)
	if len(contradictions) > 0 {
		s.reportDifference(ctx, c, "the QC of unit "+contradictions.units(), contradictions.fields())
		return badData(contradictions.problems())
	}
	if !news {
		for _, message := range earlier {
			if err := s.deliverToReturn(ctx, message, "returnOrderCode"); err != nil {
				return err
			}
		}
		return nil
	}
	if err := back.mayTakeQC(); err != nil {
		return err
	}
	text, err := json.Marshal(report.OrderItems)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(text)
	return s.tellReturn(ctx, c, back, contract.SignalReturnQC, hex.EncodeToString(hash[:16]), report)
}

// returnKey is the inbox key of a message for the call's return. It has the return's row in it, so that calls with and
// without the return's code meet.
func (c *call) returnKey(name string) string {
	return fmt.Sprintf("%s/%d/%s", c.pob, c.returnRow, name)
}

// tellReturn enters the return if it is new, stores the message and tells the workflow.
func (s *server) tellReturn(ctx context.Context, c *call, back comingBack, kind, name string, payload any) error {
	if back.row.ID == 0 {
		row, err := s.db.EnterReturn(ctx, c.pob, c.orderID, back.returnID, back.kind)
		if errors.Is(err, postgres.ErrConflict) { // somebody was faster
			return badData(broken{"[returnOrderCode: " + back.returnID + " is a return of another order]"})
		}
		if err != nil {
			return err
		}
		c.returnRow, back.row = row.ID, row
	}
	if back.said != "" && back.row.SaidCode == "" {
		if err := s.db.SaveSaidCode(ctx, back.row.ID, back.said); err != nil {
			return err
		}
	}
	message, err := s.accept(ctx, c, kind, c.returnKey(name), payload)
	if err != nil {
		return err
	}
	return s.deliverToReturn(ctx, message, "returnOrderCode")
}

// messagesOf lists what was accepted for a return before.
func (s *server) messagesOf(ctx context.Context, back comingBack, kind string) ([]postgres.Message, error) {
	if back.row.ID == 0 {
		return nil, nil
	}
	return s.db.ReturnMessages(ctx, back.row.ID, kind)
}

// mayTake refuses what comes for a return that has ended, unless Ajio withdrew it: then its parcel may still come, once,
// and is settled by hand.
func (b comingBack) mayTake() error {
	if b.row.EndedAt == nil || b.row.Outcome == order.ReturnCancelled && b.row.QCAt == nil {
		return nil
	}
	return badData(broken{"[returnOrderCode: the " + b.row.Name() + " has ended (" + string(b.row.Outcome) + "); settle by hand what comes now]"})
}

// mayTakeQC refuses units that come after the QC was finished: Ajio takes the QC of a return once.
func (b comingBack) mayTakeQC() error {
	if b.row.QCAt != nil && b.row.EndedAt == nil {
		return badData(broken{"[orderItems: the QC of the " + b.row.Name() + " is finished; settle by hand what comes now]"})
	}
	return b.mayTake()
}
