package erptest

import (
	"strings"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// The forms of DocDt and IrnDt in the signed QR (contracts/gst-einvoice.md §5).
const (
	docDate = "02/01/2006"
	irnDate = "2006-01-02 15:04:05"
)

// qrData is the JSON inside a signed QR: the ten values in the IRP's order, days and times in IST.
func qrData(qr gst.QR) string {
	return string(detail(struct {
		SellerGstin string
		BuyerGstin  string
		DocNo       string
		DocTyp      gst.DocType
		DocDt       string
		TotInvVal   order.Paise
		ItemCnt     int
		MainHsnCode string
		Irn         string
		IrnDt       string
	}{
		qr.SellerGSTIN, qr.BuyerGSTIN, qr.DocNo, qr.DocType, qr.DocDate.In(gst.IST).Format(docDate),
		order.Paise(qr.TotalPaise), qr.ItemCount, qr.MainHSNCode, qr.IRN, qr.IRNDate.In(gst.IST).Format(irnDate),
	}))
}

// spoilSignature changes the first character of the signature, which always changes its bytes.
func spoilSignature(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}
