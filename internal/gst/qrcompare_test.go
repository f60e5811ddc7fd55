package gst_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestEachOfTheTenValuesMustAgreeWithTheDocument(t *testing.T) {
	t.Parallel()
	require.NoError(t, gst.CompareQR(storyQR(), storyQR()))
	for field, alter := range map[gst.QRField]func(*gst.QR){
		gst.FieldSellerGSTIN: func(d *gst.QR) { d.SellerGSTIN = "10AABCU9355J1Z9" },
		gst.FieldBuyerGSTIN:  func(d *gst.QR) { d.BuyerGSTIN = "09AABCU9355J1ZS" },
		gst.FieldDocNo:       func(d *gst.QR) { d.DocNo = "AJ/25-26/000422" },
		gst.FieldDocType:     func(d *gst.QR) { d.DocType = gst.CreditNote },
		gst.FieldDocDate:     func(d *gst.QR) { d.DocDate = date(2025, time.November, 18) },
		gst.FieldTotal:       func(d *gst.QR) { d.TotalPaise = 3252_99 },
		gst.FieldItemCount:   func(d *gst.QR) { d.ItemCount = 3 },
		gst.FieldMainHSNCode: func(d *gst.QR) { d.MainHSNCode = "61091000" },
		gst.FieldIRN:         func(d *gst.QR) { d.IRN = "0f94152d242e4fc228afd2a65fe050b985c2ccb41021ac360c03c601017a2a69" },
		gst.FieldIRNDate:     func(d *gst.QR) { d.IRNDate = d.IRNDate.Add(time.Second) },
	} {
		t.Run(string(field), func(t *testing.T) {
			t.Parallel()
			document := storyQR()
			alter(&document)
			err := gst.CompareQR(storyQR(), document)
			requireIDs(t, err, ids(gst.QRValue))
			require.Equal(t, string(field), gst.ViolationsIn(err)[0].Field)
			require.NoError(t, gst.CompareQR(storyQR(), document, field), "a value that the document does not tell")
		})
	}
}

func TestAValueLeftEmptyIsComparedAllTheSame(t *testing.T) {
	t.Parallel()
	err := gst.CompareQR(storyQR(), gst.QR{})
	require.Len(t, gst.ViolationsIn(err), 10)
	err = gst.CompareQR(storyQR(), gst.QR{}, gst.FieldItemCount, gst.FieldMainHSNCode, gst.FieldIRNDate)
	require.Len(t, gst.ViolationsIn(err), 7)
}

func TestValuesAgreeHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*gst.QR){
		"number in lower case":         func(d *gst.QR) { d.DocNo = "aj/25-26/000421" },
		"a moment of the day":          func(d *gst.QR) { d.DocDate = ist(2025, time.November, 17, 16, 0, 0) },
		"the day in UTC":               func(d *gst.QR) { d.DocDate = time.Date(2025, time.November, 16, 18, 30, 0, 0, time.UTC) },
		"registered, in UTC":           func(d *gst.QR) { d.IRNDate = d.IRNDate.UTC() },
		"registered, parts of seconds": func(d *gst.QR) { d.IRNDate = d.IRNDate.Add(999 * time.Millisecond) },
		"total at the lower bound":     func(d *gst.QR) { d.TotalPaise = 3253_00 }, // accepts up to 3255.00
		"total at the upper bound":     func(d *gst.QR) { d.TotalPaise = 3256_99 }, // accepts from 3255.00
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := storyQR()
			alter(&document)
			require.NoError(t, gst.CompareQR(storyQR(), document))
		})
	}
}
