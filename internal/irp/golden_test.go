package irp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/simulate"
)

// sent is a request as the stub saw it.
type sent struct {
	method, path, body string
	headers            map[string]string
}

func seen(r *http.Request) sent {
	body, _ := io.ReadAll(r.Body)
	headers := map[string]string{}
	for _, name := range []string{wire.HeaderClientID, wire.HeaderClientSecret, wire.HeaderGSTIN, wire.HeaderUserName, wire.HeaderToken} {
		if value := r.Header.Get(name); value != "" {
			headers[name] = value
		}
	}
	return sent{method: r.Method, path: r.URL.Path, body: string(body), headers: headers}
}

// replay answers with a golden file and hands out what was asked.
func replay(t *testing.T, response string) (*irp.Client, *sent) {
	t.Helper()
	var last sent
	url := stub(t, func(w http.ResponseWriter, r *http.Request) {
		last = seen(r)
		_, _ = w.Write(golden(t, response))
	})
	return newClient(t, url), &last
}

var signedIn = map[string]string{
	"client_id": clientID, "client_secret": clientSecret, "Gstin": seller, "user_name": username,
	"AuthToken": "3bVgDvKZCmLFx9pHYVQzSmVnL",
}

func TestTheStoryIsRegisteredInTheShapeOfTheContract(t *testing.T) {
	t.Parallel()
	client, last := replay(t, "register.response")
	registration, err := client.Register(t.Context(), story())
	require.NoError(t, err)
	require.JSONEq(t, string(golden(t, "register.request")), last.body)
	require.Equal(t, "POST /api/Invoice", last.method+" "+last.path)
	require.Equal(t, signedIn, last.headers)
	require.Equal(t, irp.Registration{
		IRN: storyIRN, AckNo: "112510000000421", AckDate: time.Date(2025, time.November, 17, 16, 0, 5, 0, gst.IST),
		SignedInvoice: "<JWT>", SignedQR: "<JWT>", Status: irp.StatusActive,
	}, registration)
	require.True(t, registration.AckDate.Equal(time.Date(2025, time.November, 17, 10, 30, 5, 0, time.UTC)))
}

func TestFieldsStandInTheContractsOrderAndAmountsHaveTwoDecimals(t *testing.T) {
	t.Parallel()
	ours, err := json.Marshal(story())
	require.NoError(t, err)
	require.Contains(t, string(ours), `"UnitPrice":950.00,`)
	require.Contains(t, string(ours), `"Qty":2,`)
	require.Contains(t, string(ours), `"GstRt":5,`)
	require.Equal(t, keys(t, golden(t, "register.request")), keys(t, ours))
}

// keys lists keys and texts of a document in their order.
func keys(t *testing.T, document []byte) string {
	t.Helper()
	var names []string
	decoder := json.NewDecoder(strings.NewReader(string(document)))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return strings.Join(names, " ")
		}
		require.NoError(t, err)
		if name, ok := token.(string); ok {
			names = append(names, name)
		}
	}
}

func TestACreditNoteNamesItsOriginal(t *testing.T) {
	t.Parallel()
	note := story()
	note.DocDtls.Typ, note.DocDtls.No = gst.CreditNote, "CN/25-26/000042"
	note.RefDtls = &irp.RefDtls{PrecDocDtls: []irp.PrecDoc{{InvNo: "AJ/25-26/000421", InvDt: story().DocDtls.Dt}}}
	body, err := json.Marshal(note)
	require.NoError(t, err)
	require.Contains(t, string(body), `"RefDtls":{"PrecDocDtls":[{"InvNo":"AJ/25-26/000421","InvDt":"17/11/2025"}]}`)
	require.Equal(t, "d9b80a4fd36ada6b0a6240f9171301b98ad12e7da835b347db0c8316f75eabc1", note.IRN())
	require.Equal(t, storyIRN, story().IRN())
}

func TestADocumentReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	var document irp.Document
	require.NoError(t, json.Unmarshal(golden(t, "register.request"), &document))
	want := story()
	want.DocDtls.Dt = irp.On(time.Date(2025, time.November, 17, 0, 0, 0, 0, gst.IST))
	require.Equal(t, want, document)
}

func TestReadAndCancelSendAndReadTheExamples(t *testing.T) {
	t.Parallel()
	client, last := replay(t, "register.response")
	found, err := client.Find(t.Context(), storyIRN)
	require.NoError(t, err)
	require.Equal(t, "112510000000421", found.AckNo)
	require.Equal(t, sent{method: "GET", path: "/api/Invoice/irn/" + storyIRN, headers: signedIn}, *last)

	client, last = replay(t, "cancel.response")
	cancelled, err := client.Cancel(t.Context(), storyIRN, irp.ReasonOrderCancelled, "Order cancelled before packing")
	require.NoError(t, err)
	require.JSONEq(t, string(golden(t, "cancel.request")), last.body)
	require.Equal(t, "POST /api/Cancel", last.method+" "+last.path)
	require.Equal(t, irp.Cancelled{IRN: storyIRN, At: time.Date(2025, time.November, 17, 17, 12, 40, 0, gst.IST)}, cancelled)
}

func TestTheDuplicateOfTheExampleIsADuplicate(t *testing.T) {
	t.Parallel()
	client, _ := replay(t, "duplicate.response")
	_, err := client.Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindDuplicate), err)
	require.ErrorContains(t, err, "IRP, register INV AJ/25-26/000421: duplicate: 2150: Duplicate IRN")
}

func TestTheLoginSendsTheCredentialWithoutAToken(t *testing.T) {
	t.Parallel()
	var login sent
	url, stop := simulate.Listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != wire.PathLogin {
			_, _ = w.Write(golden(t, "register.response"))
			return
		}
		login = seen(r)
		_, _ = w.Write(golden(t, "login.response"))
	}))
	t.Cleanup(stop)
	_, err := newClient(t, url).Find(t.Context(), storyIRN)
	require.NoError(t, err)
	require.JSONEq(t, string(golden(t, "login.request")), login.body)
	require.Equal(t, "POST /api/auth", login.method+" "+login.path)
	require.Equal(t, map[string]string{"client_id": clientID, "client_secret": clientSecret}, login.headers)
}

func TestNumbersAndStringsAreReadAlike(t *testing.T) {
	t.Parallel()
	bent := strings.NewReplacer(`"AckNo": 112510000000421`, `"AckNo": "112510000000421"`, `"Status": 1`, `"Status": "1"`,
		`"EwbNo": null`, `"EwbNo": 351000012345`).Replace(string(golden(t, "register.response")))
	registration, err := newClient(t, stub(t, says(200, bent))).Register(t.Context(), story())
	require.NoError(t, err)
	require.Equal(t, "112510000000421", registration.AckNo)

	codes := strings.ReplaceAll(refusal("2150"), `"2150"`, `2150`)
	_, err = newClient(t, stub(t, says(200, codes))).Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindDuplicate), err)
}
