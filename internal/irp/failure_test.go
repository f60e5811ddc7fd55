package irp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/irp"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/simulate"
)

// everyCall names a use of each call but the login.
func everyCall() map[string]func(context.Context, *irp.Client) error {
	return map[string]func(context.Context, *irp.Client) error{
		"register": func(ctx context.Context, c *irp.Client) error { _, err := c.Register(ctx, story()); return err },
		"read":     func(ctx context.Context, c *irp.Client) error { _, err := c.Find(ctx, storyIRN); return err },
		"cancel": func(ctx context.Context, c *irp.Client) error {
			_, err := c.Cancel(ctx, storyIRN, irp.ReasonOther, "wrong price")
			return err
		},
	}
}

func TestEveryCodeHasItsKind(t *testing.T) {
	t.Parallel()
	kinds := map[string]irp.Kind{
		wire.CodeInvalidToken: irp.KindAuth, wire.CodeLogin: irp.KindAuth, wire.CodeClient: irp.KindAuth,
		wire.CodeDuplicate: irp.KindDuplicate, wire.CodeNotActive: irp.KindNotActive,
		wire.CodeTooOldToRead: irp.KindTooOld, wire.CodeCancelTooLate: irp.KindTooLate,
	}
	for _, code := range []string{
		"2140", "2143", "2148", "2154", "2172", "2176", "2182", "2189", "2193", "2212", "2230", "4002", "2233", "2234", "2258", "2265",
		"3028", "3029", "1234",
	} {
		kinds[code] = irp.KindRefused
	}
	require.Len(t, kinds, 26)
	for code, kind := range kinds {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, stub(t, says(200, refusal(code))))
			for call, try := range everyCall() {
				err := try(t.Context(), client)
				if call == "read" && (code == "2143" || code == "2148" || code == "2154") {
					require.NoError(t, err, "not there")
					continue
				}
				var failed *irp.Error
				require.ErrorAs(t, err, &failed, call)
				require.Equal(t, kind, failed.Kind, call)
				require.Equal(t, []string{code}, failed.Codes)
				require.Contains(t, err.Error(), code+": words of the portal", "an operator needs both")
			}
		})
	}
}

func TestAmongSeveralCodesTheOneWithAMeaningDecides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codes []string
		kind  irp.Kind
	}{
		{[]string{"2172", "2189"}, irp.KindRefused},
		{[]string{"2189", "2150"}, irp.KindDuplicate},
		{[]string{"2270", "9999"}, irp.KindNotActive},
		{[]string{"2148", "2140"}, irp.KindRefused},
	} {
		_, err := newClient(t, stub(t, says(200, refusal(c.codes...)))).Find(t.Context(), storyIRN)
		var failed *irp.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, c.kind, failed.Kind)
		require.Equal(t, c.codes, failed.Codes)
		require.Equal(t, 1, strings.Count(err.Error(), "; "))
	}
	found, err := newClient(t, stub(t, says(200, refusal("2148", "2154")))).Find(t.Context(), storyIRN)
	require.NoError(t, err)
	require.Nil(t, found)
}

func TestAnOperatorIsToldWhatToMend(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, stub(t, says(200, refusal("2172", "2258")))).Register(t.Context(), story())
	require.EqualError(t, err, "IRP, register INV AJ/25-26/000421: refused: 2172: words of the portal (the place of supply is wrong); "+
		"2258: words of the portal (mend the seller's state in the configuration)")
}

func TestEveryFailureShapeIsUnderstoodOnEveryCall(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]struct {
		answer  http.HandlerFunc
		kind    irp.Kind
		status  int
		message string
	}{
		"500 with HTML":          {says(500, "<html><body>Bad\nday</body></html>"), irp.KindUnavailable, 500, "<html><body>Bad day</body></html>"},
		"500 with a refusal":     {says(500, refusal("2150")), irp.KindUnavailable, 500, "2150"},
		"502 with empty body":    {says(502, ""), irp.KindUnavailable, 502, ""},
		"503 without a wait":     {says(503, ""), irp.KindUnavailable, 503, ""},
		"408":                    {says(408, ""), irp.KindUnavailable, 408, ""},
		"200 with HTML":          {says(200, "<html>maintenance</html>"), irp.KindMalformed, 200, "does not say whether"},
		"200 with empty body":    {says(200, ""), irp.KindMalformed, 200, "does not say whether"},
		"200 cut short":          {says(200, `{"Status": 1, "Da`), irp.KindMalformed, 200, "does not say whether"},
		"200 without a status":   {says(200, `{"Data": {}}`), irp.KindMalformed, 200, "does not say whether"},
		"200 with a null status": {says(200, `{"Status": null}`), irp.KindMalformed, 200, "does not say whether"},
		"done without Data":      {says(200, `{"Status": 1, "Data": null}`), irp.KindMalformed, 200, ""},
		"done with other Data":   {says(200, `{"Status": 1, "Data": "x"}`), irp.KindMalformed, 200, "Data cannot be read"},
		"failed without reasons": {says(200, `{"Status": 0, "ErrorDetails": null}`), irp.KindRefused, 200, "no reason was given"},
		"failed with other ones": {says(200, `{"Status": 0, "ErrorDetails": "2150"}`), irp.KindRefused, 200, `"2150"`},
		"400 with a refusal":     {says(400, refusal("2140")), irp.KindRefused, 400, "2140: words of the portal"},
		"404":                    {says(404, "no such page"), irp.KindRefused, 404, "no such page"},
		"401 for good":           {says(401, "who?"), irp.KindAuth, 401, "who?"},
		"403":                    {says(403, "not you"), irp.KindAuth, 403, "not you"},
		"429":                    {says(429, ""), irp.KindThrottled, 429, ""},
		"redirect": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusFound)
		}, irp.KindRefused, 302, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, stub(t, shape.answer))
			for call, try := range everyCall() {
				err := try(t.Context(), client)
				var failed *irp.Error
				require.ErrorAs(t, err, &failed, call)
				require.Equal(t, shape.kind, failed.Kind, "%s: %v", call, err)
				require.Equal(t, shape.status, failed.Status, call)
				require.Contains(t, failed.Message, shape.message, call)
			}
		})
	}
}

func TestTheWaitThatTheIRPAsksForIsPassedOn(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "100000": time.Hour, "-1": 0, "soon": 0, "Mon, 17 Nov 2025 10:31:05 GMT": time.Minute,
	} {
		client := newClient(t, stub(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusServiceUnavailable)
		}), func(c *irp.Config) { c.Now = newClock().Now })
		_, err := client.Register(t.Context(), story())
		var failed *irp.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, irp.KindThrottled, failed.Kind)
		require.Equal(t, want, failed.RetryAfter, header)
	}
}

func TestARegistrationIsCompleteOrNotBelieved(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]any{
		"Irn": "", "AckNo": nil, "AckDt": nil, "SignedInvoice": nil, "SignedQRCode": "", "Status": "XYZ",
	} {
		body := bent(t, field, value)
		for call, try := range everyCall() {
			if call == "cancel" {
				continue
			}
			err := try(t.Context(), newClient(t, stub(t, says(200, body))))
			require.True(t, irp.IsKind(err, irp.KindMalformed), "%s of %s: %v", field, call, err)
			require.ErrorContains(t, err, field)
		}
	}
	_, err := newClient(t, stub(t, says(200, bent(t, "AckDt", "17/11/2025 16:00")))).Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindMalformed), err)
}

func TestAnAnswerAboutAnotherDocumentIsNotBelieved(t *testing.T) {
	t.Parallel()
	const other = "0f94152d242e4fc228afd2a65fe050b985c2ccb41021ac360c03c601017a2a69"
	client := newClient(t, stub(t, says(200, bent(t, "Irn", other))))
	_, err := client.Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindRefused), "a person must look: the document is registered, but under another IRN")
	require.ErrorContains(t, err, other)
	_, err = client.Find(t.Context(), storyIRN)
	require.True(t, irp.IsKind(err, irp.KindMalformed), err)

	_, err = newClient(t, stub(t, says(200, bent(t, "Status", "CNL")))).Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindRefused), err)
	cancelled := strings.Replace(string(golden(t, "cancel.response")), storyIRN, other, 1)
	_, err = newClient(t, stub(t, says(200, cancelled))).Cancel(t.Context(), storyIRN, irp.ReasonOther, "x")
	require.True(t, irp.IsKind(err, irp.KindMalformed), err)
}

// bent is the example's answer to a registration with one field of its Data replaced.
func bent(t *testing.T, field string, value any) string {
	t.Helper()
	var answer map[string]any
	require.NoError(t, json.Unmarshal(golden(t, "register.response"), &answer))
	answer["Data"].(map[string]any)[field] = value
	body, err := json.Marshal(answer)
	require.NoError(t, err)
	return string(body)
}

func TestAnUnknownOutcomeIsCalledSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	impatient := newClient(t, b.sim.URL, func(c *irp.Config) { c.Timeout = time.Second })
	_, err := impatient.Find(t.Context(), storyIRN) // signs in
	require.NoError(t, err)
	b.sim.Faults.Next(irptest.CallRegister, simulate.Timeout, 1)
	_, err = impatient.Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindUnavailable), err)
	require.ErrorContains(t, err, "no answer within 1s, the outcome is unknown")

	b.sim.Close()
	_, err = b.client.Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindUnavailable), err)
}

func TestACallThatIsGivenUpSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for call, try := range everyCall() {
		err := try(ctx, b.client)
		require.True(t, irp.IsKind(err, irp.KindUnavailable), call)
		require.ErrorIs(t, err, context.Canceled, call)
	}
}

func TestNoPartOfTheCredentialStandsInAnError(t *testing.T) {
	t.Parallel()
	secrets := []string{clientID, clientSecret, username, password, "3bVgDvKZCmLFx9pHYVQzSmVnL"}
	echo := strings.Join(secrets, " and ")
	refused := strings.Replace(refusal("2140"), "words of the portal", echo, 1)
	for _, answer := range []http.HandlerFunc{says(500, echo), says(404, echo), says(200, refused), says(401, echo), says(200, `{"Status": 1, "Data": "`+echo+`"}`)} {
		for call, try := range everyCall() {
			err := try(t.Context(), newClient(t, stub(t, answer)))
			require.Error(t, err)
			for _, secret := range secrets {
				require.NotContains(t, err.Error(), secret, call)
			}
		}
	}
}

func TestNewSaysWhatToMend(t *testing.T) {
	t.Parallel()
	good := irp.Config{
		BaseURL: "https://irp.example/", ClientID: clientID, ClientSecret: clientSecret, GSTIN: seller, Username: username, Password: password,
	}
	_, err := irp.New(good)
	require.NoError(t, err)
	for problem, spoil := range map[string]func(*irp.Config){
		"base URL must be an absolute": func(c *irp.Config) { c.BaseURL = "irp.example" },
		"must not hold a credential":   func(c *irp.Config) { c.BaseURL = "https://a:b@irp.example" },
		"GSTIN is missing":             func(c *irp.Config) { c.GSTIN = "" },
		"client id or secret":          func(c *irp.Config) { c.ClientID = "" },
		"username or password":         func(c *irp.Config) { c.Password = "" },
		"below zero":                   func(c *irp.Config) { c.Timeout = -1 },
	} {
		config := good
		spoil(&config)
		_, err := irp.New(config)
		require.ErrorContains(t, err, problem)
		require.NotContains(t, err.Error(), password)
		require.NotContains(t, err.Error(), clientSecret)
	}
}
