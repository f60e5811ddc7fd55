package gst

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// minKeyBits is the size of the IRPs' keys (contracts/gst-einvoice.md §5, verified).
const minKeyBits = 2048

// QRKeys are the public keys by which one environment knows a signed QR, and the issuers that it expects. Production
// and sandboxes have separate ones (contracts/gst-einvoice.md §5, documented; pinning assumed). The zero value trusts
// nobody.
type QRKeys struct {
	byKid   map[string]*rsa.PublicKey
	issuers []string
}

// NewQRKeys reads RSA public keys or certificates in PEM, by the kid that a JWT's header names, and takes the allowed
// values of "iss", such as "NIC". Without any key every signed QR is QR-005. It refuses keys without an issuer, and
// weak keys.
func NewQRKeys(pemByKid map[string]string, issuers []string) (QRKeys, error) {
	if len(pemByKid) > 0 && len(issuers) == 0 || slices.Contains(issuers, "") {
		return QRKeys{}, errors.New("keys of signed QRs need the issuers that are allowed, such as NIC")
	}
	keys := QRKeys{byKid: map[string]*rsa.PublicKey{}, issuers: slices.Clone(issuers)}
	for _, kid := range slices.Sorted(maps.Keys(pemByKid)) {
		key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(pemByKid[kid]))
		switch {
		case kid == "":
			return QRKeys{}, errors.New("a key of signed QRs has an empty kid")
		case err != nil:
			return QRKeys{}, fmt.Errorf("key %s of signed QRs: %w", kid, err)
		case key.N.BitLen() < minKeyBits:
			return QRKeys{}, fmt.Errorf("key %s of signed QRs has %d bits, at least %d are needed", kid, key.N.BitLen(), minKeyBits)
		}
		keys.byKid[kid] = key
	}
	return keys, nil
}

func (k QRKeys) allows(issuer string) bool { return slices.Contains(k.issuers, issuer) }
