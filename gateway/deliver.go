package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// deliverTimeout bounds a call to Temporal. What is not delivered within it is left to the inbox sweep, which
// starts later than this (sweepAge in worker).
const deliverTimeout = 5 * time.Second

// accept writes the inbox row of a message, once. payload is what the workflow is signalled with: the fields that
// we know, in our own spelling, so that neither blanks nor unknown fields make a message another one. A message
// with the key of an earlier one but other content is refused by naming the fields that differ.
func (s *server) accept(ctx context.Context, c *call, kind, key string, payload any) (postgres.Message, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return postgres.Message{}, fmt.Errorf("%s %s: %w", kind, key, err)
	}
	hash := sha256.Sum256(text)
	stored, verdict, err := s.db.Accept(ctx, postgres.Message{
		Kind: kind, Key: key, Client: c.caller.name, Pob: c.pob, OrderID: c.orderID,
		Body: c.body, Payload: text, ContentHash: hash[:],
	})
	if err != nil {
		return postgres.Message{}, err
	}
	if verdict == postgres.Different {
		fields := differences(stored.Payload, text)
		s.reportDifference(ctx, c, nameOf(stored), fields)
		return postgres.Message{}, badData(differing(fields, stored))
	}
	return stored, nil
}

// nameOf is what an operator calls the document of a message.
func nameOf(m postgres.Message) string {
	switch m.Kind {
	case contract.SignalPacked:
		return "pack report"
	case contract.SignalERPInvoice:
		var invoice contract.ERPInvoice
		_ = json.Unmarshal(m.Payload, &invoice) // our own text; without a number it is still an invoice
		return "invoice " + invoice.InvoiceNumber
	default:
		return m.Kind
	}
}

// fieldNames translates our own fields of a payload into the sender's.
var fieldNames = map[string]string{
	"documentId": "invoicePdf", "carrier": "transporter", "shipments": "manifestItems", "pob": "locationCode",
}

// differences names the fields in which a message differs from the one that stands, as the sender spells them.
func differences(stands, said []byte) (fields []string) {
	var first, second map[string]any
	if json.Unmarshal(stands, &first) != nil || json.Unmarshal(said, &second) != nil {
		return []string{"body"}
	}
	names := maps.Clone(first)
	maps.Copy(names, second)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if reflect.DeepEqual(first[name], second[name]) {
			continue
		}
		if theirs, renamed := fieldNames[name]; renamed {
			name = theirs
		}
		fields = append(fields, name)
	}
	return fields
}

func differing(fields []string, stored postgres.Message) (problems broken) {
	for _, field := range fields {
		problems.add(field, "differs from what was accepted at %s; that one stays", increff.At(stored.ReceivedAt))
	}
	return problems
}

// reportDifference lets an order show that a document came again with other content: the sender is refused, and
// somebody at the seller should know too (contracts/increff-erp.md §2.1). Only the names of the fields go along. The
// same difference is reported once, however often the document is sent, so that no sender fills up a history. It is
// the answer that must reach the sender: a report that fails is only logged. A manifest is of many orders and has
// none to report to.
func (s *server) reportDifference(ctx context.Context, c *call, document string, fields []string) {
	s.log.Warn("same document, other content", "document", document, "fields", fields,
		"pob", c.pob, "order_id", c.orderID, "client", c.caller.name)
	if c.orderID == "" {
		return
	}
	report := contract.Difference{Document: document, Message: "It came again with another " + strings.Join(fields, ", ") + "; what was accepted first stays."}
	text, err := json.Marshal(report)
	if err != nil {
		panic(err) // our own type
	}
	hash := sha256.Sum256(text)
	message, _, err := s.db.Accept(ctx, postgres.Message{
		Kind: contract.SignalDifference, Key: c.pob + "/" + c.orderID + "/" + hex.EncodeToString(hash[:]),
		Client: c.caller.name, Pob: c.pob, OrderID: c.orderID, Payload: text, ContentHash: hash[:],
	})
	if err == nil {
		err = s.deliver(ctx, message)
	}
	if err != nil && !errors.Is(err, errClosed) {
		s.log.Error("difference not reported", "document", document, "pob", c.pob, "order_id", c.orderID, "error", err)
	}
}

// errClosed says that an order's workflow has ended or never was: it cannot be told any more.
var errClosed = errors.New("the order's workflow is closed")

// deliver signals an order's workflow with a stored message, unless it has it already. The kind of a message is
// the name of its signal. When Temporal cannot be reached this is no error: the row is durable, and the inbox
// sweep or the sender's repeat delivers it. It returns errClosed when nobody is left to be told.
func (s *server) deliver(ctx context.Context, m postgres.Message) error {
	if m.Error != "" {
		return errClosed
	}
	return s.deliverBy(ctx, m, func(ctx context.Context) error {
		return s.temporal.SignalWorkflow(ctx, contract.OrderWorkflowID(m.Pob, m.OrderID), "", m.Kind, json.RawMessage(m.Payload))
	})
}

func (s *server) deliverBy(ctx context.Context, m postgres.Message, send func(context.Context) error) error {
	if m.SignalledAt != nil {
		return nil
	}
	// A caller who hangs up does not take back what is stored.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverTimeout)
	defer cancel()
	err := send(ctx)
	switch {
	case contract.IsGone(err):
		if err := s.db.MarkUndeliverable(ctx, m.ID, "the order has ended or was never started"); err != nil {
			return err
		}
		return errClosed
	case err == nil:
		err = s.db.MarkSignalled(ctx, m.ID)
	}
	if err != nil {
		s.log.Warn("left to the inbox sweep", "kind", m.Kind, "pob", m.Pob, "order_id", m.OrderID, "error", err)
	}
	return nil
}

// closed answers a message whose order cannot be told any more.
func (s *server) closed(ctx context.Context, c *call, field, ifCancelled string) error {
	o, err := s.db.Order(ctx, c.pob, c.orderID)
	if err != nil {
		return err
	}
	if cancelled(o) {
		return orderCancelled(broken{"[" + field + ": " + ifCancelled + "]"})
	}
	return badData(broken{"[" + field + ": the order is closed and takes nothing any more]"})
}

// cancelled reports whether an order ended without being delivered or is about to: taking it back at Ajio, in the ERP
// and in the warehouse may last hours, and nobody should work on it meanwhile.
func cancelled(o postgres.Order) bool {
	return o.EndingAt != nil || o.Outcome != "" && o.Outcome != order.Completed
}
