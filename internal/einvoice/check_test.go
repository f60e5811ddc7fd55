package einvoice_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/gst"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/order"
)

const (
	seller = "27AAPFU0939F1ZV"
	buyer  = "29AAGCB7383J1Z4"
	number = "AJ/25-26/000421"
)

// irp signs what the environment trusts, stranger what it has never heard of.
var irp, stranger = sync.OnceValue(gsttest.NewKey), sync.OnceValue(gsttest.NewKey)

var invoiceTime = time.Date(2025, 11, 17, 16, 0, 0, 0, gst.IST)

func facts() einvoice.Facts {
	return einvoice.Facts{
		Model: order.ERPModel, Now: invoiceTime.Add(time.Hour),
		Lines: []order.Line{{OrderItemID: "1", ItemCode: "SHIRT", Ordered: 2}, {OrderItemID: "2", ItemCode: "POLO", Ordered: 1}},
		PO: order.PurchaseOrder{Number: "4700123456", Amount: 325500, BuyerGSTIN: buyer, Lines: []order.POLine{
			{OrderItemID: "1", ItemCode: "SHIRT", HSN: "62052000", Units: 2, BasePrice: 95000, IGST: 9500, TaxRate: 500},
			{OrderItemID: "2", ItemCode: "POLO", HSN: "61091000", Units: 1, BasePrice: 120000, IGST: 6000, TaxRate: 500},
		}},
	}
}

func rules() einvoice.Rules { return einvoice.Rules{SellerGSTIN: seller, Keys: irp().Keys()} }

func storyQR(change ...func(*gst.QR)) gst.QR {
	qr := gst.QR{
		SellerGSTIN: seller, BuyerGSTIN: buyer, DocNo: number, DocType: gst.Invoice, DocDate: invoiceTime,
		TotalPaise: 325500, ItemCount: 2, MainHSNCode: "62052000", IRN: gst.IRN(seller, invoiceTime, gst.Invoice, number),
		IRNDate: invoiceTime.Add(5 * time.Second),
	}
	for _, c := range change {
		c(&qr)
	}
	return qr
}

func posting(change ...func(*einvoice.Posting)) einvoice.Posting {
	full := false
	p := einvoice.Posting{
		Number: number, Date: invoiceTime, PONumber: "4700123456", IRN: gst.IRN(seller, invoiceTime, gst.Invoice, number),
		SignedQR: irp().Sign(storyQR()), Partial: &full, HasPDF: true,
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func texts(violations []einvoice.Violation) string {
	var all []string
	for _, v := range violations {
		all = append(all, v.String())
	}
	return strings.Join(all, " ")
}

func TestARightInvoiceIsAccepted(t *testing.T) {
	t.Parallel()
	yes := true
	less := func(p *einvoice.Posting) {
		p.Partial = &yes
		p.Lines = []order.SKUUnits{{ItemCode: "SHIRT", Units: 1}, {ItemCode: "POLO", Units: 1}}
		p.SignedQR = irp().Sign(storyQR(func(qr *gst.QR) { qr.TotalPaise, qr.MainHSNCode = 225750, "61091000" }))
	}
	for name, c := range map[string]struct {
		change func(*einvoice.Posting)
		want   order.Quantities
	}{
		"in full": {func(*einvoice.Posting) {}, order.Quantities{"1": 2, "2": 1}},
		"in part": {less, order.Quantities{"1": 1, "2": 1}},
		"by URL":  {func(p *einvoice.Posting) { p.HasPDF, p.URL = false, "https://erp.example/1.pdf" }, order.Quantities{"1": 2, "2": 1}},
		"a shorter HSN code": {func(p *einvoice.Posting) {
			p.SignedQR = irp().Sign(storyQR(func(qr *gst.QR) { qr.MainHSNCode = "6205" }))
		}, order.Quantities{"1": 2, "2": 1}},
		"a total within the tolerance": {func(p *einvoice.Posting) {
			p.SignedQR = irp().Sign(storyQR(func(qr *gst.QR) { qr.TotalPaise = 325600 }))
		}, order.Quantities{"1": 2, "2": 1}},
		"the number in small letters": {func(p *einvoice.Posting) { p.Number = strings.ToLower(number) }, order.Quantities{"1": 2, "2": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := einvoice.Check(posting(c.change), facts(), rules())
			require.Empty(t, verdict.Refused, texts(verdict.Refused))
			require.Empty(t, verdict.Doubts, texts(verdict.Doubts))
			require.Empty(t, verdict.KeyUnknown)
			require.Equal(t, c.want, verdict.Quantities)
		})
	}
}

func TestLinesOfOneItemMayBeOneLineOfTheInvoice(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Lines[1].ItemCode, f.PO.Lines[1].ItemCode = "SHIRT", "SHIRT"
	for _, lines := range []int{1, 2} {
		p := posting(func(p *einvoice.Posting) {
			p.SignedQR = irp().Sign(storyQR(func(qr *gst.QR) { qr.ItemCount = lines }))
		})
		require.Empty(t, einvoice.Check(p, f, rules()).Doubts)
	}
}

// Every rule, broken alone: what the sender is told.
func TestABrokenRuleIsNamed(t *testing.T) {
	t.Parallel()
	yes := true
	other := gst.IRN(seller, invoiceTime, gst.Invoice, "AJ/25-26/000422")
	resigned := func(change func(*gst.QR)) func(*einvoice.Posting) {
		return func(p *einvoice.Posting) { p.SignedQR = irp().Sign(storyQR(change)) }
	}
	for name, c := range map[string]struct {
		change func(*einvoice.Posting)
		facts  func(*einvoice.Facts)
		want   string
	}{
		"INV-1 form": {change: func(p *einvoice.Posting) {
			p.Number = "A_1"
			p.IRN = gst.IRN(seller, invoiceTime, gst.Invoice, "A_1")
			p.SignedQR = irp().Sign(storyQR(func(qr *gst.QR) { qr.DocNo, qr.IRN = "A_1", gst.IRN(seller, invoiceTime, gst.Invoice, "A_1") }))
		}, want: "[invoiceNumber: INV-1 DOC-001 "},
		"INV-1 used": {facts: func(f *einvoice.Facts) { f.UsedFor = "S9" }, want: "[invoiceNumber: INV-1 DOC-002 is the number of an invoice for order S9 already]"},
		"INV-1 date": {facts: func(f *einvoice.Facts) { f.Now = invoiceTime.Add(-24 * time.Hour) }, want: "[invoiceDate: INV-1 DOC-003 "},
		"INV-1 missing": {change: func(p *einvoice.Posting) {
			p.Number, p.Date = "", time.Time{}
		}, want: "[invoiceNumber: INV-1 is missing] [invoiceDate: INV-1 is missing] [qrCode: INV-3 QR-004 DocNo: "},
		"INV-2 form":                {change: func(p *einvoice.Posting) { p.IRN = strings.ToUpper(p.IRN) }, want: "[irnNumber: INV-2 IRN-001 "},
		"INV-2 of another document": {change: func(p *einvoice.Posting) { p.IRN = other }, want: "[irnNumber: INV-2 IRN-002 "},
		"INV-3 no JWT":              {change: func(p *einvoice.Posting) { p.SignedQR = "iVBORw0KGgo=" }, want: "[qrCode: INV-3 QR-001 "},
		"INV-3 algorithm": {change: func(p *einvoice.Posting) {
			unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"data": gsttest.Data(storyQR()), "iss": gsttest.Issuer})
			p.SignedQR, _ = unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
		}, want: "[qrCode: INV-3 QR-002 "},
		"INV-3 signature": {change: func(p *einvoice.Posting) {
			p.SignedQR = stranger().SignClaims(jwt.MapClaims{"data": gsttest.Data(storyQR()), "iss": gsttest.Issuer}, map[string]any{"kid": irp().ID()})
		}, want: "[qrCode: INV-3 QR-003 "},
		"INV-3 seller": {change: resigned(func(qr *gst.QR) {
			qr.SellerGSTIN, qr.IRN = buyer, gst.IRN(buyer, invoiceTime, gst.Invoice, number)
		}), want: "[qrCode: INV-3 QR-004 SellerGstin: "},
		"INV-3 buyer":  {change: resigned(func(qr *gst.QR) { qr.BuyerGSTIN = seller }), want: "[qrCode: INV-3 QR-004 BuyerGstin: "},
		"INV-3 number": {change: resigned(func(qr *gst.QR) { qr.DocNo, qr.IRN = "AJ/25-26/000422", other }), want: "[qrCode: INV-3 QR-004 DocNo: "},
		"INV-3 type": {change: resigned(func(qr *gst.QR) {
			qr.DocType, qr.IRN = gst.CreditNote, gst.IRN(seller, invoiceTime, gst.CreditNote, number)
		}), want: "[qrCode: INV-3 QR-004 DocTyp: "},
		"INV-3 date":        {change: resigned(func(qr *gst.QR) { qr.DocDate = invoiceTime.Add(24 * time.Hour) }), want: "[qrCode: INV-3 QR-004 DocDt: "},
		"INV-4 no document": {change: func(p *einvoice.Posting) { p.HasPDF = false }, want: "[invoicePdf: INV-4 send invoicePdf or invoiceURL]"},
		"INV-5 missing":     {change: func(p *einvoice.Posting) { p.Partial = nil }, want: "[isPartialInvoice: INV-5 is missing: say true or false]"},
		"INV-5 no lines":    {change: func(p *einvoice.Posting) { p.Partial = &yes }, want: "[invoiceLineEntries: INV-5 missing although isPartialInvoice is true]"},
		"INV-5 twice": {change: func(p *einvoice.Posting) {
			p.Lines = []order.SKUUnits{{ItemCode: "SHIRT", Units: 1}, {ItemCode: "SHIRT", Units: 1}}
		}, want: "[invoiceLineEntries: INV-5 channelSkuCode SHIRT stands twice]"},
		"INV-5 zero": {change: func(p *einvoice.Posting) {
			p.Lines = []order.SKUUnits{{ItemCode: "SHIRT", Units: 0}}
		}, want: "[invoiceLineEntries: INV-5 channelSkuCode SHIRT: quantity 0, expected at least 1]"},
		"INV-5 too many": {change: func(p *einvoice.Posting) {
			p.Lines = []order.SKUUnits{{ItemCode: "SHIRT", Units: 3}}
		}, want: "[invoiceLineEntries: INV-5 channelSkuCode SHIRT: 3 units are 1 more than the order has]"},
		"INV-5 partial but full": {change: func(p *einvoice.Posting) {
			p.Partial, p.Lines = &yes, []order.SKUUnits{{ItemCode: "SHIRT", Units: 2}, {ItemCode: "POLO", Units: 1}}
		}, want: "[isPartialInvoice: INV-5 is true, but the lines are the full order]"},
		"INV-5 full but partial": {change: func(p *einvoice.Posting) {
			p.Lines = []order.SKUUnits{{ItemCode: "SHIRT", Units: 2}}
		}, want: "[isPartialInvoice: INV-5 is false, but the lines are 2 of 3 ordered units]"},
		"INV-6": {change: func(p *einvoice.Posting) {
			p.Lines = []order.SKUUnits{{ItemCode: "SOCKS", Units: 1}}
		}, want: "[invoiceLineEntries: INV-6 channelSkuCode SOCKS was not in our order posting]"},
		"INV-7 PO":        {change: func(p *einvoice.Posting) { p.PONumber = "1" }, want: `[forwardPurchaseOrder: INV-7 "1" is not the order's purchase order]`},
		"INV-7 model":     {facts: func(f *einvoice.Facts) { f.Model = order.RMSModel }, want: "[forwardPurchaseOrder: INV-7 belongs to a channel whose invoices are made by vmsflow (Model 2); do not post one]"},
		"INV-7 cancelled": {facts: func(f *einvoice.Facts) { f.Cancelled = true }, want: "[forwardPurchaseOrder: INV-7 belongs to a cancelled order: cancel the IRN, or issue a credit note and keep it in the ERP]"},
		"INV-7 second":    {facts: func(f *einvoice.Facts) { f.AcceptedNumber = "AJ/1" }, want: "[invoiceNumber: INV-7 the purchase order already has the accepted invoice AJ/1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := facts()
			if c.facts != nil {
				c.facts(&f)
			}
			p := posting()
			if c.change != nil {
				c.change(&p)
			}
			refused := texts(einvoice.Check(p, f, rules()).Refused)
			require.True(t, strings.HasPrefix(refused, c.want), "%s\nexpected %s", refused, c.want)
			if strings.HasSuffix(c.want, "]") {
				require.Equal(t, c.want, refused, "nothing else is wrong")
			}
		})
	}
}

func TestWhatOnlyAPersonCanJudgeIsADoubt(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*gst.QR){
		"TotInvVal":   func(qr *gst.QR) { qr.TotalPaise = 400000 },
		"ItemCnt":     func(qr *gst.QR) { qr.ItemCount = 3 },
		"MainHsnCode": func(qr *gst.QR) { qr.MainHSNCode = "64039990" },
	} {
		p := posting(func(p *einvoice.Posting) { p.SignedQR = irp().Sign(storyQR(change)) })
		verdict := einvoice.Check(p, facts(), rules())
		require.Empty(t, verdict.Refused, field)
		require.Len(t, verdict.Doubts, 1, field)
		require.Contains(t, verdict.Doubts[0].String(), "[qrCode: INV-3 QR-004 "+field+": ")
	}
}

func TestAnUnknownKeyWaitsForAPerson(t *testing.T) {
	t.Parallel()
	p := posting(func(p *einvoice.Posting) { p.SignedQR = stranger().Sign(storyQR()) })
	verdict := einvoice.Check(p, facts(), rules())
	require.Empty(t, verdict.Refused)
	require.Contains(t, verdict.KeyUnknown, stranger().ID())
	require.Contains(t, einvoice.Check(posting(), facts(), einvoice.Rules{SellerGSTIN: seller}).KeyUnknown, irp().ID(), "without any key")
}

func TestAChannelMayOnlyBeWarned(t *testing.T) {
	t.Parallel()
	r := rules()
	r.WarnOnly = []string{"INV-2"}
	p := posting(func(p *einvoice.Posting) { p.IRN = gst.IRN(seller, invoiceTime, gst.Invoice, "AJ/25-26/000422") })
	verdict := einvoice.Check(p, facts(), r)
	require.Contains(t, texts(verdict.Doubts), "INV-2 IRN-002")
	require.NotContains(t, texts(verdict.Refused), "INV-2")
	require.Contains(t, texts(verdict.Refused), "INV-3 QR-004 Irn: ", "the QR is still checked")

	r.WarnOnly = einvoice.MayWarnOnly()
	require.Empty(t, einvoice.Check(p, facts(), r).Refused)
	unknown := einvoice.Check(posting(func(p *einvoice.Posting) { p.SignedQR = stranger().Sign(storyQR()) }), facts(), r)
	require.Empty(t, unknown.KeyUnknown, "no order waits for a key that the channel does not insist on")
	require.Contains(t, texts(unknown.Doubts), "INV-3 QR-005")
	used := facts()
	used.UsedFor = "S9"
	require.Contains(t, texts(einvoice.Check(p, used, r).Refused), "DOC-002", "no two orders can have one number")
	missing := einvoice.Check(posting(func(p *einvoice.Posting) { p.Number = "" }), facts(), r)
	require.Contains(t, texts(missing.Refused), "[invoiceNumber: INV-1 is missing]", "what is not there cannot be waved through")
}

func TestTheBuyerOfTheChannelCountsWhereThePONamesNone(t *testing.T) {
	t.Parallel()
	f, r := facts(), rules()
	f.PO.BuyerGSTIN = ""
	require.Empty(t, einvoice.Check(posting(), f, r).Refused, "nobody knows the buyer")
	r.BuyerGSTIN = seller
	require.Contains(t, texts(einvoice.Check(posting(), f, r).Refused), "BuyerGstin")
}

func TestTheFormIsJudgedWithoutAnOrder(t *testing.T) {
	t.Parallel()
	require.Empty(t, einvoice.CheckForm(posting()))
	require.Equal(t, "[invoiceNumber: INV-1 is missing] [irnNumber: INV-2 is missing] [qrCode: INV-3 is missing] "+
		"[invoiceDate: INV-1 is missing] [invoicePdf: INV-4 send invoicePdf or invoiceURL] [isPartialInvoice: INV-5 is missing: say true or false]",
		texts(einvoice.CheckForm(einvoice.Posting{})))
}
