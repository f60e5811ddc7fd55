package irptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
)

// firstAckNo is before the first acknowledgement number; they have 15 digits.
const firstAckNo = 112510000000000

// register answers POST /api/Invoice: schema first, then whether the number is taken, then the rules of tax.
func (s *Server) register(asked request) reply {
	document, err := decode(asked.body)
	if err != nil {
		return refused(wire.CodeSchema, "the body is no document: %v", err)
	}
	if broken := s.checkSchema(document, asked); broken != nil {
		return refusedFor(broken)
	}
	irn := document.IRN()
	if first := s.byIRN[irn]; first != nil {
		first.Asked++
		return duplicate(first)
	}
	if broken := s.checkRules(document); broken != nil {
		return refusedFor(broken)
	}
	d := s.enter(document, irn, asked.now)
	answer := done(registration(d))
	answer.key, answer.effect = irn, true
	answer.lost = s.options.LoseEvery > 0 && len(s.documents)%s.options.LoseEvery == 0
	answer.detail = map[string]any{
		"type": d.Type, "number": d.Number, "ack_no": d.AckNo, "buyer_gstin": d.BuyerGSTIN, "total_paise": d.TotalPaise,
	}
	return answer
}

// decode reads a document. A field that vmsflow has no use for counts as unknown, so that none is misspelled.
func decode(body []byte) (document wire.Document, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return document, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return document, fmt.Errorf("there is more after its end")
	}
	return document, nil
}

// enter signs a document and puts it into the books.
func (s *Server) enter(document wire.Document, irn string, now time.Time) *DocumentState {
	now = now.Truncate(time.Second).In(gst.IST) // AckDt has no more
	d := &DocumentState{
		GSTIN: document.SellerDtls.Gstin, Type: string(document.DocDtls.Typ), Number: document.DocDtls.No,
		Date: document.DocDtls.Dt.In(gst.IST).Format("02/01/2006"), IRN: irn,
		AckNo: fmt.Sprint(firstAckNo + len(s.documents) + 1), AckDate: now, Status: wire.StatusActive,
		BuyerGSTIN: document.BuyerDtls.Gstin, TotalPaise: int64(document.ValDtls.TotInvVal),
		ItemCount: len(document.ItemList), Asked: 1,
	}
	if document.RefDtls != nil {
		for _, original := range document.RefDtls.PrecDocDtls {
			d.Originals = append(d.Originals, original.InvNo)
		}
	}
	var lines []gst.HSNValue
	for _, item := range document.ItemList {
		lines = append(lines, gst.HSNValue{HSN: item.HsnCd, TaxablePaise: int64(item.AssAmt)})
	}
	d.SignedQR = s.signer.sign(wire.QRData{
		SellerGstin: d.GSTIN, BuyerGstin: d.BuyerGSTIN, DocNo: d.Number, DocTyp: document.DocDtls.Typ,
		DocDt: document.DocDtls.Dt, TotInvVal: document.ValDtls.TotInvVal, ItemCnt: d.ItemCount,
		MainHsnCode: gst.MainHSNCode(lines), Irn: irn, IrnDt: wire.Stamp{Time: now},
	})
	d.SignedInvoice = s.signer.sign(signedDocument{
		AckNo: wire.AckNo(d.AckNo), AckDt: wire.Stamp{Time: now}, Irn: irn, Document: document,
	})
	s.documents = append(s.documents, d)
	s.byIRN[irn] = d
	return d
}

// signedDocument is the JSON inside SignedInvoice: the document with what the IRP made of it (assumed).
type signedDocument struct {
	AckNo wire.AckNo `json:"AckNo"`
	AckDt wire.Stamp `json:"AckDt"`
	Irn   string     `json:"Irn"`
	wire.Document
}

// registration is the Data of a registration and of a read.
func registration(d *DocumentState) wire.Registration {
	return wire.Registration{
		AckNo: wire.AckNo(d.AckNo), AckDt: wire.Stamp{Time: d.AckDate}, Irn: d.IRN,
		SignedInvoice: d.SignedInvoice, SignedQRCode: d.SignedQR, Status: d.Status,
	}
}

// duplicate refuses a number that is taken, by a cancelled document as well (contracts/gst-einvoice.md §6.2, §6.5).
func duplicate(first *DocumentState) reply {
	answer := refused(wire.CodeDuplicate, "Duplicate IRN")
	answer.key = first.IRN
	answer.answer.InfoDtls = encode([]wire.Info{{InfCd: wire.InfoDuplicate, Desc: wire.Duplicate{
		AckNo: wire.AckNo(first.AckNo), AckDt: wire.Stamp{Time: first.AckDate}, Irn: first.IRN,
	}}})
	return answer
}
