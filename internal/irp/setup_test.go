package irp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// The parties of the story, and the credential of the tests, no part of which may ever stand in an error.
const (
	seller = "27AAPFU0939F1ZV"
	buyer  = "29AAGCB7383J1Z4"

	clientID     = "integrator-17"
	clientSecret = "a secret of the integrator"
	username     = "northline_api"
	password     = "correct horse battery"

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

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock stands at the moment of the story's registration.
func newClock() *clock {
	return &clock{now: time.Date(2025, time.November, 17, 10, 30, 5, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bundle is a simulator with a client for its only supplier, on one clock.
type bundle struct {
	sim    *irptest.Server
	client *irp.Client
	clock  *clock
}

func setup(t *testing.T, change ...func(*irptest.Options)) bundle {
	t.Helper()
	b := bundle{clock: newClock()}
	options := irptest.Options{
		Accounts: []irptest.Account{{
			GSTIN: seller, ClientID: clientID, ClientSecret: clientSecret, Username: username, Password: password,
		}},
		Key: key(), Now: b.clock.Now,
	}
	for _, apply := range change {
		apply(&options)
	}
	b.sim = irptest.NewServer(options)
	t.Cleanup(b.sim.Close)
	b.client = newClient(t, b.sim.URL, func(c *irp.Config) { c.Now = b.clock.Now })
	return b
}

func newClient(t *testing.T, url string, change ...func(*irp.Config)) *irp.Client {
	t.Helper()
	config := irp.Config{
		BaseURL: url, ClientID: clientID, ClientSecret: clientSecret, GSTIN: seller,
		Username: username, Password: password, Timeout: 10 * time.Second,
	}
	for _, apply := range change {
		apply(&config)
	}
	client, err := irp.New(config)
	require.NoError(t, err)
	return client
}

// story is the invoice of contracts/gst-einvoice.md §6.1.
func story() irp.Document {
	return irp.Document{
		Version:  irp.Version,
		TranDtls: irp.TranDtls{TaxSch: irp.TaxScheme, SupTyp: gst.B2B, RegRev: irp.No, IgstOnIntra: irp.No},
		DocDtls:  irp.DocDtls{Typ: gst.Invoice, No: "AJ/25-26/000421", Dt: irp.On(time.Date(2025, time.November, 17, 16, 0, 0, 0, gst.IST))},
		SellerDtls: irp.Party{
			Gstin: seller, LglNm: "Northline Apparel Private Limited", Addr1: "12 Example Estate", Loc: "Bhiwandi", Pin: 421302, Stcd: "27",
		},
		BuyerDtls: irp.Party{
			Gstin: buyer, LglNm: "Ajio buying entity", Pos: "29", Addr1: "1 Example Road", Loc: "Bengaluru", Pin: 560001, Stcd: "29",
		},
		ItemList: []irp.Item{
			line("1", "Slim Fit Cotton Shirt", "62052000", "8901234567890", 2, 950_00),
			line("2", "Polo T-shirt", "61091000", "8901234567906", 1, 1200_00),
		},
		ValDtls: irp.ValDtls{AssVal: 3100_00, IgstVal: 155_00, TotInvVal: 3255_00},
	}
}

func line(number, name, hsn, ean string, units int, price order.Paise) irp.Item {
	net := price * order.Paise(units)
	tax := order.Paise(gst.LineTax(int64(net), 500, gst.IGST).IGST)
	return irp.Item{
		SlNo: number, PrdDesc: name, IsServc: irp.No, HsnCd: hsn, Barcde: ean, Qty: units, Unit: "PCS", UnitPrice: price,
		TotAmt: net, AssAmt: net, GstRt: irp.Percent(500), IgstAmt: tax, TotItemVal: net + tax,
	}
}

// stub answers every call but the login with one handler, for answers that the simulator never gives.
func stub(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathLogin, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(golden(t, "login.response"))
	})
	mux.HandleFunc("/", answer)
	url, stop := simulate.Listen(mux)
	t.Cleanup(stop)
	return url
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refusal is the body of a business error with these codes.
func refusal(codes ...string) string {
	body := `{"Status": 0, "Data": null, "ErrorDetails": [`
	for i, code := range codes {
		if i > 0 {
			body += ","
		}
		body += `{"ErrorCode": "` + code + `", "ErrorMessage": "words of the portal"}`
	}
	return body + `], "InfoDtls": null}`
}

// golden reads an example of contracts/gst-einvoice.md.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err)
	return content
}

// qrKeys pin a simulator's key.
func qrKeys(t *testing.T, sim *irptest.Server) gst.QRKeys {
	t.Helper()
	keys, err := gst.NewQRKeys(map[string]string{sim.KeyID(): sim.PublicKeyPEM()}, []string{irptest.Issuer})
	require.NoError(t, err)
	return keys
}
