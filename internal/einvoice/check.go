package einvoice

import (
	"strings"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// Check judges a posting by all rules and names every one that it breaks.
func Check(p Posting, f Facts, r Rules) Verdict {
	var b broken
	b.belongs(p, f)
	b.form(p)
	if f.UsedFor != "" {
		b = append(b, Violation{Rule: "INV-1", ID: gst.DocNoUsed, Field: "invoiceNumber",
			Problem: "is the number of an invoice for order " + f.UsedFor + " already"})
	}
	if !p.Date.IsZero() {
		b.law("INV-1", "invoiceDate", gst.MayRegister(p.Date, f.Now, false))
	}
	if p.Number != "" && p.IRN != "" && !p.Date.IsZero() {
		b.law("INV-2", "irnNumber", gst.MatchesIRN(p.IRN, r.SellerGSTIN, p.Date, gst.Invoice, p.Number))
	}
	quantities, problems := invoicedUnits(p, f)
	b = append(b, problems...)
	verdict := Verdict{Quantities: quantities}
	verdict.qr(&b, p, f, r)
	refused, doubts := sorted(b, r.WarnOnly)
	verdict.Refused, verdict.Doubts = refused, append(verdict.Doubts, doubts...)
	return verdict
}

// CheckForm judges what can be judged without knowing the order.
func CheckForm(p Posting) []Violation {
	var b broken
	b.form(p)
	if p.Partial == nil {
		b.add("INV-5", "isPartialInvoice", "is missing: say true or false")
	}
	return b
}

// form applies the rules on single fields.
func (b *broken) form(p Posting) {
	b.mandatory("INV-1", "invoiceNumber", p.Number)
	b.mandatory("INV-2", "irnNumber", p.IRN)
	b.mandatory("INV-3", "qrCode", p.SignedQR)
	if p.Number != "" {
		b.law("INV-1", "invoiceNumber", gst.ValidateDocNo(p.Number))
	}
	if p.Date.IsZero() {
		b.add("INV-1", "invoiceDate", "is missing")
	}
	if !p.HasPDF && p.URL == "" {
		b.add("INV-4", "invoicePdf", "send invoicePdf or invoiceURL")
	}
}

// belongs applies INV-7: which order a posting is for.
func (b *broken) belongs(p Posting, f Facts) {
	if f.Model != order.ERPModel {
		b.add("INV-7", "forwardPurchaseOrder", "belongs to a channel whose invoices are made by vmsflow (Model 2); do not post one")
	}
	if f.Cancelled {
		b.add("INV-7", "forwardPurchaseOrder", "belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP")
	}
	if f.PO.Number != p.PONumber {
		b.add("INV-7", "forwardPurchaseOrder", "%q is not the order's purchase order", p.PONumber)
	}
	if f.AcceptedNumber != "" && f.AcceptedNumber != p.Number {
		b.add("INV-7", "invoiceNumber", "the purchase order already has the accepted invoice %s", f.AcceptedNumber)
	}
}

// qr applies INV-3: the signed QR is genuine and speaks of this very invoice. Values that only say how the ERP counts
// its lines, and a total outside the tolerance, are doubts (contracts/increff-erp.md §3.1, treatment assumed).
func (v *Verdict) qr(b *broken, p Posting, f Facts, r Rules) {
	if p.SignedQR == "" {
		return
	}
	qr, err := gst.ParseSignedQR(p.SignedQR, r.Keys)
	if r.needsKey(err) {
		v.KeyUnknown = err.Error()
		return
	}
	if err != nil {
		b.law("INV-3", "qrCode", err)
		return
	}
	document, unknown := expected(p, f, r, v.Quantities)
	alike(&document, qr, f.PO, v.Quantities)
	var differs, doubts broken
	differs.law("INV-3", "qrCode", gst.CompareQR(qr, document, append(unknown, gst.FieldTotal, gst.FieldItemCount, gst.FieldMainHSNCode)...))
	if v.Quantities.Total() > 0 {
		doubts.law("INV-3", "qrCode", gst.CompareQR(qr, document, append(unknown,
			gst.FieldSellerGSTIN, gst.FieldBuyerGSTIN, gst.FieldDocNo, gst.FieldDocType, gst.FieldDocDate, gst.FieldIRN)...))
	}
	*b = append(*b, differs...)
	v.Doubts = append(v.Doubts, doubts...)
}

// expected is what the signed QR should say, and which of its values the posting and the PO do not tell.
func expected(p Posting, f Facts, r Rules, quantities order.Quantities) (document gst.QR, unknown []gst.QRField) {
	document, unknown = r.between(f.PO)
	document.DocNo, document.DocType, document.DocDate, document.IRN = p.Number, gst.Invoice, p.Date, p.IRN
	document.TotalPaise = int64(f.PO.Value(quantities))
	return document, unknown
}

// between is what the signed QR of any document between the seller and a PO's buyer should say of the two, and which of its
// values nothing here tells: the time of the registration, and the buyer where neither PO nor channel name one.
func (r Rules) between(po order.PurchaseOrder) (document gst.QR, unknown []gst.QRField) {
	document = gst.QR{SellerGSTIN: r.SellerGSTIN, BuyerGSTIN: po.BuyerGSTIN}
	if document.BuyerGSTIN == "" {
		document.BuyerGSTIN = r.BuyerGSTIN
	}
	unknown = []gst.QRField{gst.FieldIRNDate}
	if document.BuyerGSTIN == "" {
		unknown = append(unknown, gst.FieldBuyerGSTIN)
	}
	return document, unknown
}

// alike fills in the values for which several answers are right: an ERP may write one line for two of the same item,
// and a shorter HSN code than the PO's.
func alike(document *gst.QR, qr gst.QR, po order.PurchaseOrder, quantities order.Quantities) {
	byLine, byItem := linesOf(po, quantities, false), linesOf(po, quantities, true)
	document.ItemCount = len(byLine)
	if qr.ItemCount == len(byItem) {
		document.ItemCount = len(byItem)
	}
	document.MainHSNCode = gst.MainHSNCode(byLine)
	for _, code := range []string{document.MainHSNCode, gst.MainHSNCode(byItem)} {
		if code == "" || strings.HasPrefix(code, qr.MainHSNCode) || strings.HasPrefix(qr.MainHSNCode, code) {
			document.MainHSNCode = qr.MainHSNCode
		}
	}
}

// linesOf is what an invoice of these units says about its main HSN code, line by line of the PO or by item.
func linesOf(po order.PurchaseOrder, quantities order.Quantities, byItem bool) []gst.HSNValue {
	var lines []gst.HSNValue
	at := map[string]int{}
	for _, line := range po.Lines {
		units := quantities[line.OrderItemID]
		if units == 0 {
			continue
		}
		i, known := at[line.ItemCode]
		if !known || !byItem {
			i = len(lines)
			at[line.ItemCode] = i
			lines = append(lines, gst.HSNValue{HSN: line.HSN})
		}
		lines[i].TaxablePaise += int64(line.BasePrice) * int64(units)
	}
	return lines
}

// invoicedUnits applies INV-5 and INV-6.
func invoicedUnits(p Posting, f Facts) (order.Quantities, []Violation) {
	ordered := f.PO.Units()
	bad := func(rule, field, format string, args ...any) []Violation {
		var b broken
		b.add(rule, field, format, args...)
		return b
	}
	if p.Partial == nil {
		return nil, bad("INV-5", "isPartialInvoice", "is missing: say true or false")
	}
	if len(p.Lines) == 0 {
		if *p.Partial {
			return nil, bad("INV-5", "invoiceLineEntries", "missing although isPartialInvoice is true")
		}
		return ordered, nil
	}
	seen, known := map[string]bool{}, map[string]bool{}
	for _, line := range f.PO.Lines {
		known[line.ItemCode] = line.Units > 0 || known[line.ItemCode]
	}
	for _, line := range p.Lines {
		switch {
		case !known[line.ItemCode]:
			return nil, bad("INV-6", "invoiceLineEntries", "channelSkuCode %s was not in our order posting", line.ItemCode)
		case seen[line.ItemCode]:
			return nil, bad("INV-5", "invoiceLineEntries", "channelSkuCode %s stands twice", line.ItemCode)
		case line.Units <= 0:
			return nil, bad("INV-5", "invoiceLineEntries", "channelSkuCode %s: quantity %d, expected at least 1", line.ItemCode, line.Units)
		}
		seen[line.ItemCode] = true
	}
	quantities, err := order.ByLine(f.Lines, ordered, p.Lines)
	if err != nil {
		return nil, bad("INV-5", "invoiceLineEntries", "%v", err)
	}
	full := quantities.Equal(ordered)
	if *p.Partial && full {
		return nil, bad("INV-5", "isPartialInvoice", "is true, but the lines are the full order")
	}
	if !*p.Partial && !full {
		return nil, bad("INV-5", "isPartialInvoice", "is false, but the lines are %d of %d ordered units", quantities.Total(), ordered.Total())
	}
	return quantities, nil
}
