package irptest_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
)

const (
	seller = "27AAPFU0939F1ZV"
	buyer  = "29AAGCB7383J1Z4"
	local  = "27AAPFU0939F2ZU" // a buyer in the seller's state
	other  = "10AABCU9355J1Z9" // another supplier

	storyIRN = "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130"
)

// key is made once: every simulator of the tests signs with it.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return made
})

// bundle is a simulator with two suppliers and a clock that tests move by hand.
type bundle struct {
	*irptest.Server
	mu     sync.Mutex
	now    time.Time
	tokens map[string]string
}

func (b *bundle) Advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func account(gstin string) irptest.Account {
	return irptest.Account{GSTIN: gstin, ClientID: "client", ClientSecret: "secret", Username: "user of " + gstin, Password: "password"}
}

func setup(t *testing.T, change ...func(*irptest.Options)) *bundle {
	t.Helper()
	b := &bundle{now: time.Date(2025, time.November, 17, 16, 0, 5, 0, gst.IST), tokens: map[string]string{}}
	options := irptest.Options{
		Accounts: []irptest.Account{account(seller), account(other)}, Key: key(),
		Now: func() time.Time {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.now
		},
	}
	for _, apply := range change {
		apply(&options)
	}
	b.Server = irptest.NewServer(options)
	t.Cleanup(b.Close)
	return b
}

// answer is what the simulator says, read as loosely as JSON allows.
type answer struct {
	Status       int
	Data         map[string]any
	ErrorDetails []struct{ ErrorCode, ErrorMessage string }
	InfoDtls     []map[string]any
}

func (a answer) codes() []string {
	var codes []string
	for _, reason := range a.ErrorDetails {
		codes = append(codes, reason.ErrorCode)
	}
	return codes
}

// send makes a call with these headers; body may be bytes or a value.
func (b *bundle) send(t *testing.T, method, path string, body any, header map[string]string) answer {
	t.Helper()
	encoded, isBytes := body.([]byte)
	if !isBytes && body != nil {
		var err error
		encoded, err = json.Marshal(body)
		require.NoError(t, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, bytes.NewReader(encoded))
	require.NoError(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode, "business errors come with HTTP 200")
	content, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var said answer
	require.NoError(t, json.Unmarshal(content, &said), "%s", content)
	return said
}

func (b *bundle) login(t *testing.T, gstin string) answer {
	t.Helper()
	a := account(gstin)
	return b.send(t, "POST", wire.PathLogin, wire.Login{UserName: a.Username, Password: a.Password},
		map[string]string{wire.HeaderClientID: a.ClientID, wire.HeaderClientSecret: a.ClientSecret})
}

// headers sign a call in, with a token that is renewed with the clock.
func (b *bundle) headers(t *testing.T, gstin string) map[string]string {
	t.Helper()
	a := account(gstin)
	return map[string]string{
		wire.HeaderClientID: a.ClientID, wire.HeaderClientSecret: a.ClientSecret, wire.HeaderGSTIN: gstin,
		wire.HeaderUserName: a.Username, wire.HeaderToken: b.login(t, gstin).Data["AuthToken"].(string),
	}
}

func (b *bundle) register(t *testing.T, document any) answer {
	t.Helper()
	return b.send(t, "POST", wire.PathInvoice, document, b.headers(t, seller))
}

func (b *bundle) read(t *testing.T, irn string) answer {
	t.Helper()
	return b.send(t, "GET", wire.PathByIRN+"/"+irn, nil, b.headers(t, seller))
}

func (b *bundle) cancel(t *testing.T, irn string) answer {
	t.Helper()
	return b.send(t, "POST", wire.PathCancel, wire.Cancellation{Irn: irn, CnlRsn: wire.ReasonOther, CnlRem: "wrong price"}, b.headers(t, seller))
}

// story is the invoice of contracts/gst-einvoice.md §6.1.
func story() wire.Document {
	return wire.Document{
		Version:    "1.1",
		TranDtls:   wire.TranDtls{TaxSch: "GST", SupTyp: gst.B2B, RegRev: "N", IgstOnIntra: "N"},
		DocDtls:    wire.DocDtls{Typ: gst.Invoice, No: "AJ/25-26/000421", Dt: on(2025, time.November, 17)},
		SellerDtls: wire.Party{Gstin: seller, LglNm: "Northline Apparel Private Limited", Addr1: "12 Example Estate", Loc: "Bhiwandi", Pin: 421302, Stcd: "27"},
		BuyerDtls:  wire.Party{Gstin: buyer, LglNm: "Ajio buying entity", Pos: "29", Addr1: "1 Example Road", Loc: "Bengaluru", Pin: 560001, Stcd: "29"},
		ItemList: []wire.Item{
			{
				SlNo: "1", PrdDesc: "Slim Fit Cotton Shirt", IsServc: "N", HsnCd: "62052000", Qty: 2, Unit: "PCS", UnitPrice: 950_00,
				TotAmt: 1900_00, AssAmt: 1900_00, GstRt: 500, IgstAmt: 95_00, TotItemVal: 1995_00,
			},
			{
				SlNo: "2", PrdDesc: "Polo T-shirt", IsServc: "N", HsnCd: "61091000", Qty: 1, Unit: "PCS", UnitPrice: 1200_00,
				TotAmt: 1200_00, AssAmt: 1200_00, GstRt: 500, IgstAmt: 60_00, TotItemVal: 1260_00,
			},
		},
		ValDtls: wire.ValDtls{AssVal: 3100_00, IgstVal: 155_00, TotInvVal: 3255_00},
	}
}

// within turns the story into a supply within the seller's state.
func within(d *wire.Document) {
	d.BuyerDtls.Gstin, d.BuyerDtls.Stcd, d.BuyerDtls.Pos = local, "27", "27"
	var half order.Paise
	for i := range d.ItemList {
		item := &d.ItemList[i]
		item.CgstAmt, item.SgstAmt, item.IgstAmt = item.IgstAmt/2, item.IgstAmt/2, 0
		half += item.CgstAmt
	}
	d.ValDtls.CgstVal, d.ValDtls.SgstVal, d.ValDtls.IgstVal = half, half, 0
}

func on(year int, month time.Month, day int) wire.Date {
	return wire.Date{Time: time.Date(year, month, day, 0, 0, 0, 0, gst.IST)}
}
