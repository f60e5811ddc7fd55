package ajiotest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"vmsflow/internal/ajio/wire"
)

// generate answers POST P/orders/b2bInvoice (§6.1): once per order, whatever the second content.
func (s *Server) generate(asked request) reply {
	var body wire.Generate
	if err := json.Unmarshal(asked.body, &body); err != nil || body.OrderID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not an invoice")
	}
	o := s.find(asked, body.OrderID)
	if o == nil {
		return failed(simUnknownOrder, "there is no order %s", body.OrderID)
	}
	o.GenerateCount++
	switch {
	case o.InvoiceNumber != "":
		return failed(simAlreadyDone, "the order has invoice %s", o.InvoiceNumber)
	case o.Status != wire.StatusConfirmed:
		return failed(simState, "order is %s", o.Status)
	case o.PONumber == "":
		return failed(simPOPending, "the order has no purchase order yet")
	case body.PONumber != o.PONumber:
		return failed(simBadRequest, "the order's purchase order is %s", o.PONumber)
	case body.InvoiceNumber == "" || body.InvoiceDate.IsZero():
		return failed(simBadRequest, "invoice number or date is missing")
	}
	units, total := map[string]int{}, 0
	for _, line := range body.Lines {
		id, n := string(line.OrderItemID), int(line.Quantity)
		ours := o.line(id)
		if _, twice := units[id]; ours == nil || twice {
			return failed(simBadRequest, "line %q is not in the order or stands twice", id)
		}
		if n < 0 || n > ours.Live() {
			return failed(simQuantity, "line %s: %d units of %d live ones", id, n, ours.Live())
		}
		units[id] = n
		total += n
	}
	if total == 0 {
		return failed(simQuantity, "nothing is invoiced")
	}
	for i := range o.Lines {
		line := &o.Lines[i]
		line.Invoiced = units[line.OrderItemID]
		line.ShortPicked = line.Live() - line.Invoiced
	}
	at, date := asked.now, body.InvoiceDate.Time
	o.Status, o.InvoiceNumber, o.InvoiceDate, o.InvoicedAt = wire.StatusPacked, body.InvoiceNumber, &date, &at
	return reply{
		body: wire.GenerateAnswer{
			Outcome: done(), OrderID: wire.Text(o.OrderID), InvoiceNumber: wire.Text(o.InvoiceNumber), InvoiceDate: body.InvoiceDate,
		},
		effect: true,
		detail: map[string]any{"po_number": body.PONumber, "invoice_number": body.InvoiceNumber, "invoiced": units},
	}
}

// attach answers PUT P/orders/b2bInvoice (§6.2): once, and the same content again.
func (s *Server) attach(asked request) reply {
	var body wire.Attach
	if err := json.Unmarshal(asked.body, &body); err != nil || body.OrderID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not an IRN")
	}
	o, refused := s.invoiced(asked, body.OrderID, body.InvoiceNumber)
	switch {
	case refused != nil:
		return *refused
	case body.IRN == "" || body.QRCode == "":
		return failed(simBadRequest, "irn or qr_code is missing")
	case o.IRN != "" && (o.IRN != body.IRN || o.signedQR != body.QRCode):
		return failed(simAlreadyDone, "the invoice has IRN %s", o.IRN)
	}
	effect := o.IRN == ""
	o.IRN, o.signedQR = body.IRN, body.QRCode
	return reply{body: done(), effect: effect, detail: map[string]any{"invoice_number": body.InvoiceNumber, "irn": body.IRN}}
}

// upload answers POST P/orders/b2bInvoice/document (§6.3). A new document replaces the old one until DISPATCHED.
func (s *Server) upload(asked request) reply {
	var body wire.Upload
	if err := json.Unmarshal(asked.body, &body); err != nil || body.OrderID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not a document")
	}
	document, err := base64.StdEncoding.DecodeString(body.Document)
	if err != nil || (body.Document == "") == (body.DocumentURL == "") {
		return envelope(http.StatusBadRequest, simBadRequest, "exactly one of document, in base64, and document_url is needed")
	}
	o, refused := s.invoiced(asked, body.OrderID, body.InvoiceNumber)
	switch {
	case refused != nil:
		return *refused
	case o.Status != wire.StatusPacked && o.Status != wire.StatusReadyToDispatch:
		return failed(simState, "order is %s", o.Status)
	case o.IRN == "" && !asked.account.NoEInvoicing:
		return failed(simState, "attach the IRN first")
	}
	sum := ""
	if body.Document != "" {
		hash := sha256.Sum256(document)
		sum = hex.EncodeToString(hash[:])
	}
	effect := o.Status == wire.StatusPacked || o.DocumentSHA256 != sum || o.DocumentURL != body.DocumentURL
	o.document, o.DocumentSHA256, o.DocumentURL = document, sum, body.DocumentURL
	if o.Status == wire.StatusPacked {
		at := asked.now
		o.Status, o.ReadyAt = wire.StatusReadyToDispatch, &at
	}
	return reply{body: done(), effect: effect, detail: map[string]any{
		"invoice_number": body.InvoiceNumber, "sha256": sum, "url": body.DocumentURL,
	}}
}

// invoiced finds an order that has this invoice.
func (s *Server) invoiced(asked request, orderID, number string) (*placed, *reply) {
	o := s.find(asked, orderID)
	var refused reply
	switch {
	case o == nil:
		refused = failed(simUnknownOrder, "there is no order %s", orderID)
	case o.InvoiceNumber == "":
		refused = failed(simState, "the order has no invoice")
	case o.InvoiceNumber != number:
		refused = failed(simBadRequest, "the order's invoice is %s", o.InvoiceNumber)
	default:
		return o, nil
	}
	return nil, &refused
}

// readInvoice answers GET P/orders/b2bInvoice (§6.4).
func (s *Server) readInvoice(asked request) reply {
	id := asked.query.Get(wire.QueryOrderID)
	o := s.find(asked, id)
	switch {
	case o == nil:
		return envelope(http.StatusNotFound, simUnknownOrder, "there is no order %s", id)
	case o.InvoiceNumber == "" && s.options.Quirks.NullInvoice:
		return reply{body: wire.Invoice{OrderID: wire.Text(id)}}
	case o.InvoiceNumber == "":
		return envelope(http.StatusNotFound, simNotReady, "the order has no invoice")
	}
	answer := wire.Invoice{
		OrderID: wire.Text(id), PONumber: wire.Text(o.PONumber), InvoiceNumber: wire.Text(o.InvoiceNumber),
		InvoiceDate: wire.At(*o.InvoiceDate), IRN: wire.Text(o.IRN), DocumentURL: wire.Text(o.DocumentURL),
	}
	if o.DocumentSHA256 != "" {
		answer.DocumentURL = s.link(asked, "b2b", id)
	}
	for _, line := range o.Lines {
		if line.Invoiced > 0 {
			answer.Lines = append(answer.Lines, wire.InvoiceLine{OrderItemID: wire.Text(line.OrderItemID), Quantity: wire.Count(line.Invoiced)})
		}
	}
	return reply{body: answer}
}
