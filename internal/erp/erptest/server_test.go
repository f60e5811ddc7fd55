package erptest_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/erp"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// key is shared by the tests of this package: making one takes a moment.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// gateway keeps every invoice posting and answers with judge.
type gateway struct {
	url   string
	judge func(w http.ResponseWriter, p increff.B2BInvoicePosting, n int)

	mu       sync.Mutex
	postings []increff.B2BInvoicePosting
	raw      [][]byte
}

func accept(w http.ResponseWriter, _ increff.B2BInvoicePosting, _ int) { w.WriteHeader(http.StatusOK) }

func listen(t *testing.T, judge func(http.ResponseWriter, increff.B2BInvoicePosting, int)) *gateway {
	t.Helper()
	g := &gateway{judge: judge}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var p increff.B2BInvoicePosting
		if r.URL.Path != "/ajio-vms/b2bInvoice/posting" || r.Header.Get("authUsername") != "erp" || json.Unmarshal(body, &p) != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		g.mu.Lock()
		n := len(g.postings)
		g.postings, g.raw = append(g.postings, p), append(g.raw, body)
		g.mu.Unlock()
		g.judge(w, p, n)
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *gateway) received() []increff.B2BInvoicePosting {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]increff.B2BInvoicePosting{}, g.postings...)
}

var noon = time.Date(2025, 11, 17, 16, 0, 0, 0, increff.IST)

// start starts an ERP with quick repeats and a client for it.
func start(t *testing.T, g *gateway, behaviour erptest.Behaviour, change ...func(*erptest.Options)) (*erptest.Server, *erp.Client) {
	t.Helper()
	options := erptest.Options{
		GatewayUsername: "erp", GatewayPassword: "secret", Key: key(), RetryEvery: time.Millisecond, MaxRetryAfter: time.Millisecond,
		FirstInvoice: 421, Now: func() time.Time { return noon },
		Behaviour: func(string) erptest.Behaviour { return behaviour },
	}
	if g != nil {
		options.GatewayURL = g.url
	}
	for _, c := range change {
		c(&options)
	}
	server := erptest.NewServer(options)
	t.Cleanup(server.Close)
	client, err := erp.New(erp.Config{
		OrderURL: server.URL + "/orders", CredentialURL: server.URL + "/credential",
		Headers: map[string]string{"authUsername": "vmsflow", "authPassword": "static"},
	})
	require.NoError(t, err)
	return server, client
}

func posting(id int64) erp.Posting {
	return erp.Posting{
		MessageID: id, EventTime: noon,
		Order:   order.Order{Pob: "DV0012345", ID: "S1725110042", OrderTime: noon.Add(-6 * time.Hour), PaymentMethod: "PREPAID"},
		Channel: erp.Channel{Pob: "DV0012345", PartnerCode: "1100045678", SellerGSTIN: "27AAPFU0939F1ZV", PartnerGSTIN: "29AAGCB7383J1Z4"},
		PO: order.PurchaseOrder{Number: "4700123456", Date: noon, Amount: 325500, Lines: []order.POLine{
			{OrderItemID: "1", ItemCode: "469876543001", HSN: "62052000", Units: 2, BasePrice: 95000, IGST: 9500, TaxRate: 500},
			{OrderItemID: "2", ItemCode: "469880012004", HSN: "61091000", Units: 1, BasePrice: 120000, IGST: 6000, TaxRate: 500},
		}},
	}
}

func create(t *testing.T, id int64) []byte {
	t.Helper()
	return encode(t, erp.NewCreate(posting(id)))
}

func cancel(t *testing.T, id int64) []byte {
	t.Helper()
	return encode(t, erp.NewCancel(posting(id), "SELLER"))
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	encoded, err := json.Marshal(v)
	require.NoError(t, err)
	return encoded
}

func post(t *testing.T, client *erp.Client, body []byte) {
	t.Helper()
	_, err := client.Post(t.Context(), erp.Orders, body)
	require.NoError(t, err)
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 10*time.Second, 2*time.Millisecond)
}

func TestAnOrderGetsOneValidInvoice(t *testing.T) {
	t.Parallel()
	g := listen(t, strict)
	server, client := start(t, g, erptest.Full)
	post(t, client, create(t, 1))
	eventually(t, func() bool { return server.State().Orders[0].Invoice.Status == erptest.Accepted })

	p := g.received()[0]
	require.Equal(t, "AJ/25-26/000421", p.InvoiceNumber)
	require.Equal(t, "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130", p.IrnNumber)
	require.Equal(t, "2025-11-17T16:00:00.000+05:30", p.InvoiceDate.String())
	require.False(t, *p.IsPartialInvoice)
	require.Empty(t, p.InvoiceLineEntries)
	document, err := base64.StdEncoding.DecodeString(p.InvoicePdf)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(document, []byte("%PDF-")) && bytes.HasSuffix(document, []byte("%%EOF\n")))

	token, _, err := jwt.NewParser().ParseUnverified(p.QrCode, jwt.MapClaims{})
	require.NoError(t, err)
	require.Equal(t, server.KeyID(), token.Header["kid"])
	claims := token.Claims.(jwt.MapClaims)
	require.Equal(t, "SIM", claims["iss"])
	//nolint:testifylint // the order of the ten values counts
	require.Equal(t, `{"SellerGstin":"27AAPFU0939F1ZV","BuyerGstin":"29AAGCB7383J1Z4","DocNo":"AJ/25-26/000421","DocTyp":"INV",`+
		`"DocDt":"17/11/2025","TotInvVal":3255.00,"ItemCnt":2,"MainHsnCode":"62052000",`+
		`"Irn":"f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130","IrnDt":"2025-11-17 16:00:00"}`, claims["data"])
	require.InDelta(t, 940, len(p.QrCode), 30, "as long as a real one")

	require.Empty(t, server.Violations())
	require.Len(t, server.Ledger.Named(erptest.CallCreate), 1)
	require.True(t, server.Ledger.Named(erptest.CallInvoice)[0].Effect)
}

func TestAnInvoiceIsRepeatedUnchangedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	answers := []int{500, 429, 503, 502}
	g := listen(t, func(w http.ResponseWriter, _ increff.B2BInvoicePosting, n int) {
		switch {
		case n < len(answers):
			w.Header().Set("Retry-After", "3600") // capped by MaxRetryAfter
			w.WriteHeader(answers[n])
		case n == len(answers):
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(http.StatusOK)
		}
	})
	server, client := start(t, nil, erptest.Full)
	post(t, client, create(t, 1))
	eventually(t, func() bool { return server.State().Orders[0].Invoice.Attempts > 1 }) // no gateway yet
	server.SetGatewayURL(g.url)
	eventually(t, func() bool { return server.State().Orders[0].Invoice.Status == erptest.Accepted })
	require.Len(t, g.received(), 6)
	for _, raw := range g.raw {
		require.Equal(t, string(g.raw[0]), string(raw))
	}
}

func TestARefusedInvoiceIsNotRepeated(t *testing.T) {
	t.Parallel()
	g := listen(t, func(w http.ResponseWriter, _ increff.B2BInvoicePosting, _ int) {
		increfftest.Refuse(w, http.StatusBadRequest, increff.OrderCancelled, "cancelled", "INV-7")
	})
	server, client := start(t, g, erptest.Duplicate)
	post(t, client, create(t, 1))
	eventually(t, func() bool { return server.State().Orders[0].Invoice.Status == erptest.Refused })
	require.Equal(t, "400 ORDER_CANCELLED [INV-7]", server.State().Orders[0].Invoice.Answer)
	require.Len(t, g.received(), 1)
}

func TestACancelledOrderIsNotInvoiced(t *testing.T) {
	t.Parallel()
	g := listen(t, func(w http.ResponseWriter, _ increff.B2BInvoicePosting, _ int) {
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	server, client := start(t, g, erptest.Full)
	post(t, client, create(t, 1))
	eventually(t, func() bool { return len(g.received()) > 0 })
	post(t, client, cancel(t, 2))
	attempts := server.State().Orders[0].Invoice.Attempts
	require.Equal(t, erptest.Withheld, server.State().Orders[0].Invoice.Status)
	require.Never(t, func() bool { return server.State().Orders[0].Invoice.Attempts > attempts+1 }, 50*time.Millisecond, 5*time.Millisecond,
		"at most the posting that was under way")
	require.Empty(t, server.Violations())
}

func TestAnInvoiceAfterTheCancellation(t *testing.T) {
	t.Parallel()
	for code, violations := range map[string]int{increff.OrderCancelled: 0, increff.BadData: 1} {
		g := listen(t, func(w http.ResponseWriter, _ increff.B2BInvoicePosting, _ int) {
			increfftest.Refuse(w, http.StatusBadRequest, code, "no")
		})
		server, client := start(t, g, erptest.AfterCancel)
		post(t, client, create(t, 1))
		require.Empty(t, g.received())
		post(t, client, cancel(t, 2))
		eventually(t, func() bool { return server.State().Orders[0].Invoice.Status == erptest.Refused })
		require.Len(t, server.Violations(), violations)
	}
}

func TestMessagesHaveOneEffect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bodies     [][]byte
		effects    int
		violations int
		lastStatus int
	}{
		"a repeat is dropped":            {[][]byte{create(t, 1), create(t, 1), cancel(t, 2), cancel(t, 2)}, 2, 0, 200},
		"a second CREATE":                {[][]byte{create(t, 1), create(t, 2)}, 1, 1, 200},
		"a second CANCEL":                {[][]byte{create(t, 1), cancel(t, 2), cancel(t, 3)}, 2, 1, 200},
		"CANCEL before CREATE":           {[][]byte{cancel(t, 2)}, 0, 1, 400},
		"one messageId, another content": {[][]byte{create(t, 1), cancel(t, 1)}, 1, 1, 200},
		"not JSON":                       {[][]byte{[]byte("{")}, 0, 1, 400},
		"nothing in it":                  {[][]byte{[]byte(`{"eventType":"OUTWARD_ORDER_CREATE"}`)}, 0, 1, 400},
		"an event that is never sent":    {[][]byte{[]byte(`{"messageId":1,"eventType":"OUTWARD_ORDER_COMPLETE"}`)}, 0, 1, 400},
		"a cancellation of some units":   {[][]byte{create(t, 1), bytes.Replace(cancel(t, 2), []byte(`"cancelledQuantity":2`), []byte(`"cancelledQuantity":1`), 1)}, 1, 1, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := start(t, nil, erptest.Never)
			status := 0
			for _, body := range c.bodies {
				answer, _ := client.Post(t.Context(), erp.Orders, body)
				status = answer.Status
			}
			require.Equal(t, c.lastStatus, status)
			require.Len(t, server.Ledger.Calls(func(c simulate.Call) bool { return c.Effect }), c.effects)
			require.Len(t, server.Violations(), c.violations)
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  simulate.Fault
		times  int
		kind   increff.Kind // empty: the call succeeds
		effect bool
	}{
		"401, credential, accepted":  {simulate.TokenExpired, 1, "", true},
		"401 twice":                  {simulate.TokenExpired, 2, increff.KindAuth, false},
		"400 with an error body":     {simulate.Refused, 1, increff.KindRefused, false},
		"500":                        {simulate.ServerError, 1, increff.KindTransport, false},
		"503":                        {simulate.Unavailable, 1, increff.KindTransport, false},
		"429":                        {simulate.TooManyRequests, 1, increff.KindThrottled, false},
		"slow":                       {simulate.Slow, 1, "", true},
		"accepted, but answer lost":  {simulate.AnswerLost, 1, increff.KindTransport, true},
		"no answer until we hang up": {simulate.Timeout, 1, increff.KindTransport, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := start(t, nil, erptest.Never, func(o *erptest.Options) { o.DynamicAuth = true })
			server.Faults.SlowFor, server.Faults.HangFor = time.Millisecond, time.Millisecond
			server.Faults.Next(erptest.CallCreate, c.fault, c.times)
			_, err := client.Post(t.Context(), erp.Orders, []byte(`{}`)) // signs in; the event is refused
			require.True(t, increff.IsKind(err, increff.KindRefused))

			_, err = client.Post(t.Context(), erp.Orders, create(t, 1))
			if c.kind == "" {
				require.NoError(t, err)
			} else {
				require.True(t, increff.IsKind(err, c.kind), "%v", err)
			}
			require.Equal(t, c.effect, len(server.State().Orders) == 1)

			post(t, client, create(t, 1)) // the repeat gets through and has an effect if the first had none
			require.Len(t, server.State().Orders, 1)
			require.Len(t, server.State().Orders[0].Messages, 1)
		})
	}
}

func TestThe429MayComeWithoutRetryAfter(t *testing.T) {
	t.Parallel()
	for bare, want := range map[bool]time.Duration{false: 2 * time.Second, true: 0} {
		server, client := start(t, nil, erptest.Never)
		server.Faults.RetryAfter = 2 * time.Second
		fault := simulate.TooManyRequests
		if bare {
			fault = simulate.TooManyBare
		}
		server.Faults.Next(erptest.CallCreate, fault, 1)
		_, err := client.Post(t.Context(), erp.Orders, create(t, 1))
		var failed *increff.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, increff.KindThrottled, failed.Kind)
		require.Equal(t, want, failed.RetryAfter)
	}
}

func TestStaticCredentialIsWanted(t *testing.T) {
	t.Parallel()
	_, client := start(t, nil, erptest.Never, func(o *erptest.Options) { o.Username, o.Password = "vmsflow", "other" })
	_, err := client.Post(t.Context(), erp.Orders, create(t, 1))
	require.True(t, increff.IsKind(err, increff.KindAuth))
	_, client = start(t, nil, erptest.Never, func(o *erptest.Options) { o.Username, o.Password = "vmsflow", "static" })
	post(t, client, create(t, 1))
}

func TestNumbersFollowTheFinancialYear(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	clock := time.Date(2026, 3, 31, 23, 59, 0, 0, increff.IST).UTC()
	server, client := start(t, listen(t, accept), erptest.Full, func(o *erptest.Options) {
		o.FirstInvoice = 0
		o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return clock }
	})
	invoiced := func(code string) string {
		p := posting(0)
		p.Order.ID, p.MessageID = code, int64(len(code))
		post(t, client, encode(t, erp.NewCreate(p)))
		var last erptest.InvoiceState
		eventually(t, func() bool {
			orders := server.State().Orders
			last = orders[len(orders)-1].Invoice
			return last.Status == erptest.Accepted
		})
		return last.Number
	}
	require.Equal(t, "AJ/25-26/000001", invoiced("S1"))
	require.Equal(t, "AJ/25-26/000002", invoiced("S22"))
	mu.Lock()
	clock = clock.Add(time.Minute)
	mu.Unlock()
	require.Equal(t, "AJ/26-27/000001", invoiced("S333"))
}

func TestTimesComeInAllFourForms(t *testing.T) {
	t.Parallel()
	g := listen(t, accept)
	_, client := start(t, g, erptest.Full, func(o *erptest.Options) { o.VaryForms = true })
	for id := range int64(4) {
		p := posting(id + 1)
		p.Order.ID += string(rune('A' + id))
		post(t, client, encode(t, erp.NewCreate(p)))
	}
	eventually(t, func() bool { return len(g.received()) == 4 })
	forms := map[string]bool{}
	for i, p := range g.received() {
		require.True(t, p.InvoiceDate.Equal(noon))
		var raw map[string]any
		require.NoError(t, json.Unmarshal(g.raw[i], &raw))
		forms[raw["invoiceDate"].(string)] = true
		require.Contains(t, raw, "remark")
	}
	require.Equal(t, map[string]bool{
		"2025-11-17T16:00:00.000+05:30": true, "2025-11-17T10:30:00Z": true,
		"2025-11-17T10:30:00.000Z[UTC]": true, "17-11-2025T16:00:00": true,
	}, forms)
}

func TestAnotherProcessLooksInAndUpsets(t *testing.T) {
	t.Parallel()
	server, client := start(t, nil, erptest.Never)
	post(t, client, create(t, 1))
	get := func(path string, into any) {
		resp, err := http.Get(server.URL + "/_sim/erp/" + path)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
	}
	var calls []simulate.Call
	get("ledger", &calls)
	require.Len(t, calls, 1)
	require.JSONEq(t, `{"message_id":1,"purchase_order":"4700123456","quantities":{"1":2,"2":1}}`, string(calls[0].Detail))
	var state erptest.State
	get("state", &state)
	require.Equal(t, "S1725110042", state.Orders[0].OrderCode)
	var public struct{ Kid, Pem, Iss string }
	get("key", &public)
	require.Equal(t, server.KeyID(), public.Kid)
	require.Equal(t, server.PublicKeyPEM(), public.Pem)
	require.Equal(t, erptest.Issuer, public.Iss)

	faults := encode(t, simulate.FaultOrder{Seed: 1, Rates: []simulate.Rate{{Fault: simulate.Unavailable, Chance: 1}}})
	resp, err := http.Post(server.URL+"/_sim/erp/faults", "application/json", bytes.NewReader(faults))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	_, err = client.Post(t.Context(), erp.Orders, create(t, 1))
	require.True(t, increff.IsKind(err, increff.KindTransport))
}
