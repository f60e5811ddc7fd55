package gst

import (
	"slices"
	"time"
)

// CompareQR checks that a signed QR belongs to the document at hand (contracts/gst-einvoice.md §5, step 7). Otherwise
// QR-004 for every value that differs, named by Field.
//
// All ten values are compared but those in unknown, which the document at hand does not tell: an ERP's invoice
// posting has no IrnDt, for example. A value that is merely left empty therefore fails, and cannot slip through.
// DocNo is compared without regard to case, DocDt by the day in IST, IrnDt to the second, TotInvVal within the
// tolerance of §7 [assumed].
func CompareQR(qr, document QR, unknown ...QRField) error {
	var vs Violations
	for _, value := range []struct {
		field      QRField
		qr, wanted any
		same       bool
	}{
		{FieldSellerGSTIN, qr.SellerGSTIN, document.SellerGSTIN, qr.SellerGSTIN == document.SellerGSTIN},
		{FieldBuyerGSTIN, qr.BuyerGSTIN, document.BuyerGSTIN, qr.BuyerGSTIN == document.BuyerGSTIN},
		{FieldDocNo, qr.DocNo, document.DocNo, NormalizeDocNo(qr.DocNo) == NormalizeDocNo(document.DocNo)},
		{FieldDocType, qr.DocType, document.DocType, qr.DocType == document.DocType},
		{FieldDocDate, day(qr.DocDate), day(document.DocDate), day(qr.DocDate) == day(document.DocDate)},
		{FieldTotal, rupees(qr.TotalPaise), rupees(document.TotalPaise), WithinTolerance(document.TotalPaise, qr.TotalPaise)},
		{FieldItemCount, qr.ItemCount, document.ItemCount, qr.ItemCount == document.ItemCount},
		{FieldMainHSNCode, qr.MainHSNCode, document.MainHSNCode, qr.MainHSNCode == document.MainHSNCode},
		{FieldIRN, qr.IRN, document.IRN, qr.IRN == document.IRN},
		{FieldIRNDate, second(qr.IRNDate), second(document.IRNDate), second(qr.IRNDate) == second(document.IRNDate)},
	} {
		if !value.same && !slices.Contains(unknown, value.field) {
			vs = append(vs, violation(QRValue, string(value.field), "the QR says %v, the document %v", value.qr, value.wanted))
		}
	}
	return vs.err()
}

func day(t time.Time) string    { return t.In(IST).Format(docDateLayout) }
func second(t time.Time) string { return t.In(IST).Format(irnDateLayout) }
