package gst_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

// irpKey and otherKey are made once per run; one is pinned, the other is not.
var (
	irpKey   = sync.OnceValue(newKey)
	otherKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// kid and x5t have the lengths of NIC's, a SHA-1 in hex and in base64url.
var (
	thumbprint = sha1.Sum([]byte("the IRP of the tests"))
	kid        = strings.ToUpper(hex.EncodeToString(thumbprint[:]))
	x5t        = base64.RawURLEncoding.EncodeToString(thumbprint[:])
)

func publicPEM(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// pinned are the keys of an environment that knows irpKey and its issuer.
func pinned(t testing.TB) gst.QRKeys {
	t.Helper()
	keys, err := gst.NewQRKeys(map[string]string{kid: publicPEM(t, irpKey())}, []string{"SIM"})
	require.NoError(t, err)
	return keys
}

// token is what one test signs; the zero value of a field means what the IRP would do.
type token struct {
	method jwt.SigningMethod
	key    any
	header map[string]any // replaces entries; nil deletes one
	claims jwt.MapClaims  // replaces {"data": storyData, "iss": "SIM"}
	data   string
}

func sign(t testing.TB, tok token) string {
	t.Helper()
	if tok.method == nil {
		tok.method = jwt.SigningMethodRS256
	}
	if tok.key == nil {
		tok.key = irpKey()
	}
	if tok.data == "" {
		tok.data = storyData
	}
	if tok.claims == nil {
		tok.claims = jwt.MapClaims{"data": tok.data, "iss": "SIM"}
	}
	made := jwt.NewWithClaims(tok.method, tok.claims)
	made.Header["kid"], made.Header["x5t"] = kid, x5t
	for name, value := range tok.header {
		made.Header[name] = value
		if value == nil {
			delete(made.Header, name)
		}
	}
	signed, err := made.SignedString(tok.key)
	require.NoError(t, err)
	return signed
}

// storyData is the claim "data" of contracts/gst-einvoice.md §5.
const storyData = `{"SellerGstin":"27AAPFU0939F1ZV","BuyerGstin":"29AAGCB7383J1Z4","DocNo":"AJ/25-26/000421","DocTyp":"INV","DocDt":"17/11/2025","TotInvVal":3255.00,"ItemCnt":2,"MainHsnCode":"62052000","Irn":"` + storyIRN + `","IrnDt":"2025-11-17 16:00:05"}`

func storyQR() gst.QR {
	return gst.QR{
		SellerGSTIN: seller, BuyerGSTIN: buyer, DocNo: "AJ/25-26/000421", DocType: gst.Invoice,
		DocDate: date(2025, time.November, 17), TotalPaise: 3255_00, ItemCount: 2, MainHSNCode: "62052000",
		IRN: storyIRN, IRNDate: ist(2025, time.November, 17, 16, 0, 5),
	}
}

// values are the ten values as they stand in storyData, with another one that reads as well.
var values = []struct {
	field          gst.QRField
	value, another string
}{
	{gst.FieldSellerGSTIN, `"27AAPFU0939F1ZV"`, `"10AABCU9355J1Z9"`},
	{gst.FieldBuyerGSTIN, `"29AAGCB7383J1Z4"`, `"09AABCU9355J1ZS"`},
	{gst.FieldDocNo, `"AJ/25-26/000421"`, `"AJ/25-26/000422"`},
	{gst.FieldDocType, `"INV"`, `"CRN"`},
	{gst.FieldDocDate, `"17/11/2025"`, `"18/11/2025"`},
	{gst.FieldTotal, `3255.00`, `3257.01`},
	{gst.FieldItemCount, `2`, `3`},
	{gst.FieldMainHSNCode, `"62052000"`, `"61091000"`},
	{gst.FieldIRN, `"` + storyIRN + `"`, `"0f94152d242e4fc228afd2a65fe050b985c2ccb41021ac360c03c601017a2a69"`},
	{gst.FieldIRNDate, `"2025-11-17 16:00:05"`, `"2025-11-17 16:00:06"`},
}

// with returns storyData with one value replaced; an empty replacement leaves it out.
func with(t testing.TB, field gst.QRField, replacement string) string {
	t.Helper()
	for _, v := range values {
		if v.field != field {
			continue
		}
		entry := `"` + string(field) + `":` + v.value
		require.Equal(t, 1, strings.Count(storyData, entry))
		if replacement == "" {
			without := strings.Replace(strings.Replace(storyData, entry+",", "", 1), ","+entry, "", 1)
			require.NotContains(t, without, `"`+string(field)+`"`)
			return without
		}
		return strings.Replace(storyData, entry, `"`+string(field)+`":`+replacement, 1)
	}
	require.Fail(t, "no such value", field)
	return ""
}

// payloadWith returns the middle part of a token.
func payloadWith(t testing.TB, data string) string {
	t.Helper()
	signing, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"data": data, "iss": "SIM"}).SigningString()
	require.NoError(t, err)
	_, payload, _ := strings.Cut(signing, ".")
	return payload
}
