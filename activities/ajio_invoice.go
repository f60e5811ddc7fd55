package activities

import (
	"context"
	"errors"

	"vmsflow/internal/ajio"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// InvoiceInput is the B2B invoice of one order, on its way to Ajio.
type InvoiceInput struct {
	Pob      string        `json:"pob"`
	OrderID  string        `json:"order_id"`
	PONumber string        `json:"po_number"`
	Invoice  order.Invoice `json:"invoice"`
}

// GenerateB2BInvoice makes the B2B invoice at Ajio for the invoiced units; what is not invoiced becomes
// short-picked there. A second invoice for one PO would be a tax error, so a repeat reads back first. Invoiced is what
// was packed, and is entered so: the gateway takes only packed orders into a manifest.
func (a *Ajio) GenerateB2BInvoice(ctx context.Context, in InvoiceInput) error {
	if err := a.DB.SavePacked(ctx, in.Pob, in.OrderID, in.Invoice.Quantities); err != nil {
		return fromPostgres(err)
	}
	if repeated(ctx) {
		if done, err := a.generated(ctx, in); err != nil || done {
			return err
		}
	}
	generated, err := a.Client.GenerateInvoice(ctx, ajio.GenerateRequest{
		OrderID: in.OrderID, PONumber: in.PONumber, InvoiceNumber: in.Invoice.Number, InvoiceDate: in.Invoice.Date,
		Lines: in.Invoice.Quantities,
	})
	if ajio.IsKind(err, ajio.KindRefused) {
		if done, readErr := a.generated(ctx, in); readErr != nil || done {
			return readErr
		}
		if err := a.cancelledMeanwhile(ctx, in.OrderID); err != nil {
			return err
		}
	}
	if err != nil {
		return fromAjio(ctx, err)
	}
	if generated.InvoiceNumber != in.Invoice.Number {
		return Refuse(AttentionAjioDiffers, nil, "Ajio answered with invoice number %s instead of ours, %s, to which the IRN is bound; settle it with Ajio",
			generated.InvoiceNumber, in.Invoice.Number)
	}
	return nil
}

// cancelledMeanwhile refuses the step when Ajio has cancelled the order itself: no label will ever come.
func (a *Ajio) cancelledMeanwhile(ctx context.Context, orderID string) error {
	info, err := a.find(ctx, orderID)
	if err != nil || info == nil || info.Status != ajio.StatusCancelled {
		return err
	}
	return Refuse(AttentionAjioCancelled, nil, "Ajio has cancelled the order, so that it can no longer be shipped. "+
		"Answer with cancel-order: it takes the order back in the ERP, the warehouse, at the IRP and in stock.")
}

// generated reads whether Ajio already has our invoice. Another number or other quantities are for a person.
func (a *Ajio) generated(ctx context.Context, in InvoiceInput) (bool, error) {
	info, err := a.Client.Invoice(ctx, in.OrderID)
	if err != nil {
		return false, fromAjio(ctx, err)
	}
	if info == nil {
		return false, nil
	}
	if info.Number != in.Invoice.Number || !info.Lines.Equal(in.Invoice.Quantities) {
		return false, Refuse(AttentionAjioDiffers, nil, "Ajio already has invoice %s for %d units, ours is %s for %d; settle it with Ajio",
			info.Number, info.Lines.Total(), in.Invoice.Number, in.Invoice.Quantities.Total())
	}
	return true, nil
}

// AttachIRN adds the IRN and the signed QR to the invoice at Ajio. A repeat is harmless: the same content again
// succeeds.
func (a *Ajio) AttachIRN(ctx context.Context, in InvoiceInput) error {
	err := a.Client.AttachIRN(ctx, ajio.AttachRequest{
		OrderID: in.OrderID, InvoiceNumber: in.Invoice.Number, IRN: in.Invoice.IRN, SignedQR: in.Invoice.SignedQR,
		AckNumber: in.Invoice.AckNumber, AckDate: in.Invoice.AckDate,
	})
	if ajio.IsKind(err, ajio.KindRefused) {
		info, readErr := a.Client.Invoice(ctx, in.OrderID)
		if readErr != nil {
			return fromAjio(ctx, readErr)
		}
		if info != nil && info.IRN == in.Invoice.IRN {
			return nil
		}
	}
	return fromAjio(ctx, err)
}

// UploadB2BInvoice hands the invoice's PDF to Ajio. A repeat replaces the document by itself.
func (a *Ajio) UploadB2BInvoice(ctx context.Context, in InvoiceInput) error {
	document, err := a.DB.Document(ctx, in.Invoice.DocumentID)
	if errors.Is(err, postgres.ErrNotFound) {
		return Refuse(AttentionDocument, err, "document %d of invoice %s is not in Postgres", in.Invoice.DocumentID, in.Invoice.Number)
	}
	if err != nil {
		return err
	}
	err = a.Client.UploadInvoice(ctx, ajio.UploadRequest{
		OrderID: in.OrderID, InvoiceNumber: in.Invoice.Number, Document: document.Content,
	})
	if ajio.IsKind(err, ajio.KindRefused) {
		info, readErr := a.Client.Invoice(ctx, in.OrderID)
		if readErr != nil {
			return fromAjio(ctx, readErr)
		}
		if info != nil && info.DocumentURL != "" {
			return nil
		}
	}
	return fromAjio(ctx, err)
}

// FetchB2CInvoice archives the invoice that Ajio made out to the consumer. It goes into the parcel.
func (a *Ajio) FetchB2CInvoice(ctx context.Context, ref OrderRef) (DocumentRef, error) {
	document, err := a.Client.B2CInvoice(ctx, ref.OrderID)
	if err != nil {
		return DocumentRef{}, fromAjio(ctx, err)
	}
	return a.archive(ctx, ref, postgres.KindB2CInvoice, document)
}

// DocumentRef names an archived document; histories hold nothing else of it.
type DocumentRef = postgres.DocumentRef

// Label is an archived shipping label.
type Label struct {
	DocumentRef
	TrackingNumber string `json:"tracking_number"` // the AWB
}

// FetchLabel archives the shipping label of the courier that Ajio chose.
func (a *Ajio) FetchLabel(ctx context.Context, ref OrderRef) (Label, error) {
	document, err := a.Client.ShippingLabel(ctx, ref.OrderID)
	if err != nil {
		return Label{}, fromAjio(ctx, err)
	}
	archived, err := a.archive(ctx, ref, postgres.KindShippingLabel, document)
	return Label{DocumentRef: archived, TrackingNumber: document.Number}, err
}

func (a *Ajio) archive(ctx context.Context, ref OrderRef, kind string, document ajio.Document) (DocumentRef, error) {
	return a.DB.SaveDocument(ctx, postgres.Document{
		Pob: ref.Pob, OrderID: ref.OrderID, Kind: kind, Number: document.Number,
		ContentType: "application/pdf", Content: document.Content, SourceURL: document.URL,
	})
}
