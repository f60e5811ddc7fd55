package irptest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/simulate"
)

func keys(t *testing.T, b *bundle) gst.QRKeys {
	t.Helper()
	pinned, err := gst.NewQRKeys(map[string]string{b.KeyID(): b.PublicKeyPEM()}, []string{irptest.Issuer})
	require.NoError(t, err)
	return pinned
}

func TestTheSignedQRHasTheTenValuesOfTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t)
	said := b.register(t, story())
	signed := said.Data["SignedQRCode"].(string)
	// Order and form count, not only the values.
	require.Equal(t, []string{`{"SellerGstin":"27AAPFU0939F1ZV"`, `"BuyerGstin":"29AAGCB7383J1Z4"`, `"DocNo":"AJ/25-26/000421"`,
		`"DocTyp":"INV"`, `"DocDt":"17/11/2025"`, `"TotInvVal":3255.00`, `"ItemCnt":2`, `"MainHsnCode":"62052000"`,
		`"Irn":"` + storyIRN + `"`, `"IrnDt":"2025-11-17 16:00:05"}`}, strings.Split(claim(t, signed, "data"), ","))
	require.Equal(t, "SIM", claim(t, signed, "iss"))
	qr, err := gst.ParseSignedQR(signed, keys(t, b))
	require.NoError(t, err)
	require.Equal(t, int64(3255_00), qr.TotalPaise)
	require.InDelta(t, 945, len(signed), 15, "as long as real ones")

	var invoice map[string]any
	require.NoError(t, json.Unmarshal([]byte(claim(t, said.Data["SignedInvoice"].(string), "data")), &invoice))
	require.Equal(t, storyIRN, invoice["Irn"])
	require.Equal(t, "AJ/25-26/000421", invoice["DocDtls"].(map[string]any)["No"])
}

func claim(t *testing.T, signed, name string) string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(signed, ".")[1])
	require.NoError(t, err)
	var claims map[string]string
	require.NoError(t, json.Unmarshal(payload, &claims))
	return claims[name]
}

func TestARegistrationIsAnsweredInTheContractsShape(t *testing.T) {
	t.Parallel()
	b := setup(t)
	data := b.register(t, story()).Data
	require.InDelta(t, 112510000000001, data["AckNo"], 0, "a number of 15 digits")
	require.Equal(t, "2025-11-17 16:00:05", data["AckDt"])
	require.Equal(t, storyIRN, data["Irn"])
	require.Equal(t, "ACT", data["Status"])
	for _, field := range []string{"EwbNo", "EwbDt", "EwbValidTill"} {
		require.Contains(t, data, field)
		require.Nil(t, data[field])
	}
	require.Equal(t, data, b.read(t, storyIRN).Data)
}

func TestANumberIsTakenForEverAlsoInAnotherLetterCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.register(t, story())
	for range 2 { // the second time it is cancelled
		for _, number := range []string{"AJ/25-26/000421", "aj/25-26/000421", "Aj/25-26/000421"} {
			again := story()
			again.DocDtls.No = number
			said := b.register(t, again)
			require.Equal(t, []string{"2150"}, said.codes())
			require.Equal(t, []map[string]any{{"InfCd": "DUPIRN", "Desc": map[string]any{
				"AckNo": float64(112510000000001), "AckDt": "2025-11-17 16:00:05", "Irn": storyIRN,
			}}}, said.InfoDtls)
		}
		b.Advance(time.Minute)
		b.cancel(t, storyIRN)
	}
	note := story()
	note.DocDtls.Typ = gst.CreditNote
	require.Equal(t, 1, b.register(t, note).Status, "each type has its numbers")
	document, _ := b.Document(storyIRN)
	require.Equal(t, 7, document.Asked)
}

func TestALowerCaseNumberIsHashedInUpperCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	document := story()
	document.DocDtls.No = "aj/25-26/000421"
	require.Equal(t, storyIRN, b.register(t, document).Data["Irn"])
}

func TestADocumentIsCancelledWithin24HoursOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		after time.Duration
		codes []string
	}{
		{"at once", 0, nil},
		{"exactly 24:00:00", 24 * time.Hour, nil},
		{"a second later", 24*time.Hour + time.Second, []string{"2270"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.register(t, story())
			b.Advance(c.after)
			said := b.cancel(t, storyIRN)
			require.Equal(t, c.codes, said.codes())
			document, _ := b.Document(storyIRN)
			if c.codes != nil {
				require.Equal(t, wire.StatusActive, document.Status)
				return
			}
			require.Equal(t, map[string]any{"Irn": storyIRN, "CancelDate": b.now.Format(time.DateTime)}, said.Data)
			require.Equal(t, "CNL", b.read(t, storyIRN).Data["Status"])
			require.Equal(t, []string{"9999"}, b.cancel(t, storyIRN).codes())
			require.True(t, b.now.Equal(*document.CancelledAt))
		})
	}
}

func TestAnActiveEWayBillKeepsADocumentFromBeingCancelled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Error(t, b.SetEWayBill(storyIRN, true))
	b.register(t, story())
	require.NoError(t, b.SetEWayBill(storyIRN, true))
	require.Equal(t, []string{"2230"}, b.cancel(t, storyIRN).codes())
	require.NoError(t, b.SetEWayBill(storyIRN, false))
	require.Equal(t, 1, b.cancel(t, storyIRN).Status)
}

func TestACancellationHasAReasonAndARemark(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.register(t, story())
	for _, bad := range []wire.Cancellation{
		{Irn: storyIRN, CnlRsn: "5", CnlRem: "x"}, {Irn: storyIRN, CnlRsn: "", CnlRem: "x"}, {Irn: storyIRN, CnlRsn: "1"},
		{Irn: storyIRN, CnlRsn: "1", CnlRem: strings.Repeat("x", 101)}, {Irn: storyIRN, CnlRsn: "1", CnlRem: `"x"`},
	} {
		require.Equal(t, []string{"2140"}, b.send(t, "POST", wire.PathCancel, bad, b.headers(t, seller)).codes(), bad)
	}
	require.Equal(t, []string{"2154"}, b.cancel(t, strings.Repeat("0", 64)).codes())
}

func TestADocumentIsReadForTwoDaysByItsSupplier(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, []string{"2148"}, b.read(t, storyIRN).codes())
	b.register(t, story())
	require.Equal(t, []string{"2143"}, b.send(t, "GET", wire.PathByIRN+"/"+storyIRN, nil, b.headers(t, other)).codes())
	b.Advance(48 * time.Hour)
	require.Equal(t, 1, b.read(t, storyIRN).Status)
	b.Advance(time.Second)
	require.Equal(t, []string{"2283"}, b.read(t, storyIRN).codes())
	document, _ := b.Document(storyIRN)
	require.Equal(t, 1, document.Reads)
}

func TestATokenLivesSixHoursAndIsGivenOutAgainWhileItDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.login(t, seller)
	require.Equal(t, "2025-11-17 22:00:05", first.Data["TokenExpiry"])
	headers := b.headers(t, seller)
	b.Advance(6*time.Hour - time.Second)
	require.Equal(t, first.Data, b.login(t, seller).Data)
	require.Equal(t, []string{"2148"}, b.send(t, "GET", wire.PathByIRN+"/x", nil, headers).codes())
	b.Advance(time.Second)
	require.Equal(t, []string{"1005"}, b.send(t, "GET", wire.PathByIRN+"/x", nil, headers).codes())
	require.NotEqual(t, first.Data, b.login(t, seller).Data)
}

func TestEveryPartOfTheCredentialIsChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name := range b.headers(t, seller) {
		headers := b.headers(t, seller)
		headers[name] = "wrong"
		require.Equal(t, []string{"1005"}, b.send(t, "POST", wire.PathInvoice, story(), headers).codes(), name)
	}
	login := func(user, password, client string) []string {
		return b.send(t, "POST", wire.PathLogin, wire.Login{UserName: user, Password: password}, map[string]string{
			wire.HeaderClientID: client, wire.HeaderClientSecret: "secret",
		}).codes()
	}
	good := account(seller)
	require.Equal(t, []string{"1008"}, login("nobody", good.Password, good.ClientID))
	require.Equal(t, []string{"1008"}, login(good.Username, "wrong", good.ClientID))
	require.Equal(t, []string{"1010"}, login(good.Username, good.Password, "wrong"))
	require.Empty(t, b.State().Documents)
}

func TestFaultsOnDemandHaveTheIRPsShape(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Faults.Next(irptest.CallRegister, simulate.Refused, 1)
	b.Faults.Next(irptest.CallRegister, simulate.TokenExpired, 1)
	require.Equal(t, []string{"3029"}, b.register(t, story()).codes())
	require.Equal(t, []string{"1005"}, b.register(t, story()).codes())
	require.Equal(t, 1, b.register(t, story()).Status)
}

func TestEveryThirdRegistrationLosesItsAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *irptest.Options) { o.LoseEvery = 3 })
	var lost []int
	for i := range 9 {
		document := story()
		document.DocDtls.No = "A" + string(rune('1'+i))
		body, err := json.Marshal(document)
		require.NoError(t, err)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+wire.PathInvoice, bytes.NewReader(body))
		require.NoError(t, err)
		for name, value := range b.headers(t, seller) {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			lost = append(lost, i)
			require.Equal(t, []string{"2150"}, b.register(t, document).codes(), "a repeat has no effect and is answered")
			continue
		}
		resp.Body.Close()
	}
	require.Equal(t, []int{2, 5, 8}, lost)
	require.Len(t, b.State().Documents, 9)
}

func TestTheSwitchSignsAsNobodyMayBelieve(t *testing.T) {
	t.Parallel()
	for signature, want := range map[irptest.Signature]gst.ID{
		irptest.UnknownKid: gst.QRKeyUnknown, irptest.WrongKey: gst.QRSignature, irptest.HS256: gst.QRAlgorithm, irptest.NoSignature: gst.QRAlgorithm,
	} {
		t.Run(string(signature), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.post(t, "signature", irptest.SignatureOrder{Signature: signature}, http.StatusNoContent)
			_, err := gst.ParseSignedQR(b.register(t, story()).Data["SignedQRCode"].(string), keys(t, b))
			require.True(t, gst.HasID(err, want), err)
			require.NoError(t, b.SignWith(irptest.GoodSignature))
			next := story()
			next.DocDtls.No = "AJ/25-26/000422"
			_, err = gst.ParseSignedQR(b.register(t, next).Data["SignedQRCode"].(string), keys(t, b))
			require.NoError(t, err)
		})
	}
	require.Error(t, setup(t).SignWith("ES256"))
}

func (b *bundle) post(t *testing.T, path string, body any, status int) {
	t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	resp, err := http.Post(b.URL+irptest.AdminPrefix+"/"+path, "application/json", bytes.NewReader(encoded))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, status, resp.StatusCode)
}

func (b *bundle) get(t *testing.T, path string, into any) {
	t.Helper()
	resp, err := http.Get(b.URL + irptest.AdminPrefix + "/" + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}

func TestAnotherProcessSeesEverythingAndCanVerifyIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	note := story()
	note.DocDtls.Typ, note.DocDtls.No = gst.CreditNote, "CN/25-26/000042"
	note.RefDtls = &wire.RefDtls{PrecDocDtls: []wire.PrecDoc{{InvNo: "AJ/25-26/000421", InvDt: on(2025, time.November, 17)}}}
	b.register(t, story())
	b.register(t, note)
	b.post(t, "eway_bill", irptest.EWayBillOrder{IRN: storyIRN, Active: true}, http.StatusNoContent)
	b.post(t, "eway_bill", irptest.EWayBillOrder{IRN: "unknown", Active: true}, http.StatusBadRequest)

	var state irptest.State
	b.get(t, "state", &state)
	require.Len(t, state.Documents, 2)
	var key irptest.PublicKey
	b.get(t, "key", &key)
	pinned, err := gst.NewQRKeys(map[string]string{key.KeyID: key.PEM}, []string{key.Issuer})
	require.NoError(t, err)
	for i := range state.Documents {
		qr, err := gst.ParseSignedQR(state.Documents[i].SignedQR, pinned)
		require.NoError(t, err)
		require.Equal(t, state.Documents[i].IRN, qr.IRN)
		state.Documents[i].SignedQR, state.Documents[i].SignedInvoice = "", ""
	}
	at := time.Date(2025, time.November, 17, 16, 0, 5, 0, gst.IST)
	for _, d := range state.Documents {
		require.True(t, at.Equal(d.AckDate))
	}
	at = state.Documents[0].AckDate
	require.Equal(t, []irptest.DocumentState{
		{
			GSTIN: seller, Type: "INV", Number: "AJ/25-26/000421", Date: "17/11/2025", IRN: storyIRN, AckNo: "112510000000001", AckDate: at,
			Status: wire.StatusActive, BuyerGSTIN: buyer, TotalPaise: 3255_00, ItemCount: 2, Asked: 1, EWayBill: true,
		},
		{
			GSTIN: seller, Type: "CRN", Number: "CN/25-26/000042", Date: "17/11/2025", Originals: []string{"AJ/25-26/000421"},
			IRN: note.IRN(), AckNo: "112510000000002", AckDate: state.Documents[1].AckDate,
			Status: wire.StatusActive, BuyerGSTIN: buyer, TotalPaise: 3255_00, ItemCount: 2, Asked: 1,
		},
	}, state.Documents)
}

func TestTheLedgerKeepsWhatWasRegisteredAndCancelledAndNoSecret(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.register(t, story())
	b.register(t, story())
	b.cancel(t, storyIRN)
	effects := b.Ledger.Calls(func(c simulate.Call) bool { return c.Effect })
	require.Len(t, effects, 2)
	for i, name := range []string{irptest.CallRegister, irptest.CallCancel} {
		require.Equal(t, name, effects[i].Name)
		require.Equal(t, storyIRN, effects[i].Key)
		require.Equal(t, seller, effects[i].Client)
		require.Equal(t, irptest.System, effects[i].System)
	}
	require.JSONEq(t, `{"type":"INV","number":"AJ/25-26/000421","ack_no":"112510000000001","buyer_gstin":"`+buyer+`","total_paise":325500}`, string(effects[0].Detail))
	refused := b.Ledger.Named(irptest.CallRegister)[1]
	require.Equal(t, storyIRN, refused.Key)
	require.Contains(t, string(refused.Detail), "2150")
	whole, err := json.Marshal(b.Ledger.Calls(nil))
	require.NoError(t, err)
	for _, secret := range []string{"password", `"secret"`, "simulated."} {
		require.NotContains(t, string(whole), secret)
	}
}

func TestEveryStartHasItsOwnKey(t *testing.T) {
	t.Parallel()
	one, two := irptest.New(irptest.Options{}), irptest.New(irptest.Options{})
	require.NotEqual(t, one.KeyID(), two.KeyID())
	require.NotEqual(t, one.PublicKeyPEM(), two.PublicKeyPEM())
}
