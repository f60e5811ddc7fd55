package activities

import (
	"context"
	"errors"

	"vmsflow/internal/order"
)

var errNotBuilt = errors.New("not built yet")

// CreateRTOInput is a parcel that came back and that Ajio has not announced, with its QC.
type CreateRTOInput struct {
	Row     int64              `json:"row"` // of the return in Postgres
	Pob     string             `json:"pob"`
	OrderID string             `json:"order_id"`
	Units   []order.UnitResult `json:"units"`
}

// CreateRTO asks Ajio for the return of a parcel that is here, and returns its id.
func (a *Ajio) CreateRTO(ctx context.Context, in CreateRTOInput) (string, error) {
	return "", errNotBuilt
}

// ReportQCInput is the QC of a return, unit by unit; each has a ReturnItemID.
type ReportQCInput struct {
	Row      int64              `json:"row"`
	Pob      string             `json:"pob"`
	ReturnID string             `json:"return_id"`
	Units    []order.UnitResult `json:"units"`
}

// ReportQC tells Ajio how many units of each item are good, bad and missing.
func (a *Ajio) ReportQC(ctx context.Context, in ReportQCInput) error {
	return errNotBuilt
}

// ReturnRef names one return.
type ReturnRef struct {
	Row      int64  `json:"row"`
	Pob      string `json:"pob"`
	OrderID  string `json:"order_id"`
	ReturnID string `json:"return_id"`
}

// SendCreditNote hands the credit note that is stored for the return to Ajio, with its document.
func (a *Ajio) SendCreditNote(ctx context.Context, ref ReturnRef) error {
	return errNotBuilt
}

// RSI is Ajio's archived return sales invoice.
type RSI struct {
	DocumentRef
	Number string `json:"rsi_number"`
}

// FetchRSI archives the return sales invoice that Ajio made out to the seller.
func (a *Ajio) FetchRSI(ctx context.Context, ref ReturnRef) (RSI, error) {
	return RSI{}, errNotBuilt
}
