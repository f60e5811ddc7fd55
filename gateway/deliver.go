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
	"strconv"
	"strings"
	"time"

	"vmsflow/internal/inbox"
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
		Kind: kind, Key: key, Client: c.caller.name, Pob: c.pob, OrderID: c.orderID, ReturnRow: c.returnRow,
		Body: c.body, Payload: text, ContentHash: hash[:],
	})
	if err != nil {
		return postgres.Message{}, err
	}
	if verdict == postgres.Different {
		fields := differences(kind, stored.Payload, text)
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
	case contract.SignalCreditNote:
		var note contract.CreditNote
		_ = json.Unmarshal(m.Payload, &note) // likewise
		return "credit note " + note.CreditNoteNumber
	case contract.SignalReturnParcel:
		return "parcel report"
	default:
		return m.Kind
	}
}

// fieldNames translates our own fields of a payload, by its kind, into the sender's.
var fieldNames = map[string]map[string]string{
	contract.SignalERPInvoice:   {"documentId": "invoicePdf"},
	contract.SignalCreditNote:   {"documentId": "signedCreditNotePdf"},
	contract.SignalReturnParcel: {"tracking_number": "awbNumber", "carrier": "transporter"},
	contract.InboxManifest:      {"carrier": "transporter", "shipments": "manifestItems", "pob": "locationCode"},
}

// differences names the fields in which a message differs from the one that stands, as the sender spells them.
func differences(kind string, stands, said []byte) (fields []string) {
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
		if theirs, renamed := fieldNames[kind][name]; renamed {
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

// reportDifference lets an order or a return show that a document came again with other content: the sender is refused, and
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
	about := c.orderID
	if c.returnRow != 0 {
		about += "/" + strconv.FormatInt(c.returnRow, 10)
	}
	message, _, err := s.db.Accept(ctx, postgres.Message{
		Kind: contract.SignalDifference, Key: c.pob + "/" + about + "/" + hex.EncodeToString(hash[:]),
		Client: c.caller.name, Pob: c.pob, OrderID: c.orderID, ReturnRow: c.returnRow, Payload: text, ContentHash: hash[:],
	})
	if err == nil {
		err = s.deliver(ctx, message)
	}
	if err != nil && !errors.Is(err, inbox.ErrClosed) {
		s.log.Error("difference not reported", "document", document, "pob", c.pob, "order_id", c.orderID, "error", err)
	}
}

// deliver tells a stored message to its workflow, unless it knows it already. When Temporal cannot be reached this is no
// error: the row is durable, and the inbox sweep or the sender's repeat delivers it. It returns inbox.ErrClosed when
// nobody is left to be told.
//
// The workflow of a return that nobody could tell may run again, after a reset, so that a repeat tries anew. As the sweep
// leaves such a message alone, its sender must learn that it was not delivered.
func (s *server) deliver(ctx context.Context, m postgres.Message) error {
	switch {
	case m.SignalledAt != nil:
		return nil
	case m.Error != "" && m.ReturnRow == 0:
		return inbox.ErrClosed
	}
	// A caller who hangs up does not take back what is stored.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverTimeout)
	defer cancel()
	err := inbox.Deliverer{DB: s.db, Temporal: s.temporal, Policies: s.policies}.Deliver(ctx, m)
	switch {
	case errors.Is(err, inbox.ErrClosed):
		if marked := s.db.MarkUndeliverable(ctx, m.ID, err.Error()); marked != nil {
			return marked
		}
		return inbox.ErrClosed
	case err == nil:
		err = s.db.MarkSignalled(ctx, m.ID)
	}
	if err != nil && m.Error != "" {
		return err
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
