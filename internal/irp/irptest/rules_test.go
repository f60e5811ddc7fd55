package irptest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/irp/wire"
)

func TestADocumentThatKeepsEveryRuleIsRegistered(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*wire.Document){
		"the story":                 func(*wire.Document) {},
		"within a state":            within,
		"IGST on intra":             func(d *wire.Document) { d.BuyerDtls.Pos, d.TranDtls.IgstOnIntra = "27", "Y" },
		"credit note":               func(d *wire.Document) { d.DocDtls.Typ = gst.CreditNote },
		"debit note":                func(d *wire.Document) { d.DocDtls.Typ = gst.DebitNote },
		"to an SEZ without payment": func(d *wire.Document) { d.TranDtls.SupTyp = gst.SEZWithoutPayment; untaxed(d) },
		"export to nobody registered": func(d *wire.Document) {
			d.TranDtls.SupTyp = gst.ExportWithPayment
			d.BuyerDtls.Gstin, d.BuyerDtls.Stcd, d.BuyerDtls.Pos, d.BuyerDtls.Pin = "URP", "96", "96", 999999
		},
		"a service": func(d *wire.Document) {
			d.ItemList[1].IsServc, d.ItemList[1].HsnCd, d.ItemList[1].Unit, d.ItemList[1].Qty = "Y", "998314", "", 0
		},
		"reverse charge":           func(d *wire.Document) { d.TranDtls.RegRev = "Y" },
		"total at the upper bound": func(d *wire.Document) { d.ValDtls.TotInvVal = 3257_00 },
		"total at the lower bound": func(d *wire.Document) { d.ValDtls.TotInvVal = 3254_00 },
		"discount on the line":     func(d *wire.Document) { d.ItemList[0].TotAmt, d.ItemList[0].Discount = 2000_00, 100_00 },
		"rounding, charges and discount": func(d *wire.Document) {
			d.ValDtls.OthChrg, d.ValDtls.Discount, d.ValDtls.RndOffAmt = 50_00, 30_00, -20_00
		},
		"state code of one digit": func(d *wire.Document) {
			d.BuyerDtls.Gstin, d.BuyerDtls.Stcd, d.BuyerDtls.Pos = "09AABCU9355J1ZS", "9", "9"
		},
		"29 days old": func(d *wire.Document) { d.DocDtls.Dt = on(2025, time.October, 19) },
		"tax of a note is not computed": func(d *wire.Document) {
			d.DocDtls.Typ = gst.CreditNote
			d.ItemList[0].GstRt = 1800
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			document := story()
			alter(&document)
			said := b.register(t, document)
			require.Equal(t, 1, said.Status, "%v", said.ErrorDetails)
			require.Equal(t, document.IRN(), said.Data["Irn"])
		})
	}
}

func untaxed(d *wire.Document) {
	for i := range d.ItemList {
		d.ItemList[i].IgstAmt, d.ItemList[i].TotItemVal = 0, d.ItemList[i].AssAmt
	}
	d.ValDtls.IgstVal, d.ValDtls.TotInvVal = 0, d.ValDtls.AssVal
}

func TestEveryBrokenRuleHasItsCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code  string
		alter func(*wire.Document)
	}{
		"IGST within a state": {"2172", func(d *wire.Document) {
			d.BuyerDtls.Gstin, d.BuyerDtls.Stcd, d.BuyerDtls.Pos = local, "27", "27"
		}},
		"CGST between states": {"2189", func(d *wire.Document) { within(d); d.BuyerDtls = story().BuyerDtls }},
		"HSN of zeros":        {"2176", func(d *wire.Document) { d.ItemList[0].HsnCd = "000000" }},
		"HSN of 5 digits":     {"2176", func(d *wire.Document) { d.ItemList[0].HsnCd = "62052" }},
		"HSN of 4 digits":     {"2176", func(d *wire.Document) { d.ItemList[0].HsnCd = "6205" }},
		"goods under 99":      {"2176", func(d *wire.Document) { d.ItemList[0].HsnCd = "998314" }},
		"service under 62":    {"2176", func(d *wire.Document) { d.ItemList[0].IsServc = "Y" }},
		"sum of values":       {"2182", func(d *wire.Document) { d.ValDtls.AssVal = 3098_99 }},
		"sum of IGST":         {"2182", func(d *wire.Document) { d.ValDtls.IgstVal = 157_01 }},
		"sum of CGST":         {"2182", func(d *wire.Document) { within(d); d.ValDtls.CgstVal = 0 }},
		"sum of SGST":         {"2182", func(d *wire.Document) { within(d); d.ValDtls.SgstVal = 0 }},
		"sum of cess":         {"2182", func(d *wire.Document) { d.ValDtls.CesVal = 2_01 }},
		"total above":         {"2189", func(d *wire.Document) { d.ValDtls.TotInvVal = 3257_01 }},
		"total below":         {"2189", func(d *wire.Document) { d.ValDtls.TotInvVal = 3253_99 }},
		"total of a line":     {"2189", func(d *wire.Document) { d.ItemList[0].TotItemVal = 1992_00; d.ValDtls.TotInvVal = 3252_00 }},
		"amount of tax":       {"2189", func(d *wire.Document) { d.ItemList[0].GstRt = 1200 }},
		"AssAmt":              {"2193", func(d *wire.Document) { d.ItemList[0].Discount = 10_00 }},
		"URP":                 {"2212", func(d *wire.Document) { d.BuyerDtls.Gstin = "URP" }},
		"serial number twice": {"2233", func(d *wire.Document) { d.ItemList[1].SlNo = "1" }},
		"unequal halves": {"2234", func(d *wire.Document) {
			within(d)
			d.ItemList[0].CgstAmt, d.ItemList[0].SgstAmt = 47_00, 48_00
		}},
		"seller's state":  {"2258", func(d *wire.Document) { d.SellerDtls.Stcd = "29" }},
		"buyer's state":   {"2265", func(d *wire.Document) { d.BuyerDtls.Stcd = "27" }},
		"check character": {"3028", func(d *wire.Document) { d.BuyerDtls.Gstin = "29AAGCB7383J1Z5" }},
		"form of a GSTIN": {"3028", func(d *wire.Document) { d.BuyerDtls.Gstin = "29aagcb7383j1z4" }},
		"not active": {"3029", func(d *wire.Document) {
			d.BuyerDtls.Gstin, d.BuyerDtls.Stcd, d.BuyerDtls.Pos = "09AABCU9355J1ZS", "09", "09"
		}},
		"version":          {"2140", func(d *wire.Document) { d.Version = "1.0" }},
		"tax scheme":       {"2140", func(d *wire.Document) { d.TranDtls.TaxSch = "VAT" }},
		"B2C":              {"2140", func(d *wire.Document) { d.TranDtls.SupTyp = "B2C" }},
		"RegRev":           {"2140", func(d *wire.Document) { d.TranDtls.RegRev = "" }},
		"IgstOnIntra":      {"2140", func(d *wire.Document) { d.TranDtls.IgstOnIntra = "no" }},
		"reverse charge":   {"2140", func(d *wire.Document) { d.TranDtls.RegRev, d.TranDtls.SupTyp = "Y", gst.DeemedExport }},
		"type":             {"2140", func(d *wire.Document) { d.DocDtls.Typ = "BOS" }},
		"number":           {"2140", func(d *wire.Document) { d.DocDtls.No = "0421" }},
		"future":           {"2140", func(d *wire.Document) { d.DocDtls.Dt = on(2025, time.November, 18) }},
		"30 days old":      {"2140", func(d *wire.Document) { d.DocDtls.Dt = on(2025, time.October, 18) }},
		"another supplier": {"2140", func(d *wire.Document) { d.SellerDtls.Gstin, d.SellerDtls.Stcd = other, "10" }},
		"no buyer":         {"2140", func(d *wire.Document) { d.BuyerDtls.Gstin = "" }},
		"short name":       {"2140", func(d *wire.Document) { d.BuyerDtls.LglNm = "AB" }},
		"long address":     {"2140", func(d *wire.Document) { d.BuyerDtls.Addr1 = strings.Repeat("x", 101) }},
		"short address":    {"2140", func(d *wire.Document) { d.SellerDtls.Addr2 = "12" }},
		"place":            {"2140", func(d *wire.Document) { d.SellerDtls.Loc = "" }},
		"quote":            {"2140", func(d *wire.Document) { d.ItemList[0].PrdDesc = `Jeans 32"` }},
		"backslash":        {"2140", func(d *wire.Document) { d.SellerDtls.Addr1 = `12\14` }},
		"PIN":              {"2140", func(d *wire.Document) { d.SellerDtls.Pin = 99999 }},
		"no such state":    {"2140", func(d *wire.Document) { d.BuyerDtls.Stcd = "28" }},
		"no such Pos":      {"2140", func(d *wire.Document) { d.BuyerDtls.Pos = "" }},
		"Pos of a seller":  {"2140", func(d *wire.Document) { d.SellerDtls.Pos = "27" }},
		"no line":          {"2140", func(d *wire.Document) { d.ItemList = []wire.Item{} }},
		"1001 lines":       {"2140", func(d *wire.Document) { d.ItemList = make([]wire.Item, 1001) }},
		"description":      {"2140", func(d *wire.Document) { d.ItemList[0].PrdDesc = "" }},
		"quantity":         {"2140", func(d *wire.Document) { d.ItemList[0].Qty = 0 }},
		"unit":             {"2140", func(d *wire.Document) { d.ItemList[0].Unit = "P1" }},
		"negative amount":  {"2140", func(d *wire.Document) { d.ItemList[0].TotAmt = -1 }},
		"negative total":   {"2140", func(d *wire.Document) { d.ValDtls.TotInvVal = -3255_00 }},
		"rate":             {"2140", func(d *wire.Document) { d.ItemList[0].GstRt = 10001 }},
		"rounding":         {"2140", func(d *wire.Document) { d.ValDtls.RndOffAmt = 100_00 }},
		"original of one character": {"2140", func(d *wire.Document) {
			d.RefDtls = &wire.RefDtls{PrecDocDtls: []wire.PrecDoc{{InvNo: "A", InvDt: on(2025, time.November, 1)}}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *irptest.Options) { o.Inactive = []string{"09AABCU9355J1ZS"} })
			document := story()
			c.alter(&document)
			said := b.register(t, document)
			require.Zero(t, said.Status)
			for _, code := range said.codes() {
				require.Equal(t, c.code, code, "%v", said.ErrorDetails)
			}
			require.NotEmpty(t, said.codes())
			require.Empty(t, b.State().Documents)
		})
	}
}

func TestAllBrokenRulesAreNamedTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	document := story()
	document.BuyerDtls.Stcd, document.ItemList[0].HsnCd, document.ValDtls.TotInvVal = "27", "62", 1
	require.Equal(t, []string{"2265", "2176", "2189"}, b.register(t, document).codes())
	document.Version, document.TranDtls.TaxSch = "", ""
	require.Equal(t, []string{"2140", "2140"}, b.register(t, document).codes(), "rules need a document that keeps the schema")
}

func TestABodyThatIsNoDocumentIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, body := range []string{``, `[]`, `{"SchemaVersion": "1.1"}`, `{} {}`, `{"DocDtls": {"Dt": "2025-11-17"}}`, `{"ItemList": [{"Qty": 1.5}]}`, `{"ValDtls": {"AssVal": 1.001}}`} {
		require.Equal(t, []string{"2140"}, b.register(t, []byte(body)).codes(), body)
	}
	require.NotEmpty(t, b.register(t, []byte(`{}`)).codes())
}

func TestOptionsLiftRules(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *irptest.Options) { o.Below10Crore, o.Exempt = true, []string{"01AMBPG7773M002"} })
	document := story()
	document.DocDtls.Dt = on(2025, time.June, 1)
	document.BuyerDtls.Gstin, document.BuyerDtls.Stcd, document.BuyerDtls.Pos = "01AMBPG7773M002", "01", "01"
	require.Equal(t, 1, b.register(t, document).Status)
}
