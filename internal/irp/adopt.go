package irp

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
)

// Said is what a registration says of its document, read from the payload of SignedQR without verifying the
// signature. It serves to tell a document from another before adopting it, and nothing else; the zero value says that
// the payload could not be read.
type Said struct {
	BuyerGSTIN string
	Total      order.Paise
}

func said(signedQR string) Said {
	claims := jwt.MapClaims{}
	// An algorithm that the library does not know is another error, and comes after the payload has been read.
	if _, _, err := jwt.NewParser().ParseUnverified(signedQR, claims); errors.Is(err, jwt.ErrTokenMalformed) {
		return Said{}
	}
	text, _ := claims[wire.ClaimData].(string)
	var data wire.QRData
	if json.Unmarshal([]byte(text), &data) != nil {
		return Said{}
	}
	return Said{BuyerGSTIN: data.BuyerGstin, Total: data.TotInvVal}
}

// CheckAdoption checks that a registration found by a document's IRN stands for that very document: active, the same
// buyer and the same total (contracts/gst-einvoice.md §15). Then its AckNo, AckDate and JWTs are the document's, as if
// its own registration had been answered. Otherwise KindRefused: a person decides, and a new document takes a new
// number.
func (r Registration) CheckAdoption(d Document) error {
	refuse := func(format string, args ...any) error {
		return &Error{
			Kind: KindRefused, Call: "adopt", About: string(d.DocDtls.Typ) + " " + d.DocDtls.No,
			Message: fmt.Sprintf(format, args...) + "; a person decides, a new document needs a new number",
		}
	}
	switch {
	case r.IRN != d.IRN():
		return refuse("IRN %s is not the document's", r.IRN)
	case r.Status != StatusActive:
		return refuse("its number was registered and cancelled before")
	case r.Said == Said{}:
		return refuse("what is registered under its number cannot be read")
	case r.Said.BuyerGSTIN != d.BuyerDtls.Gstin:
		return refuse("its number is registered for buyer %s, not %s", r.Said.BuyerGSTIN, d.BuyerDtls.Gstin)
	case r.Said.Total != d.ValDtls.TotInvVal:
		return refuse("its number is registered for %s, not %s", r.Said.Total, d.ValDtls.TotInvVal)
	}
	return nil
}
