package gst_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestASignedQROfRealLengthIsVerifiedAndRead(t *testing.T) {
	t.Parallel()
	signed := sign(t, token{})
	require.InDelta(t, 945, len(signed), 15, "real strings have 937 to 952 characters")
	qr, err := gst.ParseSignedQR(signed, pinned(t))
	require.NoError(t, err)
	require.Equal(t, storyQR(), qr)
}

func TestAStringThatIsNoJWTIsRefused(t *testing.T) {
	t.Parallel()
	signed := sign(t, token{})
	header, rest, _ := strings.Cut(signed, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	text := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, broken := range map[string]string{
		"empty":                 "",
		"one part":              header,
		"two parts":             header + "." + payload,
		"four parts":            signed + "." + signature,
		"no header":             "." + payload + "." + signature,
		"no payload":            header + ".." + signature,
		"padding":               signed + "==",
		"base64 but not url":    header + "." + payload + "." + "+/" + signature[2:],
		"a line break":          header + "." + payload + ".\n" + signature,
		"a space before":        " " + signed,
		"impossible length":     header + "." + payload + "A." + signature,
		"stray bits at the end": signed[:len(signed)-1] + "_",
		"header no JSON":        text("RS256") + "." + payload + "." + signature,
		"header no object":      text(`["RS256"]`) + "." + payload + "." + signature,
		"payload no JSON":       header + "." + text("data") + "." + signature,
		"payload no object":     header + "." + text(`"data"`) + "." + signature,
		"an image":              "iVBORw0KGgoAAAANSUhEUgAA",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := gst.ParseSignedQR(broken, pinned(t))
			requireIDs(t, err, ids(gst.QRForm))
		})
	}
}

func TestEveryAlgorithmButRS256IsRefusedBeforeAnyKeyIsTouched(t *testing.T) {
	t.Parallel()
	public := []byte(publicPEM(t, irpKey()))
	for name, tok := range map[string]token{
		"none": {method: jwt.SigningMethodNone, key: jwt.UnsafeAllowNoneSignatureType},
		"HS256 with the public key as its secret": {method: jwt.SigningMethodHS256, key: public},
		"HS512 with the public key as its secret": {method: jwt.SigningMethodHS512, key: public},
		"RS384":                                {method: jwt.SigningMethodRS384},
		"RS512":                                {method: jwt.SigningMethodRS512},
		"PS256":                                {method: jwt.SigningMethodPS256},
		"missing":                              {header: map[string]any{"alg": nil}},
		"lower case":                           {header: map[string]any{"alg": "rs256"}},
		"unheard of":                           {header: map[string]any{"alg": "RS257"}},
		"no text":                              {header: map[string]any{"alg": 256}},
		"a list":                               {header: map[string]any{"alg": []string{"RS256"}}},
		"None":                                 {header: map[string]any{"alg": "None"}},
		"ES256 in the header, signed by RS256": {header: map[string]any{"alg": "ES256"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signed := sign(t, tok)
			_, err := gst.ParseSignedQR(signed, pinned(t))
			requireIDs(t, err, ids(gst.QRAlgorithm))
			_, err = gst.ParseSignedQR(signed, gst.QRKeys{})
			requireIDs(t, err, ids(gst.QRAlgorithm), "an unknown key does not hide a forbidden algorithm")
		})
	}
}

func TestAnUnknownKeyIsTheOnlyFaultThatIsNoRefusal(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]map[string]any{
		"unknown":    {"kid": "0123456789ABCDEF0123456789ABCDEF01234567"},
		"missing":    {"kid": nil},
		"empty":      {"kid": ""},
		"no text":    {"kid": 1},
		"lower case": {"kid": strings.ToLower(kid)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			qr, err := gst.ParseSignedQR(sign(t, token{header: header}), pinned(t))
			requireIDs(t, err, ids(gst.QRKeyUnknown))
			require.Empty(t, qr, "nothing of an unverified QR is handed out")
		})
	}
	_, err := gst.ParseSignedQR(sign(t, token{}), gst.QRKeys{})
	requireIDs(t, err, ids(gst.QRKeyUnknown))
	require.ErrorContains(t, err, kid, "whoever adds the key must learn which")
}

func TestASignatureOfAnotherKeyOrTextIsRefused(t *testing.T) {
	t.Parallel()
	signed := sign(t, token{})
	parts := strings.Split(signed, ".")
	altered := map[bool]string{true: "B", false: "A"}[parts[2][100] == 'A']
	for name, broken := range map[string]string{
		"wrong key under a known kid": sign(t, token{key: otherKey()}),
		"an altered signature":        parts[0] + "." + parts[1] + "." + parts[2][:100] + altered + parts[2][101:],
		"no signature":                parts[0] + "." + parts[1] + ".",
		"a short signature":           parts[0] + "." + parts[1] + "." + parts[2][:100],
		"signature of another text":   parts[0] + "." + parts[1] + "." + strings.Split(sign(t, token{data: "{}"}), ".")[2],
		"another header":              strings.Split(sign(t, token{header: map[string]any{"typ": "X"}}), ".")[0] + "." + parts[1] + "." + parts[2],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := gst.ParseSignedQR(broken, pinned(t))
			requireIDs(t, err, ids(gst.QRSignature))
		})
	}
	for _, v := range values {
		t.Run("altered "+string(v.field), func(t *testing.T) {
			t.Parallel()
			_, err := gst.ParseSignedQR(parts[0]+"."+payloadWith(t, with(t, v.field, v.another))+"."+parts[2], pinned(t))
			requireIDs(t, err, ids(gst.QRSignature))
		})
	}
}

func TestAnIssuerOfAnotherEnvironmentIsRefused(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]jwt.MapClaims{
		"another":      {"data": storyData, "iss": "NIC"},
		"a sandbox":    {"data": storyData, "iss": "NIC Sandbox"},
		"missing":      {"data": storyData},
		"empty":        {"data": storyData, "iss": ""},
		"no text":      {"data": storyData, "iss": 1},
		"a list":       {"data": storyData, "iss": []string{"SIM"}},
		"in lowercase": {"data": storyData, "iss": "sim"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := gst.ParseSignedQR(sign(t, token{claims: claims}), pinned(t))
			requireIDs(t, err, ids(gst.QRSignature))
		})
	}
}

func TestDataIsAStringOfAJSONObject(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]any{
		"missing":   nil,
		"an object": map[string]any{"Irn": storyIRN},
		"no JSON":   "Irn",
		"a list":    "[]",
		"cut off":   storyData[:len(storyData)-1],
		"two":       storyData + storyData,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := gst.ParseSignedQR(sign(t, token{claims: jwt.MapClaims{"data": data, "iss": "SIM"}}), pinned(t))
			requireIDs(t, err, ids(gst.QRValue))
			require.Equal(t, "data", gst.ViolationsIn(err)[0].Field)
		})
	}
}

func TestEachOfTheTenValuesIsPresentAndReadable(t *testing.T) {
	t.Parallel()
	unreadable := map[gst.QRField][]string{
		gst.FieldDocType:   {`"inv"`, `"INVOICE"`},
		gst.FieldDocDate:   {`"2025-11-17"`, `"31/02/2025"`, `"7/11/2025"`, `"17-11-2025"`, `"17/11/2025 "`, `"17/11/25"`},
		gst.FieldTotal:     {`"3255.00"`, `3255.001`, `3.255e3`, `-3255.00`, `-0`, `1e999999999`, `12345678901234567.00`, `true`, `{}`},
		gst.FieldItemCount: {`"2"`, `2.0`, `2.5`, `-1`, `0`, `2e0`, `99999999999999999999`},
		gst.FieldIRNDate:   {`"2025-11-17T16:00:05"`, `"2025-11-17 16:00"`, `"2025-11-17 6:00:05"`, `"2025-11-17 16:00:05.1"`, `"2025-11-17 24:00:00"`},
	}
	for _, v := range values {
		for _, bad := range append(unreadable[v.field], "" /* missing */, `null`, `""`, `[]`) {
			t.Run(string(v.field)+" "+bad, func(t *testing.T) {
				t.Parallel()
				_, err := gst.ParseSignedQR(sign(t, token{data: with(t, v.field, bad)}), pinned(t))
				requireIDs(t, err, ids(gst.QRValue))
				require.Equal(t, string(v.field), gst.ViolationsIn(err)[0].Field)
			})
		}
	}
	_, err := gst.ParseSignedQR(sign(t, token{data: "{}"}), pinned(t))
	require.Len(t, gst.ViolationsIn(err), 10, "all are named together")
}

func TestTheTotalIsReadWithoutRounding(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`3255.00`: 3255_00, `3255`: 3255_00, `3255.5`: 3255_50, `0.07`: 7, `1.15`: 115, `3255.000`: 3255_00, `0`: 0,
		`999999999999.99`: 999_999_999_999_99, `90071992547409.93`: 9_007_199_254_740_993, // 2^53 + 1, which no float holds
	} {
		qr, err := gst.ParseSignedQR(sign(t, token{data: with(t, gst.FieldTotal, text)}), pinned(t))
		require.NoError(t, err, text)
		require.Equal(t, want, qr.TotalPaise, text)
	}
}

func TestValuesBesideTheTenAreIgnored(t *testing.T) {
	t.Parallel()
	_, err := gst.ParseSignedQR(sign(t, token{data: strings.Replace(storyData, "{", `{"EwbNo":null,`, 1)}), pinned(t))
	require.NoError(t, err)
}

func TestTheIRNOfAQRIsComputedFromItsOwnValues(t *testing.T) {
	t.Parallel()
	for _, v := range values {
		partOfIRN := map[gst.QRField]bool{gst.FieldSellerGSTIN: true, gst.FieldDocNo: true, gst.FieldDocType: true, gst.FieldIRN: true}
		var want []gst.ID
		if partOfIRN[v.field] {
			want = ids(gst.IRNDiffers)
		}
		_, err := gst.ParseSignedQR(sign(t, token{data: with(t, v.field, v.another)}), pinned(t))
		requireIDs(t, err, want, v.field)
	}
	_, err := gst.ParseSignedQR(sign(t, token{data: with(t, gst.FieldDocDate, `"01/04/2026"`)}), pinned(t))
	requireIDs(t, err, ids(gst.IRNDiffers), "another financial year")
	_, err = gst.ParseSignedQR(sign(t, token{data: with(t, gst.FieldIRN, `"F57C"`)}), pinned(t))
	requireIDs(t, err, ids(gst.IRNForm))
	_, err = gst.ParseSignedQR(sign(t, token{data: with(t, gst.FieldDocNo, `"aj/25-26/000421"`)}), pinned(t))
	require.NoError(t, err, "the number may stand in the QR as it was sent")
}

// FuzzParseSignedQR holds that no string panics or passes unverified, and that signed data passes only whole.
func FuzzParseSignedQR(f *testing.F) {
	f.Add(sign(f, token{}), storyData)
	f.Add("a.b.c", "{}")
	f.Add("..", "null")
	f.Add("eyJhbGciOiJub25lIn0.e30.", `{"Irn":""}`)
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6MX0.bnVsbA.AAAA", "[]")
	f.Add("bnVsbA.bnVsbA.bnVsbA", `{"TotInvVal":1e400}`)
	for _, v := range values {
		f.Add(sign(f, token{data: with(f, v.field, v.another)}), with(f, v.field, v.another))
		f.Add(sign(f, token{data: with(f, v.field, "")}), with(f, v.field, `null`))
	}
	f.Fuzz(func(t *testing.T, raw, data string) {
		keys := pinned(t)
		for _, signed := range []string{raw, sign(t, token{claims: jwt.MapClaims{"data": data, "iss": "SIM"}})} {
			qr, err := gst.ParseSignedQR(signed, keys)
			if err != nil {
				require.NotEmpty(t, gst.ViolationsIn(err), "every error has an id")
				require.Empty(t, qr)
				continue
			}
			require.NoError(t, gst.MatchesIRN(qr.IRN, qr.SellerGSTIN, qr.DocDate, qr.DocType, qr.DocNo))
			require.NoError(t, gst.CompareQR(qr, qr))
			require.Positive(t, qr.ItemCount)
			require.GreaterOrEqual(t, qr.TotalPaise, int64(0))
		}
	})
}

func TestWhatAQRSaysCanBeReadWithoutItsKey(t *testing.T) {
	t.Parallel()
	qr, err := gst.ReadUnverifiedQR(sign(t, token{}))
	require.NoError(t, err)
	require.Equal(t, storyQR(), qr)
	unsigned, err := gst.ReadUnverifiedQR(sign(t, token{method: jwt.SigningMethodNone, key: jwt.UnsafeAllowNoneSignatureType}))
	require.NoError(t, err)
	require.Equal(t, storyQR(), unsigned)

	_, err = gst.ReadUnverifiedQR("iVBORw0KGgo=")
	requireIDs(t, err, ids(gst.QRForm))
	_, err = gst.ReadUnverifiedQR(sign(t, token{claims: jwt.MapClaims{"iss": "SIM"}}))
	requireIDs(t, err, ids(gst.QRValue))
}
