// Package gsttest signs QR strings as an IRP does, for tests and for the simulators of systems that hand them out.
package gsttest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"

	"github.com/golang-jwt/jwt/v5"

	"vmsflow/internal/gst"
)

// Issuer keeps a simulated document from ever passing for a real one (contracts/gst-einvoice.md §16).
const Issuer = "SIM"

// Key signs QR strings. It has the two names that NIC gives its keys, kid in hex and x5t in base64url. Real ones are
// thumbprints of a certificate; here they are cut from the hash of the public key.
type Key struct {
	private       *rsa.PrivateKey
	pem, kid, x5t string
}

// NewKey makes an RSA-2048 key, which takes a moment.
func NewKey() Key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("gsttest: %v", err))
	}
	return KeyOf(private)
}

// KeyOf signs with a key that several simulators share.
func KeyOf(private *rsa.PrivateKey) Key {
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		panic(fmt.Sprintf("gsttest: %v", err))
	}
	hash := sha256.Sum256(der)
	return Key{
		private: private,
		pem:     string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		kid:     fmt.Sprintf("%X", hash[:20]),
		x5t:     base64.RawURLEncoding.EncodeToString(hash[:20]),
	}
}

// ID is the key's kid.
func (k Key) ID() string { return k.kid }

// PEM is the public key in PKIX form.
func (k Key) PEM() string { return k.pem }

// Keys are those of an environment that trusts this key and the simulated issuer.
func (k Key) Keys() gst.QRKeys {
	keys, err := gst.NewQRKeys(map[string]string{k.kid: k.pem}, []string{Issuer})
	if err != nil {
		panic(fmt.Sprintf("gsttest: %v", err))
	}
	return keys
}

// Sign makes the string behind a signed QR with the ten values in the order of the IRP (contracts/gst-einvoice.md §5).
func (k Key) Sign(qr gst.QR) string {
	return k.SignClaims(jwt.MapClaims{"data": Data(qr), "iss": Issuer}, nil)
}

// SignClaims signs any claims; header replaces entries of the JWT's header.
func (k Key) SignClaims(claims jwt.MapClaims, header map[string]any) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"], token.Header["x5t"] = k.kid, k.x5t
	maps.Copy(token.Header, header)
	signed, err := token.SignedString(k.private)
	if err != nil {
		panic(fmt.Sprintf("gsttest: %v", err))
	}
	return signed
}

// Data writes the claim "data": JSON inside a string.
func Data(qr gst.QR) string {
	return fmt.Sprintf(
		`{"SellerGstin":%q,"BuyerGstin":%q,"DocNo":%q,"DocTyp":%q,"DocDt":%q,"TotInvVal":%d.%02d,"ItemCnt":%d,`+
			`"MainHsnCode":%q,"Irn":%q,"IrnDt":%q}`,
		qr.SellerGSTIN, qr.BuyerGSTIN, qr.DocNo, qr.DocType, qr.DocDate.In(gst.IST).Format("02/01/2006"),
		qr.TotalPaise/100, qr.TotalPaise%100, qr.ItemCount, qr.MainHSNCode, qr.IRN,
		qr.IRNDate.In(gst.IST).Format("2006-01-02 15:04:05"))
}
