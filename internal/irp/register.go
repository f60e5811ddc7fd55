package irp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
)

// Registration is what the IRP has made of a document.
type Registration struct {
	IRN           string
	AckNo         string    // 15 digits
	AckDate       time.Time // in IST
	SignedInvoice string    // a JWT, to be stored
	SignedQR      string    // a JWT, to be printed; whoever trusts it verifies it with gst.ParseSignedQR
	Status        Status
	Said          Said
}

// Register registers a document and returns its IRN, active. KindDuplicate: its number is registered already. After
// KindUnavailable and KindMalformed it may be registered: Find tells (contracts/gst-einvoice.md §15).
func (c *Client) Register(ctx context.Context, d Document) (Registration, error) {
	k := call{
		name: "register", about: string(d.DocDtls.Typ) + " " + d.DocDtls.No,
		method: http.MethodPost, path: wire.PathInvoice, body: d,
	}
	var data wire.Registration
	if err := c.do(ctx, k, &data); err != nil {
		return Registration{}, err
	}
	r, err := c.registration(k, data)
	if err != nil {
		return Registration{}, err
	}
	if err := gst.MatchesIRN(r.IRN, d.SellerDtls.Gstin, d.DocDtls.Dt.Time, d.DocDtls.Typ, d.DocDtls.No); err != nil {
		return Registration{}, c.failed(k, KindRefused, http.StatusOK, "registered under an IRN that is not the document's: "+err.Error())
	}
	if r.Status != StatusActive {
		return Registration{}, c.failed(k, KindRefused, http.StatusOK, "registered with status "+string(r.Status)+" instead of ACT")
	}
	return r, nil
}

// Find reads a registration back, active or cancelled; nil when there is none. KindTooOld: it was registered more
// than two days ago and may or may not be there.
func (c *Client) Find(ctx context.Context, irn string) (*Registration, error) {
	k := call{name: "read", about: irn, method: http.MethodGet, path: wire.PathByIRN + "/" + url.PathEscape(irn)}
	var data wire.Registration
	err := c.do(ctx, k, &data)
	if failed, ok := errors.AsType[*Error](err); ok && isNotThere(failed.Codes) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := c.registration(k, data)
	if err != nil {
		return nil, err
	}
	if r.IRN != irn {
		return nil, c.failed(k, KindMalformed, http.StatusOK, "the answer is about IRN "+r.IRN)
	}
	return &r, nil
}

// registration insists on everything that must be stored of a document: the IRP keeps it for days only.
func (c *Client) registration(k call, data wire.Registration) (Registration, error) {
	for _, must := range []struct {
		field string
		there bool
	}{
		{"Irn", data.Irn != ""}, {"AckNo", data.AckNo != ""}, {"AckDt", !data.AckDt.IsZero()},
		{"SignedInvoice", data.SignedInvoice != ""}, {"SignedQRCode", data.SignedQRCode != ""},
		{"Status", data.Status == StatusActive || data.Status == StatusCancelled},
	} {
		if !must.there {
			return Registration{}, c.failed(k, KindMalformed, http.StatusOK, "the answer's "+must.field+" is missing or unknown")
		}
	}
	return Registration{
		IRN: data.Irn, AckNo: string(data.AckNo), AckDate: data.AckDt.Time,
		SignedInvoice: data.SignedInvoice, SignedQR: data.SignedQRCode, Status: data.Status, Said: said(data.SignedQRCode),
	}, nil
}
