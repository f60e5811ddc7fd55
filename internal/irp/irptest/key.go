package irptest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/golang-jwt/jwt/v5"

	"vmsflow/internal/irp/wire"
)

// Issuer keeps a simulated document from ever passing for a real one (contracts/gst-einvoice.md §16).
const Issuer = "SIM"

// Signature is how the simulator signs.
type Signature string

// The signatures. All but the first must never be believed; unknown_kid alone is a reason to wait for a person.
const (
	GoodSignature Signature = ""
	UnknownKid    Signature = "unknown_kid"
	WrongKey      Signature = "wrong_key" // another key under the right kid
	HS256         Signature = "hs256"     // with the public key as its secret
	NoSignature   Signature = "none"
)

var signatures = []Signature{GoodSignature, UnknownKid, WrongKey, HS256, NoSignature}

// signer signs QRs and invoices and has the two names that NIC gives its keys: kid in hex, x5t in base64url. Real ones
// are thumbprints of a certificate; here they are cut from the hash of the public key.
type signer struct {
	private  *rsa.PrivateKey
	other    *rsa.PrivateKey // for WrongKey; nil until needed
	pem      string
	kid, x5t string
	as       Signature
}

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("irptest: no RSA key: %v", err))
	}
	return key
}

func newSigner(private *rsa.PrivateKey) signer {
	if private == nil {
		private = newKey()
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		panic(fmt.Sprintf("irptest: %v", err))
	}
	hash := sha256.Sum256(der)
	return signer{
		private: private,
		pem:     string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		kid:     fmt.Sprintf("%X", hash[:20]),
		x5t:     base64.RawURLEncoding.EncodeToString(hash[:20]),
	}
}

// sign wraps content, as a string of JSON, into a JWT (contracts/gst-einvoice.md §5, verified).
func (s *signer) sign(content any) string {
	data, err := json.Marshal(content)
	if err != nil {
		panic(fmt.Sprintf("irptest: cannot encode what is to be signed: %v", err))
	}
	var method jwt.SigningMethod = jwt.SigningMethodRS256
	var key any = s.private
	kid := s.kid
	switch s.as {
	case GoodSignature:
	case UnknownKid:
		kid = fmt.Sprintf("%X", sha256.Sum256([]byte(s.kid)))[:len(s.kid)]
	case WrongKey:
		if s.other == nil {
			s.other = newKey()
		}
		key = s.other
	case HS256:
		method, key = jwt.SigningMethodHS256, []byte(s.pem)
	case NoSignature:
		method, key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	}
	token := jwt.NewWithClaims(method, jwt.MapClaims{wire.ClaimData: string(data), wire.ClaimIssuer: Issuer})
	token.Header["kid"], token.Header["x5t"] = kid, s.x5t
	signed, err := token.SignedString(key)
	if err != nil {
		panic(fmt.Sprintf("irptest: cannot sign: %v", err))
	}
	return signed
}

// PublicKeyPEM is the key that verifies QRs and invoices of this simulator, in PKIX form.
func (s *Server) PublicKeyPEM() string { return s.signer.pem }

// KeyID is the kid of that key.
func (s *Server) KeyID() string { return s.signer.kid }

// SignWith says how registrations are signed from now on.
func (s *Server) SignWith(signature Signature) error {
	if !slices.Contains(signatures, signature) {
		return fmt.Errorf("%q is none of the signatures %q", signature, signatures)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signer.as = signature
	return nil
}
