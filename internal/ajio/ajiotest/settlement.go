package ajiotest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// rsi answers GET P/return/rsi (§7.4): some time after the QC, in the RSI model only, over the good units. The others are
// settled by hand.
func (s *Server) rsi(asked request) reply {
	id := asked.query.Get(wire.QueryReturnID)
	r := s.findReturn(asked, id)
	switch {
	case r == nil:
		return envelope(http.StatusNotFound, simUnknownOrder, "there is no return %s", id)
	case r.RSIAt == nil || asked.now.Before(*r.RSIAt):
		return envelope(http.StatusNotFound, simNotReady, "return %s has no return sales invoice yet", id)
	}
	if r.RSIReadAt == nil {
		at := asked.now
		r.RSIReadAt = &at
	}
	answer := wire.RSI{
		ReturnID: wire.Text(id), OrderID: wire.Text(r.OrderID), Number: wire.Text(r.RSINumber), Date: wire.At(*r.RSIAt),
		ForwardOrder: wire.ForwardOrder{OrderID: wire.Text(r.OrderID)}, Items: []wire.RSIItem{},
	}
	if o := s.find(asked, r.OrderID); o != nil {
		answer.ForwardOrder.InvoiceNumber, answer.ForwardOrder.PONumber = wire.Text(o.InvoiceNumber), wire.Text(o.PONumber)
	}
	if s.options.Quirks.Documents == AlwaysContent {
		answer.Document = wire.Text(base64.StdEncoding.EncodeToString(pdf("rsi " + id)))
	} else {
		answer.URL = s.link(asked, "rsi", id)
	}
	for i, item := range r.Items {
		if item.Good == 0 {
			continue
		}
		article := r.articles[i]
		value := int64(article.BasePrice) * int64(item.Good)
		answer.Items = append(answer.Items, wire.RSIItem{
			ReturnItemID: wire.Text(item.ReturnItemID), Quantity: wire.Count(item.Good),
			Amount: order.Paise(value + gst.LineTax(value, article.rate(*r.RSIAt), gst.IGST).Total()),
		})
	}
	return reply{body: answer, detail: map[string]any{"rsi_number": r.RSINumber}}
}

// creditNote answers POST P/return/creditNote (§7.5): once per return, and the same number again.
func (s *Server) creditNote(asked request) reply {
	var body wire.CreditNote
	if err := json.Unmarshal(asked.body, &body); err != nil || body.ReturnID == "" {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not a credit note")
	}
	document, err := base64.StdEncoding.DecodeString(body.Document)
	if err != nil || (body.Document == "") == (body.DocumentURL == "") {
		return envelope(http.StatusBadRequest, simBadRequest, "exactly one of document, in base64, and document_url is needed")
	}
	r := s.findReturn(asked, body.ReturnID)
	if r == nil {
		return failed(simUnknownOrder, "there is no return %s", body.ReturnID)
	}
	r.CreditNoteCount++
	detail := map[string]any{"order_id": r.OrderID, "credit_note_number": body.Number}
	switch {
	case r.Model != order.CreditNoteModel:
		return failed(simState, "the return is settled by %s", r.Model)
	case r.Status != order.StatusReturnProcessed:
		return failed(simState, "return is %s", r.Status)
	case r.CreditNoteNumber != "" && r.CreditNoteNumber != body.Number:
		return failed(simAlreadyDone, "the return has credit note %s", r.CreditNoteNumber)
	case r.CreditNoteNumber != "":
		return reply{body: done(), detail: detail}
	case body.Number == "" || body.Date.IsZero():
		return failed(simBadRequest, "credit note number or date is missing")
	case (body.IRN == "" || body.SignedQR == "") && !asked.account.NoEInvoicing:
		return failed(simBadRequest, "irn or signed_qr_code is missing")
	}
	at, date := asked.now, body.Date.Time
	r.CreditNoteNumber, r.CreditNoteDate, r.CreditNoteIRN, r.CreditNoteAt = body.Number, &date, body.IRN, &at
	r.CreditNoteURL = body.DocumentURL
	if body.Document != "" {
		sum := sha256.Sum256(document)
		r.CreditNoteSHA256 = hex.EncodeToString(sum[:])
	}
	detail["irn"], detail["sha256"], detail["url"] = r.CreditNoteIRN, r.CreditNoteSHA256, r.CreditNoteURL
	return reply{body: done(), effect: true, detail: detail}
}
