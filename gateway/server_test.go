package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/devserver"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

func TestAWrongCredentialIsRefusedAndNotCounted(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	id := w.orderWithPO(erpPob, "AUTH")
	for name, wrong := range map[string]credential{
		"nothing": {}, "the password of another client": {northline.username, southgate.password},
		"a wrong password": {northline.username, "moss and granit"}, "an unknown user": {"eastline", northline.password},
	} {
		for _, path := range []string{invoicePath, creditNotePath, packPath, returnPath, manifestPath, combinedPath, "/no/such/url"} {
			got := w.call(wrong, "POST", path, invoiceFor(id))
			require.Equal(t, 401, got.status, name)
			got.refused(t, 401, "UNAUTHORIZED", "Unknown credential", "[authUsername, authPassword: missing or not known; nothing was stored]")
		}
		require.Equal(t, 401, w.call(wrong, "GET", "/manifests?manifestCode=MF1", "").status, name)
		require.Equal(t, 401, w.call(wrong, "GET", "/documents/label/1", "").status, name)
	}
	require.Zero(t, w.inboxRows())
	require.Zero(t, w.count(`SELECT count(*) FROM request_windows`))
}

func TestTheRequestsOfAMinuteAreCountedPerClientOverAllURLs(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	w.post(packPath, "{}")
	w.get("/manifests?manifestCode=MF1")
	w.get("/documents/label/1")
	w.get("/no/such/url").refused(t, 404, "BAD_DATA", "No such call", "[URL: the gateway serves no such method and path]")
	require.Equal(t, 4, w.count(`SELECT requests FROM request_windows WHERE client = 'northline'`))

	// A minute that lies ahead, so that the test cannot fall between two.
	_, err := w.sql.Exec(t.Context(), `UPDATE request_windows SET requests = 199, minute = now() + interval '10 minutes'`)
	require.NoError(t, err)
	require.Equal(t, 400, w.post(packPath, "{}").status, "the 200th")
	got := w.post(packPath, "{}")
	got.refused(t, 429, "TOO_MANY_REQUESTS", "Too many requests",
		"[rate: 200 requests a minute over all URLs are used up; wait for Retry-After and repeat]")
	wait, err := strconv.Atoi(got.header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, wait)
	require.LessOrEqual(t, wait, 60)
	require.Equal(t, 400, w.call(southgate, "POST", packPath, "{}").status, "another client goes on")
}

func TestABodyOver15MebibytesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	largest := `{"remarks": "` + strings.Repeat("x", 15<<20-15) + `"}`
	require.Len(t, largest, 15<<20)
	require.Equal(t, 400, w.post(packPath, largest).status)
	w.post(packPath, largest+" ").refused(t, 413, "TOO_LARGE", "Body too large", "[body: is over 15 MiB]")
}

func TestAPanicIsAnInternalError(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	web := httptest.NewServer(w.gateway.handle(func(context.Context, *call) (any, error) { panic("a mistake of ours") }))
	t.Cleanup(web.Close)
	w.url = web.URL
	w.post("/", "{}").refused(t, 500, "INTERNAL_ERROR", "Internal error", "[vmsflow: could not handle the call; repeat it]")
	require.Contains(t, w.log.String(), "a mistake of ours")
}

func TestADatabaseThatIsAwayIsAnInternalError(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	w.db.Close()
	w.post(packPath, "{}").refused(t, 500, "INTERNAL_ERROR", "Internal error", "[vmsflow: could not handle the call; repeat it]")
}

func TestTheLogNamesTheOrderAndNoSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.orderWithPO(erpPob, "LOGGED")
	w.startWorkflow(erpPob, id)
	posting := invoiceFor(id)
	qrCode := posting["qrCode"].(string)
	w.post(invoicePath, posting).ok(t)
	changed := w.post(invoicePath, posting.with(body{"qrCode": "eyJ.unmistakable2.c2ln"}))
	w.call(credential{"someone", "unheard-of password"}, "POST", invoicePath, posting)

	for _, secret := range []string{northline.password, "unheard-of password", "unmistakable", qrCode, pdf} {
		require.NotContains(t, w.log.String(), secret)
		require.NotContains(t, changed.body, secret)
	}
	require.Contains(t, w.log.String(), `"route":"POST /ajio-vms/b2bInvoice/posting","client":"northline","pob":"DV0012345","order_id":"LOGGED","status":200,"code":"","duration":`)
	require.Contains(t, w.log.String(), `"status":400,"code":"BAD_DATA"`)
	require.Contains(t, w.log.String(), `"status":401,"code":"UNAUTHORIZED"`)
}

func TestADocumentIsServedToTheClientOfItsOrderOnly(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	label := w.saveDocument(erpPob, "DOC", postgres.KindShippingLabel, "AWB1")
	foreign := w.saveDocument(otherPob, "DOC-FOREIGN", postgres.KindShippingLabel, "AWB2")
	path := "/documents/label/" + strconv.FormatInt(label.ID, 10)

	got := w.get(path).ok(t)
	require.Equal(t, "%PDF-1.7 shipping_label of DOC", got.body)
	require.Equal(t, "application/pdf", got.header.Get("Content-Type"))
	require.Equal(t, `inline; filename="label-DOC.pdf"`, got.header.Get("Content-Disposition"))
	require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))

	for name, unknown := range map[string]answer{
		"another client":            w.call(southgate, "GET", path, ""),
		"another client's document": w.get("/documents/label/" + strconv.FormatInt(foreign.ID, 10)),
		"another kind":              w.get("/documents/b2c-invoice/" + strconv.FormatInt(label.ID, 10)),
		"no such document":          w.get("/documents/label/999999"),
		"no number":                 w.get("/documents/label/first"),
		"no such kind":              w.get("/documents/shipping_label/" + strconv.FormatInt(label.ID, 10)),
	} {
		require.Equal(t, 404, unknown.status, name)
		unknown.refused(t, 404, "BAD_DATA", "Not found", "[document: is not known]")
	}
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	anonymous := credential{}
	ready := newWorld(t)
	got := ready.call(anonymous, "GET", "/readyz", "").ok(t)
	require.Equal(t, "database: ok\nschema: ok\ntemporal: ok\n", got.body)

	alone := newWorldWithoutTemporal(t)
	got = alone.call(anonymous, "GET", "/readyz", "").ok(t)
	require.Equal(t, "database: ok\nschema: ok\ntemporal: not ready\n", got.body)
	_, err := alone.sql.Exec(t.Context(), `DELETE FROM goose_db_version WHERE version_id > 0`)
	require.NoError(t, err)
	got = alone.call(anonymous, "GET", "/readyz", "")
	require.Equal(t, "database: ok\nschema: not ready\ntemporal: not ready\n", got.body)
	require.Equal(t, 503, got.status)
	alone.call(anonymous, "GET", "/livez", "").ok(t)
}

// The program itself. It reads the environment, so this test runs alone.
func TestTheProgramServesUntilItIsStopped(t *testing.T) {
	t.Setenv("DATABASE_URL", pgtest.URL(t))
	t.Setenv("TEMPORAL_ADDRESS", devserver.ForTest(t).Address)
	t.Setenv("GATEWAY_LISTEN", "127.0.0.1:0")
	t.Setenv("VMSFLOW_CHANNELS", channelsFile(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, nil, writer)
		_ = writer.CloseWithError(err) // or the test would wait for ever for a program that did not come up
		ended <- err
	}()

	line, err := bufio.NewReader(reader).ReadString('\n')
	require.NoError(t, err)
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "gateway listening on ")
	require.True(t, ok, line)
	for path, status := range map[string]int{"/livez": 200, "/readyz": 200, "/manifests?manifestCode=MF1": 401} {
		response, err := http.Get(address + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode, path)
	}
	cancel()
	require.NoError(t, <-ended)

	var help strings.Builder
	require.NoError(t, run(t.Context(), []string{"-help"}, &help))
	for _, variable := range []string{"GATEWAY_LISTEN: address to serve on (default 127.0.0.1:8080)\n", "GATEWAY_PUBLIC_URL: how", "(default 40s)\n"} {
		require.Contains(t, help.String(), variable)
	}
	require.ErrorContains(t, run(t.Context(), []string{"serve"}, io.Discard), `unexpected argument "serve"`)
	t.Setenv("GATEWAY_PACK_WAIT", "soon")
	require.ErrorContains(t, run(t.Context(), nil, io.Discard), "GATEWAY_PACK_WAIT")
}

func channelsFile(t *testing.T) string {
	t.Helper()
	t.Setenv("TEST_SECRET", "moss and granite")
	path := filepath.Join(t.TempDir(), "channels.yaml")
	require.NoError(t, os.WriteFile(path, []byte(`
channels:
  - pob: DV0012345
    name: Northline
    invoicing_model: erp
    invoice_checks: {warn_only: [INV-3]}
    seller: {gstin: 27AAPFU0939F1ZV}
    partner: {code: "1", location_code: KA01, address: {name: A, line1: B, city: C, state: D, zip: "560001"}}
    erp: {order_url: "https://erp.example/orders", return_url: "https://erp.example/returns"}
    ajio: {base_url: "https://ajio.example", partner: northline, username: northline, password_env: TEST_SECRET}
    warehouse: {base_url: "https://wms.example"}
    client: {name: northline, username: northline, password_env: TEST_SECRET}
`), 0o600))
	return path
}
