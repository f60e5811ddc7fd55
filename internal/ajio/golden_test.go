package ajio_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

const (
	storyOrder  = "S1725110042"
	storyReturn = "R2511240077"
)

// sent is a request as the stub saw it.
type sent struct {
	method, path, query, key, body string
}

// replay answers with a golden file and hands out what was asked.
func replay(t *testing.T, response string) (*ajio.Client, *sent) {
	t.Helper()
	seen := &sent{}
	url := stub(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*seen = sent{method: r.Method, path: r.URL.Path, query: r.URL.Query().Encode(), key: r.Header.Get("apiKey"), body: string(body)}
		_, _ = w.Write(golden(t, response))
	})
	return newClient(t, url), seen
}

func TestWritingCallsSendTheBodiesOfTheContractAndReadItsAnswers(t *testing.T) {
	t.Parallel()
	both := order.Quantities{"S17251100420001": 2, "S17251100420002": 1}
	ackDate := time.Unix(1763375405, 0)
	document, err := base64.StdEncoding.DecodeString("JVBERi0xLjcKJeLjz9MK")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		method, path string
		call         func(context.Context, *ajio.Client) (any, error)
		want         any
	}{
		"acknowledge": {"POST", "/ds/vmsflow/orders", func(ctx context.Context, c *ajio.Client) (any, error) {
			return nil, c.Acknowledge(ctx, ajio.AckRequest{OrderID: storyOrder, Lines: []ajio.AckLine{
				{OrderItemID: "S17251100420001", Confirmed: 2}, {OrderItemID: "S17251100420002", Confirmed: 1},
			}})
		}, nil},
		"cancel": {"POST", "/ds/vmsflow/orders/cancel", func(ctx context.Context, c *ajio.Client) (any, error) {
			return nil, c.CancelOrder(ctx, ajio.CancelRequest{
				OrderID: storyOrder, Lines: order.Quantities{"S17251100420002": 1, "S17251100420001": 0}, Reason: ajio.ReasonDamaged,
			})
		}, nil},
		"generate": {"POST", "/ds/vmsflow/orders/b2bInvoice", func(ctx context.Context, c *ajio.Client) (any, error) {
			return c.GenerateInvoice(ctx, ajio.GenerateRequest{
				OrderID: storyOrder, PONumber: "4700123456", InvoiceNumber: "AJ/25-26/000421",
				InvoiceDate: time.Unix(1763375400, 0), Lines: both,
			})
		}, ajio.GeneratedInvoice{InvoiceNumber: "AJ/25-26/000421"}},
		"attach_irn": {"PUT", "/ds/vmsflow/orders/b2bInvoice", func(ctx context.Context, c *ajio.Client) (any, error) {
			return nil, c.AttachIRN(ctx, ajio.AttachRequest{
				OrderID: storyOrder, InvoiceNumber: "AJ/25-26/000421", SignedQR: "<signed QR, about 940 characters>",
				IRN:       "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130",
				AckNumber: "112510000000421", AckDate: &ackDate,
			})
		}, nil},
		"upload": {"POST", "/ds/vmsflow/orders/b2bInvoice/document", func(ctx context.Context, c *ajio.Client) (any, error) {
			return nil, c.UploadInvoice(ctx, ajio.UploadRequest{OrderID: storyOrder, InvoiceNumber: "AJ/25-26/000421", Document: document})
		}, nil},
		"manifest": {"POST", "/ds/vmsflow/manifest", func(ctx context.Context, c *ajio.Client) (any, error) {
			return c.CreateManifest(ctx, ajio.ManifestRequest{Carrier: "DELHIVERY", Shipments: []ajio.Shipment{
				{OrderID: storyOrder, TrackingNumber: "AJ7700012345", InvoiceNumber: "AJ/25-26/000421"},
				{OrderID: "S1725110043", TrackingNumber: "AJ7700012399", InvoiceNumber: "AJ/25-26/000422"},
			}})
		}, ajio.ManifestResult{
			ManifestID: "MF2511170008", URL: "https://files.example/manifest/MF2511170008.pdf",
			Failed: []ajio.FailedItem{{OrderID: "S1725110043", Message: "SIM_STATE: order is PACKED, upload the B2B invoice first"}},
		}},
		"create_rto": {"POST", "/ds/vmsflow/return/rto", func(ctx context.Context, c *ajio.Client) (any, error) {
			return c.CreateRTO(ctx, ajio.RTORequest{OrderID: "S1725110043", Items: []ajio.RTOItem{
				{ItemCode: "469880012004", OrderItemID: "S17251100430001", Units: 1, Code: order.Good},
				{ItemCode: "469880012004", OrderItemID: "S17251100430001", Units: 1, Code: order.Bad, Reason: order.QCDamaged},
			}})
		}, "R2511250091"},
		"perform_qc": {"POST", "/ds/vmsflow/return/qc", func(ctx context.Context, c *ajio.Client) (any, error) {
			return nil, c.PerformQC(ctx, ajio.QCRequest{ReturnID: storyReturn, Items: []ajio.QCItem{
				{ReturnItemID: "R25112400770001", Units: 1, Code: order.Good},
			}})
		}, nil},
		"credit_note": {"POST", "/ds/vmsflow/return/creditNote", func(ctx context.Context, c *ajio.Client) (any, error) {
			return nil, c.CreditNote(ctx, ajio.CreditNoteRequest{
				ReturnID: storyReturn, Number: "CN/25-26/000042", Date: time.Unix(1764138600, 0), AckNumber: "112510000000987",
				AckDate: time.Unix(1764138600, 0), IRN: "d9b80a4fd36ada6b0a6240f9171301b98ad12e7da835b347db0c8316f75eabc1",
				SignedQR: "<signed QR, about 940 characters>", DocumentURL: "https://erp.example/cn/000042.pdf",
			})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, seen := replay(t, name+".response")
			got, err := c.call(t.Context(), client)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.JSONEq(t, string(golden(t, name+".request")), seen.body)
			seen.body = ""
			require.Equal(t, sent{method: c.method, path: c.path, key: "eyJhbGciOiJSUzI1NiJ9.c2ltdWxhdGVk.c2ln"}, *seen)
		})
	}
}

func TestTheLoginSendsTheCredentialWithoutAKey(t *testing.T) {
	t.Parallel()
	var seen sent
	url, stop := simulate.Listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != wire.PathLogin {
			_, _ = w.Write(golden(t, "orders.response"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		seen = sent{method: r.Method, path: r.URL.Path, key: r.Header.Get("apiKey"), body: string(body)}
		_, _ = w.Write(golden(t, "login.response"))
	}))
	t.Cleanup(stop)
	client := newClient(t, url, func(c *ajio.Config) { c.Password = "<secret>" })
	_, err := client.Orders(t.Context(), []string{storyOrder})
	require.NoError(t, err)
	require.JSONEq(t, string(golden(t, "login.request")), seen.body)
	require.Equal(t, "POST", seen.method)
	require.Empty(t, seen.key)
}

func TestPendencyReadsTheExampleWithItsBlankKey(t *testing.T) {
	t.Parallel()
	client, seen := replay(t, "pendency.response")
	from := time.Date(2025, 11, 17, 0, 0, 0, 0, time.FixedZone("IST", 19800))
	page, err := client.Pendency(t.Context(), 0, from, from.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.Equal(t, "orderDateFrom=2025-11-16T18%3A30%3A00&orderDateTo=2025-11-17T18%3A30%3A00&pageNumber=0&pageSize=50", seen.query)
	require.Equal(t, "/ds/vmsflow/orders/pendency", seen.path)
	require.Equal(t, ajio.PendencyPage{TotalPages: 1, Orders: []order.Order{{
		Pob: "BLR1", ID: storyOrder, OrderTime: time.Unix(1763354100, 0).UTC(), PaymentMethod: "PREPAID",
		Carrier: "DELHIVERY", TrackingNumber: "AJ7700012345",
		Lines: []order.Line{
			{OrderItemID: "S17251100420001", ItemCode: "469876543001", EAN: "8901234567890", Name: "Slim Fit Cotton Shirt", Ordered: 2},
			{OrderItemID: "S17251100420002", ItemCode: "469880012004", EAN: "8901234567906", Name: "Polo T-shirt", Ordered: 1},
		},
	}}}, page)
}

func TestOrdersReadsTheExampleWithItsPurchaseOrder(t *testing.T) {
	t.Parallel()
	client, seen := replay(t, "orders.response")
	orders, err := client.Orders(t.Context(), []string{storyOrder, "S1725110043"})
	require.NoError(t, err)
	require.Equal(t, "orderIds=S1725110042%2CS1725110043", seen.query)
	require.Equal(t, []ajio.OrderInfo{{
		OrderID: storyOrder, Status: ajio.StatusConfirmed, Carrier: "DELHIVERY", TrackingNumber: "AJ7700012345",
		Lines: []ajio.OrderInfoLine{
			{OrderItemID: "S17251100420001", ItemCode: "469876543001", Quantity: 2},
			{OrderItemID: "S17251100420002", ItemCode: "469880012004", Quantity: 1},
		},
		PO: &order.PurchaseOrder{
			Number: "4700123456", Date: time.Unix(1763374330, 0).UTC(), Amount: 325500, BuyerGSTIN: "29AAGCB7383J1Z4",
			Carrier: "DELHIVERY", TrackingNumber: "AJ7700012345",
			Lines: []order.POLine{
				{OrderItemID: "S17251100420001", ItemCode: "469876543001", EAN: "8901234567890", HSN: "62052000", Units: 2, MRP: 199900, BasePrice: 95000, IGST: 9500, TaxRate: 500},
				{OrderItemID: "S17251100420002", ItemCode: "469880012004", EAN: "8901234567906", HSN: "61091000", Units: 1, MRP: 249900, BasePrice: 120000, IGST: 6000, TaxRate: 500},
			},
		},
	}}, orders)
}

func TestReturnsReadTheExample(t *testing.T) {
	t.Parallel()
	want := []order.Expectation{{
		Pob: "BLR1", ReturnID: storyReturn, OrderID: storyOrder, Kind: order.CustomerReturn, Status: order.StatusReturnCreated,
		ReturnDate: time.Unix(1763964000, 0).UTC(), TrackingNumber: "AJR880004411",
		Items: []order.ExpectedItem{{ReturnItemID: "R25112400770001", OrderItemID: "S17251100420001", ItemCode: "469876543001", Units: 1}},
	}}
	client, seen := replay(t, "returns.response")
	page, err := client.Returns(t.Context(), order.StatusReturnCreated, order.CustomerReturn, 0)
	require.NoError(t, err)
	require.Equal(t, "/ds/vmsflow/return", seen.path)
	require.Equal(t, "pageNumber=0&pageSize=50&returnOrderStatus=RETURN_CREATED&returnType=CUSTOMER_RETURN", seen.query)
	require.Equal(t, ajio.ReturnsPage{TotalPages: 1, Returns: want}, page)

	returns, err := client.ReturnsByID(t.Context(), []string{storyReturn, "R2511240078"})
	require.NoError(t, err)
	require.Equal(t, "pageSize=50&returnOrderIds=R2511240077%2CR2511240078", seen.query)
	require.Equal(t, want, returns)

	returns, err = client.RTOsOfOrder(t.Context(), storyOrder)
	require.NoError(t, err)
	require.Equal(t, "orderIds=S1725110042&pageSize=50&returnType=RTO", seen.query)
	require.Equal(t, want, returns)
}

func TestReadBacksReadTheExamples(t *testing.T) {
	t.Parallel()
	t.Run("invoice", func(t *testing.T) {
		t.Parallel()
		client, seen := replay(t, "read_invoice.response")
		info, err := client.Invoice(t.Context(), storyOrder)
		require.NoError(t, err)
		require.Equal(t, sent{method: "GET", path: "/ds/vmsflow/orders/b2bInvoice", query: "orderId=" + storyOrder, key: seen.key}, *seen)
		require.Equal(t, &ajio.InvoiceInfo{
			OrderID: storyOrder, PONumber: "4700123456", Number: "AJ/25-26/000421", Date: time.Unix(1763375400, 0).UTC(),
			IRN:         "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130",
			DocumentURL: "https://files.example/b2b/S1725110042.pdf", Lines: order.Quantities{"S17251100420001": 2, "S17251100420002": 1},
		}, info)
	})
	t.Run("manifest", func(t *testing.T) {
		t.Parallel()
		client, seen := replay(t, "read_manifest.response")
		want := &ajio.ManifestInfo{
			ManifestID: "MF2511170008", Carrier: "DELHIVERY", URL: "https://files.example/manifest/MF2511170008.pdf",
			Date:      time.Unix(1763384400, 0).UTC(),
			Shipments: []ajio.Shipment{{OrderID: storyOrder, TrackingNumber: "AJ7700012345", InvoiceNumber: "AJ/25-26/000421"}},
		}
		info, err := client.Manifest(t.Context(), "MF2511170008")
		require.NoError(t, err)
		require.Equal(t, want, info)
		require.Equal(t, "/ds/vmsflow/manifest/MF2511170008", seen.path)
		info, err = client.ManifestOf(t.Context(), storyOrder)
		require.NoError(t, err)
		require.Equal(t, want, info)
		require.Equal(t, "/ds/vmsflow/manifest?orderId="+storyOrder, seen.path+"?"+seen.query)
	})
	t.Run("label", func(t *testing.T) {
		t.Parallel()
		client, seen := replay(t, "label.response")
		label, err := client.ShippingLabel(t.Context(), storyOrder)
		require.NoError(t, err)
		require.Equal(t, "/ds/vmsflow/orders/shippingLabel?orderId="+storyOrder, seen.path+"?"+seen.query)
		require.Equal(t, ajio.Document{OrderID: storyOrder, Number: "AJ7700012345", Content: []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")}, label)
	})
}
