package gst

import (
	"errors"
	"regexp"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// QR is what a signed QR says: the ten values of its claim "data" (contracts/gst-einvoice.md §5, verified).
type QR struct {
	SellerGSTIN string
	BuyerGSTIN  string
	DocNo       string
	DocType     DocType
	DocDate     time.Time // a day in IST
	TotalPaise  int64
	ItemCount   int
	MainHSNCode string
	IRN         string
	IRNDate     time.Time // to the second, in IST
}

// qrForm is a JWT: three parts of base64url without padding. The last may be empty, so that "alg": "none" is
// refused for what it is.
var qrForm = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)

// ParseSignedQR verifies the string behind a signed QR with the keys of this environment and returns its values
// (contracts/gst-einvoice.md §5, steps 1 to 6 and 8). The first step that fails decides:
//
//   - QR-001: it is no JWT
//   - QR-002: its algorithm is not RS256; nothing else is tried, and no key touched before
//   - QR-005: no key is pinned under its kid. No refusal: the document waits for a person, who adds the key
//   - QR-003: the signature does not hold, or the issuer is not one of this environment
//   - QR-004: values are missing or unreadable, all of them named
//   - IRN-001, IRN-002: its IRN is not that of its own GSTIN, date, type and number
//
// Whether it belongs to the document at hand is CompareQR's to say.
func ParseSignedQR(token string, keys QRKeys) (QR, error) {
	claims, err := verifySignedQR(token, keys)
	if err != nil {
		return QR{}, err
	}
	qr, err := valuesIn(claims)
	if err != nil {
		return QR{}, err
	}
	if err := MatchesIRN(qr.IRN, qr.SellerGSTIN, qr.DocDate, qr.DocType, qr.DocNo); err != nil {
		return QR{}, err
	}
	return qr, nil
}

// ReadUnverifiedQR returns the values of a signed QR without asking for its signature, so that none of them is to be
// trusted: it is for what a document says of itself while nobody here can verify it. Otherwise QR-001 or QR-004.
func ReadUnverifiedQR(token string) (QR, error) {
	parsed, _, err := splitSignedQR(token)
	if HasID(err, QRForm) {
		return QR{}, err
	}
	claims, _ := parsed.Claims.(jwt.MapClaims)
	return valuesIn(claims)
}

// valuesIn takes step 6.
func valuesIn(claims jwt.MapClaims) (QR, error) {
	data, ok := claims["data"].(string)
	if !ok {
		return QR{}, violated(QRValue, "data", "missing, or no string")
	}
	return parseQRData([]byte(data))
}

// splitSignedQR takes steps 1 and 2. With QR-002 the parts are returned all the same.
func splitSignedQR(token string) (parsed *jwt.Token, parts []string, err error) {
	if !qrForm.MatchString(token) {
		return nil, nil, violated(QRForm, "", "not three parts of base64url, joined by dots: the signed string is needed, not its picture")
	}
	parsed, parts, err = jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, jwt.MapClaims{})
	if errors.Is(err, jwt.ErrTokenMalformed) {
		return nil, nil, violated(QRForm, "", "a part is no base64url, or header or payload no JSON object")
	}
	// The library knows other algorithms; an unknown one is an error of its own there, and the same to us.
	if err != nil || parsed.Header["alg"] != jwt.SigningMethodRS256.Alg() {
		return parsed, parts, violated(QRAlgorithm, "", "signed with %v, only RS256 is accepted", parsed.Header["alg"])
	}
	return parsed, parts, nil
}

// verifySignedQR takes steps 1 to 5 and returns the payload.
func verifySignedQR(token string, keys QRKeys) (jwt.MapClaims, error) {
	parsed, parts, err := splitSignedQR(token)
	if err != nil {
		return nil, err
	}
	claims, _ := parsed.Claims.(jwt.MapClaims)
	kid, _ := parsed.Header["kid"].(string)
	key, ok := keys.byKid[kid]
	if !ok {
		return nil, violated(QRKeyUnknown, "", "no key is pinned under kid %q; add it to this environment's keys and retry", kid)
	}
	if err := jwt.SigningMethodRS256.Verify(parts[0]+"."+parts[1], parsed.Signature, key); err != nil {
		return nil, violated(QRSignature, "", "the signature does not hold for key %s", kid)
	}
	if issuer, _ := claims["iss"].(string); !keys.allows(issuer) {
		return nil, violated(QRSignature, "iss", "issuer %q is not one of this environment", issuer)
	}
	return claims, nil
}
