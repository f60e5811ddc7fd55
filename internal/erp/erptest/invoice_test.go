package erptest_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/erp"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/order"
)

// pinned are the keys of an environment that knows the ERP's.
var pinned = sync.OnceValue(func() gst.QRKeys {
	server := erptest.New(erptest.Options{Key: key()})
	defer server.Close()
	keys, err := gst.NewQRKeys(map[string]string{server.KeyID(): server.PublicKeyPEM()}, []string{erptest.Issuer})
	if err != nil {
		panic(err)
	}
	return keys
})

// broken lists what is wrong with a posting as vmsflow must find it (contracts/increff-erp.md §3.1, INV-1 to INV-3),
// given the lines of the PO that it is for.
func broken(p increff.B2BInvoicePosting, lines []order.POLine) (found []string) {
	note := func(err error) {
		for _, v := range gst.ViolationsIn(err) {
			found = append(found, strings.TrimSpace(string(v.ID)+" "+v.Field))
		}
	}
	note(gst.ValidateDocNo(p.InvoiceNumber))
	note(gst.MatchesIRN(p.IrnNumber, "27AAPFU0939F1ZV", p.InvoiceDate.Time, gst.Invoice, p.InvoiceNumber))
	qr, err := gst.ParseSignedQR(p.QrCode, pinned())
	if err != nil {
		note(err)
		return found
	}
	note(gst.CompareQR(qr, expected(p, lines), gst.FieldIRNDate))
	return found
}

// expected is what the QR of a posting must say.
func expected(p increff.B2BInvoicePosting, lines []order.POLine) gst.QR {
	want := gst.QR{
		SellerGSTIN: "27AAPFU0939F1ZV", BuyerGSTIN: "29AAGCB7383J1Z4", DocNo: p.InvoiceNumber, DocType: gst.Invoice,
		DocDate: p.InvoiceDate.Time, IRN: p.IrnNumber,
	}
	left := map[string]int{}
	for _, line := range p.InvoiceLineEntries {
		left[line.ChannelSkuCode] = line.Quantity
	}
	var values []gst.HSNValue
	for _, line := range lines {
		units := line.Units
		if *p.IsPartialInvoice { // units go to the lines in line order
			units = min(units, left[line.ItemCode])
			left[line.ItemCode] -= units
		}
		if units == 0 {
			continue
		}
		taxable := line.BasePrice * order.Paise(units)
		want.ItemCount++
		want.TotalPaise += int64(taxable + line.Tax()*order.Paise(units)/order.Paise(line.Units))
		values = append(values, gst.HSNValue{HSN: line.HSN, TaxablePaise: int64(taxable)})
	}
	want.MainHSNCode = gst.MainHSNCode(values)
	return want
}

// strict accepts what vmsflow must accept, and nothing else.
func strict(w http.ResponseWriter, p increff.B2BInvoicePosting, n int) {
	var problems []string
	for _, problem := range broken(p, posting(0).PO.Lines) {
		if problem != "QR-005" && problem != "QR-004 TotInvVal" { // accepted, for a person to look at
			problems = append(problems, problem)
		}
	}
	if p.ForwardPurchaseOrder != "4700123456" {
		problems = append(problems, "INV-7")
	}
	for _, line := range p.InvoiceLineEntries {
		if line.ChannelSkuCode != "469876543001" && line.ChannelSkuCode != "469880012004" {
			problems = append(problems, "INV-6")
		}
	}
	if n > 0 && p.InvoiceDate.Second() == 1 {
		problems = append(problems, "changed")
	}
	if problems != nil {
		increfftest.BadData(w, problems...)
	}
}

func TestBehaviours(t *testing.T) {
	t.Parallel()
	const number, irn = "AJ/25-26/000421", "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130"
	valid := []string(nil)
	for behaviour, want := range map[erptest.Behaviour][][]string{ // what is broken, by document
		erptest.Full:        {valid},
		erptest.Partial:     {valid},
		erptest.Late:        {valid},
		erptest.ByURL:       {valid},
		erptest.LowerCase:   {valid},
		erptest.UnknownKey:  {{"QR-005"}},
		erptest.WrongTotal:  {{"QR-004 TotInvVal"}},
		erptest.Duplicate:   {valid, valid},
		erptest.Changed:     {valid, valid},
		erptest.WrongPO:     {valid, valid},
		erptest.WrongSKU:    {valid, valid},
		erptest.WrongIRN:    {{"IRN-002 Irn", "QR-004 Irn"}, valid},
		erptest.WrongQR:     {{"QR-003"}, valid},
		erptest.WrongBuyer:  {{"QR-004 BuyerGstin"}, valid},
		erptest.WrongNumber: {{"DOC-001"}, valid},
	} {
		t.Run(string(behaviour), func(t *testing.T) {
			t.Parallel()
			g := listen(t, strict)
			server, client := start(t, g, behaviour)
			post(t, client, create(t, 1))
			eventually(t, func() bool {
				return len(server.State().Orders[0].Invoice.Documents) == len(want) && len(server.Ledger.Named(erptest.CallInvoice)) == len(want)
			})
			require.Empty(t, server.Violations())
			invoice := server.State().Orders[0].Invoice
			require.Equal(t, erptest.Accepted, invoice.Status)
			require.Equal(t, len(want), invoice.Attempts)
			require.Empty(t, invoice.Answer)
			require.Equal(t, irn, invoice.IRN)
			for i, p := range g.received() {
				require.Equal(t, want[i], broken(p, posting(0).PO.Lines))
				d := invoice.Documents[i]
				require.Equal(t, []string{p.InvoiceNumber, p.IrnNumber, p.InvoiceURL}, []string{d.Number, d.IRN, d.URL})
				require.Equal(t, d.Status == http.StatusBadRequest, d.Answer != "")
			}
			if behaviour != erptest.LowerCase {
				require.Equal(t, number, invoice.Number)
			}
		})
	}
}

func TestAnInvoiceKeepsItsNumberThroughAllItsDocuments(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[erptest.Behaviour][]string{
		erptest.Duplicate:   {"AJ/25-26/000421", "AJ/25-26/000421"},
		erptest.Changed:     {"AJ/25-26/000421", "AJ/25-26/000421"},
		erptest.WrongQR:     {"AJ/25-26/000421", "AJ/25-26/000421"},
		erptest.WrongNumber: {"0J/25-26/000421", "AJ/25-26/000421"},
		erptest.LowerCase:   {"aj/25-26/000421"},
	} {
		g := listen(t, strict)
		_, client := start(t, g, behaviour)
		post(t, client, create(t, 1))
		eventually(t, func() bool { return len(g.received()) == len(want) })
		var numbers []string
		for _, p := range g.received() {
			numbers = append(numbers, p.InvoiceNumber)
		}
		require.Equal(t, want, numbers)
		if behaviour == erptest.Duplicate {
			require.Equal(t, string(g.raw[0]), string(g.raw[1]))
		}
	}
}

func TestAPartialInvoiceIsOneUnitShort(t *testing.T) {
	t.Parallel()
	line := func(id, sku string, units int) order.POLine {
		tax := order.Paise(4750 * units)
		return order.POLine{OrderItemID: id, ItemCode: sku, HSN: "6205200" + id, Units: units, BasePrice: 95000, IGST: tax, TaxRate: 500}
	}
	entry := func(sku string, units int) increff.InvoiceLineEntry {
		return increff.InvoiceLineEntry{ChannelSkuCode: sku, Quantity: units}
	}
	for name, c := range map[string]struct {
		ordered []order.POLine
		want    []increff.InvoiceLineEntry // none: in full
	}{
		"of the first SKU with several": {
			[]order.POLine{line("1", "A", 1), line("2", "B", 3), line("3", "C", 2)},
			[]increff.InvoiceLineEntry{entry("A", 1), entry("B", 2), entry("C", 2)},
		},
		"of the last line of a SKU": {
			[]order.POLine{line("1", "A", 2), line("2", "B", 1), line("3", "A", 1)},
			[]increff.InvoiceLineEntry{entry("A", 2), entry("B", 1)},
		},
		"the last line, where no SKU has several": {
			[]order.POLine{line("1", "A", 1), line("2", "B", 1)}, []increff.InvoiceLineEntry{entry("A", 1)},
		},
		"a single unit": {[]order.POLine{line("1", "A", 1)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := listen(t, accept)
			_, client := start(t, g, erptest.Partial)
			p := posting(1)
			p.PO.Lines = c.ordered
			post(t, client, encode(t, erp.NewCreate(p)))
			eventually(t, func() bool { return len(g.received()) == 1 })
			got := g.received()[0]
			require.Equal(t, c.want, got.InvoiceLineEntries)
			require.Equal(t, c.want != nil, *got.IsPartialInvoice)
			require.Empty(t, broken(got, c.ordered), "ItemCnt, MainHsnCode and TotInvVal follow the invoiced units")
		})
	}
}

// The day, the financial year and with them number and IRN change at midnight in IST, whatever the clock's zone and
// the form of the time.
func TestInvoicesAroundMidnightOfTheFinancialYearAreValid(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 4, 1, 0, 0, 0, 0, gst.IST)
	for now, want := range map[time.Time]string{
		midnight.Add(-time.Second).UTC(): "AJ/25-26/000421", midnight.UTC(): "AJ/26-27/000421",
		midnight.Add(6 * time.Hour).UTC(): "AJ/26-27/000421",
	} {
		for _, behaviour := range []erptest.Behaviour{erptest.Full, erptest.Partial} {
			g := listen(t, accept)
			_, client := start(t, g, behaviour, func(o *erptest.Options) {
				o.VaryForms, o.Now = true, func() time.Time { return now }
				o.Workers = 1
			})
			for i := range 4 { // one in each form
				p := posting(int64(i + 1))
				p.Order.ID += string(rune('A' + i))
				post(t, client, encode(t, erp.NewCreate(p)))
			}
			eventually(t, func() bool { return len(g.received()) == 4 })
			require.Equal(t, want, g.received()[0].InvoiceNumber)
			for _, p := range g.received() {
				require.Empty(t, broken(p, posting(0).PO.Lines), "%s at %s", behaviour, now)
			}
		}
	}
}

func TestASpoiltDocumentThatIsAcceptedIsAViolation(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []erptest.Behaviour{
		erptest.WrongPO, erptest.WrongSKU, erptest.WrongIRN, erptest.WrongQR, erptest.WrongBuyer, erptest.WrongNumber, erptest.Changed,
	} {
		server, client := start(t, listen(t, accept), behaviour)
		post(t, client, create(t, 1))
		eventually(t, func() bool { return len(server.Violations()) == 1 })
	}
}

func TestAnInvoiceByURLIsServedWhereThePublicURLLeads(t *testing.T) {
	t.Parallel()
	var erps *erptest.Server
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // as in a process with several
		http.StripPrefix("/DV0012345/erp", erps).ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	for name, public := range map[string]string{"its own": "", "one given": front.URL + "/DV0012345/erp"} {
		g := listen(t, strict)
		server, client := start(t, g, erptest.ByURL, func(o *erptest.Options) { o.PublicURL = public })
		erps = server
		post(t, client, create(t, 1))
		eventually(t, func() bool { return len(g.received()) == 1 })
		p := g.received()[0]
		require.Empty(t, p.InvoicePdf, name)
		if public == "" {
			public = server.URL
		}
		require.Equal(t, public+"/documents/AJ%2F25-26%2F000421.pdf", p.InvoiceURL)
		unescaped, err := url.PathUnescape(p.InvoiceURL)
		require.NoError(t, err)
		for _, address := range []string{p.InvoiceURL, unescaped} {
			status, document := get(t, address)
			require.Equal(t, http.StatusOK, status, name)
			require.True(t, strings.HasPrefix(document, "%PDF-"))
		}
		status, _ := get(t, public+"/documents/AJ%2F25-26%2F000422.pdf")
		require.Equal(t, http.StatusNotFound, status)
		calls := server.Ledger.Named(erptest.CallDocument)
		require.Len(t, calls, 3)
		require.Equal(t, "S1725110042", calls[0].Key)
	}
}

func TestWithAPDFThereIsNoURL(t *testing.T) {
	t.Parallel()
	g := listen(t, strict)
	_, client := start(t, g, erptest.Full)
	post(t, client, create(t, 1))
	eventually(t, func() bool { return len(g.received()) == 1 })
	require.Empty(t, g.received()[0].InvoiceURL)
	_, err := base64.StdEncoding.DecodeString(g.received()[0].InvoicePdf)
	require.NoError(t, err)
}

func TestEveryNthPostingIsRefusedAndTakenWhenItIsSentAgain(t *testing.T) {
	t.Parallel()
	server, client := start(t, nil, erptest.Never, func(o *erptest.Options) { o.RefuseEvery, o.DynamicAuth = 2, true })
	_, err := client.Post(t.Context(), erp.Orders, create(t, 1)) // signs in first: the 401 does not count, nor does the credential
	require.NoError(t, err)
	for range 2 {
		_, err = client.Post(t.Context(), erp.Orders, cancel(t, 2))
		if err != nil {
			require.True(t, increff.IsKind(err, increff.KindRefused))
			require.Empty(t, server.State().Violations)
			require.False(t, server.State().Orders[0].Cancelled)
		}
	}
	require.NoError(t, err)
	require.True(t, server.State().Orders[0].Cancelled)
	calls := server.Ledger.Named(erptest.CallCancel)
	require.Equal(t, []int{http.StatusBadRequest, http.StatusOK}, []int{calls[0].Status, calls[1].Status})
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(content)
}
