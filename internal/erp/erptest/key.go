package erptest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"vmsflow/internal/gst"
)

// Issuer is the "iss" of the signed QRs: no simulated document can pass for a real one (contracts/gst-einvoice.md §16).
const Issuer = "SIM"

// signingKey signs QR codes and has the two names that NIC gives its keys: kid in hex, x5t in base64url. Real
// ones are thumbprints of a certificate; here they are cut from the hash of the public key.
type signingKey struct {
	private  *rsa.PrivateKey
	pem      string
	kid, x5t string
}

// makeSigningKey makes a new one.
func makeSigningKey() signingKey {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("erptest: no RSA key: %v", err))
	}
	return newSigningKey(private)
}

func newSigningKey(private *rsa.PrivateKey) signingKey {
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		panic(fmt.Sprintf("erptest: %v", err))
	}
	hash := sha256.Sum256(der)
	return signingKey{
		private: private,
		pem:     string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		kid:     fmt.Sprintf("%X", hash[:20]),
		x5t:     base64.RawURLEncoding.EncodeToString(hash[:20]),
	}
}

// sign makes a signed QR; the same values always give the same one.
func (k signingKey) sign(qr gst.QR) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"data": qrData(qr), "iss": Issuer})
	token.Header["kid"], token.Header["x5t"] = k.kid, k.x5t
	signed, err := token.SignedString(k.private)
	if err != nil {
		panic(fmt.Sprintf("erptest: %v", err))
	}
	return signed
}

// PublicKeyPEM is the key that verifies this ERP's QR codes, in PKIX form.
func (s *Server) PublicKeyPEM() string { return s.key.pem }

// KeyID is the kid of that key.
func (s *Server) KeyID() string { return s.key.kid }
