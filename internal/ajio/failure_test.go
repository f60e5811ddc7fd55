package ajio_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// everyCall names a use of each call that the client makes.
func everyCall() map[string]func(context.Context, *ajio.Client) error {
	units := order.Quantities{"1": 1}
	return map[string]func(context.Context, *ajio.Client) error{
		"pendency": func(ctx context.Context, c *ajio.Client) error { _, err := day(ctx, c, 0); return err },
		"acknowledge": func(ctx context.Context, c *ajio.Client) error {
			return c.Acknowledge(ctx, ajio.AckRequest{OrderID: storyOrder})
		},
		"orders": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.Orders(ctx, []string{storyOrder})
			return err
		},
		"cancel": func(ctx context.Context, c *ajio.Client) error {
			return c.CancelOrder(ctx, ajio.CancelRequest{OrderID: storyOrder, Lines: units})
		},
		"generate": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.GenerateInvoice(ctx, ajio.GenerateRequest{OrderID: storyOrder, Lines: units})
			return err
		},
		"attach": func(ctx context.Context, c *ajio.Client) error {
			return c.AttachIRN(ctx, ajio.AttachRequest{OrderID: storyOrder})
		},
		"upload": func(ctx context.Context, c *ajio.Client) error {
			return c.UploadInvoice(ctx, ajio.UploadRequest{OrderID: storyOrder, Document: tinyPDF})
		},
		"read invoice": func(ctx context.Context, c *ajio.Client) error { _, err := c.Invoice(ctx, storyOrder); return err },
		"B2C invoice":  func(ctx context.Context, c *ajio.Client) error { _, err := c.B2CInvoice(ctx, storyOrder); return err },
		"label": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.ShippingLabel(ctx, storyOrder)
			return err
		},
		"manifest": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.CreateManifest(ctx, ajio.ManifestRequest{Shipments: []ajio.Shipment{{OrderID: storyOrder}}})
			return err
		},
		"read manifest": func(ctx context.Context, c *ajio.Client) error { _, err := c.Manifest(ctx, "MF1"); return err },
		"returns": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.Returns(ctx, order.StatusReturnCreated, order.RTO, 0)
			return err
		},
		"returns by id": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.ReturnsByID(ctx, []string{storyReturn})
			return err
		},
		"RTOs of order": func(ctx context.Context, c *ajio.Client) error { _, err := c.RTOsOfOrder(ctx, storyOrder); return err },
		"create RTO": func(ctx context.Context, c *ajio.Client) error {
			_, err := c.CreateRTO(ctx, ajio.RTORequest{OrderID: storyOrder})
			return err
		},
		"QC": func(ctx context.Context, c *ajio.Client) error {
			return c.PerformQC(ctx, ajio.QCRequest{ReturnID: storyReturn})
		},
		"RSI": func(ctx context.Context, c *ajio.Client) error { _, err := c.RSI(ctx, storyReturn); return err },
		"credit note": func(ctx context.Context, c *ajio.Client) error {
			return c.CreditNote(ctx, ajio.CreditNoteRequest{ReturnID: storyReturn, Document: tinyPDF})
		},
		"manifest of": func(ctx context.Context, c *ajio.Client) error { _, err := c.ManifestOf(ctx, storyOrder); return err },
	}
}

func TestEveryFailureShapeIsUnderstoodOnEveryCall(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]struct {
		answer  http.HandlerFunc
		kind    ajio.Kind
		status  int
		message string
	}{
		"envelope with HTTP 400": {says(400, string(golden(t, "envelope.response"))), ajio.KindRefused, 400, "SIM_LIMIT: 51 SKUs in one call, at most 50"},
		"envelope with HTTP 200": {says(200, string(golden(t, "envelope.response"))), ajio.KindRefused, 200, "SIM_LIMIT: 51 SKUs in one call, at most 50"},
		"500 with HTML":          {says(500, "<html><body>Bad\nday</body></html>"), ajio.KindTransport, 500, "<html><body>Bad day</body></html>"},
		"502 with empty body":    {says(502, ""), ajio.KindTransport, 502, ""},
		"503 without a wait":     {says(503, ""), ajio.KindTransport, 503, ""},
		"200 with HTML":          {says(200, "<html>maintenance</html>"), ajio.KindMalformed, 200, "the answer cannot be read"},
		"200 with empty body":    {says(200, ""), ajio.KindMalformed, 200, "the answer cannot be read"},
		"200 cut short":          {says(200, `{"status": "SUCC`), ajio.KindMalformed, 200, "the answer cannot be read"},
		"403":                    {says(403, `{"error_message": "not yours"}`), ajio.KindRefused, 403, "not yours"},
		"401 for good":           {says(401, `{"error_message": "no token"}`), ajio.KindAuth, 401, "no token"},
		"429":                    {says(429, ""), ajio.KindThrottled, 429, ""},
		"redirect": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusFound)
		}, ajio.KindRefused, 302, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, stub(t, shape.answer))
			for call, try := range everyCall() {
				err := try(t.Context(), client)
				var failed *ajio.Error
				require.ErrorAs(t, err, &failed, call)
				require.Equal(t, shape.kind, failed.Kind, "%s: %v", call, err)
				require.Equal(t, shape.status, failed.Status, call)
				require.Contains(t, failed.Message, shape.message, call)
			}
		})
	}
}

func TestARefusalInsideHTTP200IsNoSuccess(t *testing.T) {
	t.Parallel()
	failed := `{"status": "FAILED", "error_message": "SIM_STATE: no"}`
	items := `{"failed_items": [{"order_id": "S1725110042", "error_message": "SIM_STATE: no"}]}`
	for name, body := range map[string]string{
		"FAILED": failed, "failed_items": items, "lower case": `{"status": "failed", "error_message": "SIM_STATE: no"}`,
		"the example": strings.ReplaceAll(string(golden(t, "acknowledge.refused")), "SIM_CUSTOMER_CANCELLED: the customer cancelled this order", "SIM_STATE: no"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, stub(t, says(200, body)))
			for call, try := range everyCall() {
				if call == "manifest" { // names each shipment instead
					continue
				}
				err := try(t.Context(), client)
				require.True(t, ajio.IsKind(err, ajio.KindRefused), "%s: %v", call, err)
				require.ErrorContains(t, err, "SIM_STATE: no", call)
			}
		})
	}
}

func TestAnOutcomeThatIsNotStatedIsNotASuccess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		kind ajio.Kind
	}{
		"no status":      {`{"error_message": null}`, ajio.KindMalformed},
		"null":           {`null`, ajio.KindMalformed},
		"unknown status": {`{"status": "QUEUED"}`, ajio.KindRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, stub(t, says(200, c.body)))
			for _, call := range []string{"cancel", "generate", "attach", "upload", "manifest", "create RTO", "QC", "credit note"} {
				require.True(t, ajio.IsKind(everyCall()[call](t.Context(), client), c.kind), call)
			}
			require.True(t, ajio.IsKind(everyCall()["acknowledge"](t.Context(), client), ajio.KindMalformed))
		})
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	t.Parallel()
	now := newClock().Now()
	for name, c := range map[string]struct {
		status int
		header string
		kind   ajio.Kind
		wait   time.Duration
	}{
		"seconds":               {429, "17", ajio.KindThrottled, 17 * time.Second},
		"date":                  {429, now.Add(42 * time.Second).Format(http.TimeFormat), ajio.KindThrottled, 42 * time.Second},
		"past date":             {429, now.Add(-time.Hour).Format(http.TimeFormat), ajio.KindThrottled, 0},
		"none":                  {429, "", ajio.KindThrottled, 0},
		"nonsense":              {429, "soon", ajio.KindThrottled, 0},
		"negative":              {429, "-5", ajio.KindThrottled, 0},
		"a year":                {429, "31536000", ajio.KindThrottled, time.Hour},
		"503 is throttled too":  {503, "9", ajio.KindThrottled, 9 * time.Second},
		"503 without it is not": {503, "", ajio.KindTransport, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := stub(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(c.status)
			})
			client := newClient(t, url, func(config *ajio.Config) { config.Now = newClock().Now })
			_, err := client.Orders(t.Context(), []string{storyOrder})
			var failed *ajio.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.kind, failed.Kind)
			require.Equal(t, c.wait, failed.RetryAfter)
		})
	}
}

func TestFaultsOfTheNetworkLeaveTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	t.Run("no answer in time", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := b.place()
		hasty := newClient(t, b.sim.URL, func(c *ajio.Config) { c.Timeout, c.Now = 300*time.Millisecond, b.clock.Now })
		b.sim.Faults.Next("acknowledge", simulate.Timeout, 1)
		err := hasty.Acknowledge(t.Context(), acceptance(b.state(t, id)))
		require.True(t, ajio.IsKind(err, ajio.KindTransport), err)
		require.ErrorContains(t, err, "no answer within 300ms, the outcome is unknown")
	})
	t.Run("the caller gives up", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		b.sim.Faults.Next("login", simulate.Slow, 1)
		cancel()
		_, err := b.client.Orders(ctx, []string{storyOrder})
		require.True(t, ajio.IsKind(err, ajio.KindTransport))
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("a slow answer is waited for", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.sim.Faults.SlowFor = 20 * time.Millisecond
		b.sim.Faults.Next("orders", simulate.Slow, 1)
		_, err := b.client.Orders(t.Context(), []string{b.place()})
		require.NoError(t, err)
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		url, stop := simulate.Listen(http.NotFoundHandler())
		stop()
		_, err := newClient(t, url).Orders(t.Context(), []string{storyOrder})
		require.True(t, ajio.IsKind(err, ajio.KindTransport), err)
		require.NotContains(t, err.Error(), url)
	})
	for _, fault := range []simulate.Fault{simulate.ServerError, simulate.Unavailable} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.sim.Faults.Next("orders", fault, 1)
			_, err := b.client.Orders(t.Context(), []string{storyOrder})
			require.True(t, ajio.IsKind(err, ajio.KindTransport), err)
		})
	}
	t.Run("429 says how long", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.sim.Faults.RetryAfter = 7 * time.Second
		b.sim.Faults.Next("orders", simulate.TooManyRequests, 1)
		_, err := b.client.Orders(t.Context(), []string{storyOrder})
		var failed *ajio.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, ajio.KindThrottled, failed.Kind)
		require.Equal(t, 7*time.Second, failed.RetryAfter)
	})
}

// After a lost answer the read-back of contracts/ajio-vms.md §11 shows the effect, and the ledger shows one.
func TestALostAnswerIsFoundByReadingBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, id := t.Context(), b.place()
	lost := func(name string, err error) {
		t.Helper()
		require.True(t, ajio.IsKind(err, ajio.KindTransport), "%s: %v", name, err)
		calls := b.sim.Ledger.Named(name)
		require.Len(t, calls, 1)
		require.True(t, calls[0].Effect)
		require.Equal(t, simulate.AnswerLost, calls[0].Fault)
		require.Zero(t, calls[0].Status)
	}
	readBack := func() ajio.OrderInfo {
		t.Helper()
		orders, err := b.client.Orders(ctx, []string{id})
		require.NoError(t, err)
		require.Len(t, orders, 1)
		return orders[0]
	}
	for _, name := range []string{"acknowledge", "cancel", "generate", "attach_irn", "upload", "manifest"} {
		b.sim.Faults.Next(name, simulate.AnswerLost, 1)
	}
	request := acceptance(b.state(t, id))
	lost("acknowledge", b.client.Acknowledge(ctx, request))
	require.Equal(t, ajio.StatusConfirmed, readBack().Status)
	require.NoError(t, b.client.Acknowledge(ctx, request), "the same content again is a success")

	line := request.Lines[0].OrderItemID
	lost("cancel", b.client.CancelOrder(ctx, ajio.CancelRequest{OrderID: id, Lines: order.Quantities{line: 1}, Reason: ajio.ReasonDamaged}))
	require.Equal(t, 1, readBack().Lines[0].SellerCancelled)

	invoice := generation(b.state(t, id))
	_, err := b.client.GenerateInvoice(ctx, invoice)
	lost("generate", err)
	info, err := b.client.Invoice(ctx, id)
	require.NoError(t, err)
	require.Equal(t, invoice.InvoiceNumber, info.Number)
	require.True(t, info.Lines.Equal(invoice.Lines))
	require.True(t, info.Date.Equal(invoice.InvoiceDate))

	lost("attach_irn", b.client.AttachIRN(ctx, ajio.AttachRequest{OrderID: id, InvoiceNumber: invoice.InvoiceNumber, IRN: "irn", SignedQR: "qr"}))
	lost("upload", b.client.UploadInvoice(ctx, ajio.UploadRequest{OrderID: id, InvoiceNumber: invoice.InvoiceNumber, Document: tinyPDF}))
	info, err = b.client.Invoice(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "irn", info.IRN)
	require.NotEmpty(t, info.DocumentURL)

	state := b.state(t, id)
	_, err = b.client.CreateManifest(ctx, ajio.ManifestRequest{Carrier: state.Carrier, Shipments: []ajio.Shipment{shipment(state)}})
	lost("manifest", err)
	require.Equal(t, ajio.StatusDispatched, readBack().Status)
	manifest, err := b.client.ManifestOf(ctx, id)
	require.NoError(t, err)
	require.Equal(t, []ajio.Shipment{shipment(state)}, manifest.Shipments)
}

func TestErrorsNeverShowTheCredential(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error_message": "bad call by ` + username + ` / ` + password + ` with ` + r.Header.Get("apiKey") + `"}`))
	}
	client := newClient(t, stub(t, echo))
	_, err := client.Orders(t.Context(), []string{storyOrder})
	require.EqualError(t, err, "Ajio, orders of order S1725110042: refused: HTTP 400: bad call by … / … with …")
}

func TestAjiosWordsAreCutToOneLineOf300Characters(t *testing.T) {
	t.Parallel()
	client := newClient(t, stub(t, says(500, "a\r\nb\x00"+strings.Repeat("é", 5000))))
	_, err := client.Orders(t.Context(), []string{storyOrder})
	var failed *ajio.Error
	require.ErrorAs(t, err, &failed)
	require.Len(t, []rune(failed.Message), 300)
	require.True(t, strings.HasPrefix(failed.Message, "a b é"))
}

func TestLimitsAreKeptBeforeCalling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.client.Orders(t.Context(), make([]string, 51))
	require.ErrorContains(t, err, "51 order ids in one call, at most 50")
	_, err = b.client.CreateManifest(t.Context(), ajio.ManifestRequest{Shipments: make([]ajio.Shipment, 251)})
	require.ErrorContains(t, err, "251 shipments in one manifest, expected 1 to 250")
	err = b.client.UploadInvoice(t.Context(), ajio.UploadRequest{OrderID: storyOrder, Document: tinyPDF, DocumentURL: "https://erp.example/1.pdf"})
	require.ErrorContains(t, err, "exactly one")
	_, err = b.client.ReturnsByID(t.Context(), make([]string, 51))
	require.ErrorContains(t, err, "51 return ids in one call, at most 50")
	err = b.client.CreditNote(t.Context(), ajio.CreditNoteRequest{ReturnID: storyReturn})
	require.ErrorContains(t, err, "exactly one")
	orders, err := b.client.Orders(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, orders)
	require.Empty(t, b.sim.Ledger.Calls(nil))
}
