package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/rms"
)

// EInvoice makes the B2B invoices of the RMS model and has them registered at the IRP.
type EInvoice struct {
	DB *postgres.DB
	// Channels gives each POB's; those of the ERP model have none.
	Channels map[string]EInvoiceChannel
}

// EInvoiceChannel is what a POB's invoices are made with.
type EInvoiceChannel struct {
	IRP           *irp.Client
	Keys          gst.QRKeys // verify the signed QRs that the IRP hands out
	Seller, Buyer rms.Party
	PlaceOfSupply string // state code of two digits
	Prefix        string // of the numbers
}

// MakeInvoiceInput is an order that is packed and needs its B2B invoice.
type MakeInvoiceInput struct {
	PostOrderInput
	Packed order.Quantities `json:"packed"`
	// Cut says that units were cancelled after the purchase order had come: its amount still counts them
	// (contracts/ajio-vms.md §11.1).
	Cut bool `json:"cut,omitempty"`
}

// MadeInvoice is our own B2B invoice, registered and archived.
type MadeInvoice struct {
	Invoice order.Invoice `json:"invoice"`
	// Warning is what a person should know of it; empty when there is nothing.
	Warning string `json:"warning,omitempty"`
}

// MakeInvoice makes the B2B invoice for the packed units: number, tax, registration at the IRP, PDF. Each is stored
// before the next begins, and a repeat goes on after the last. The number is stored before the IRP is asked for the
// first time, so that a repeat can never make a second invoice (contracts/gst-einvoice.md §15).
func (a *EInvoice) MakeInvoice(ctx context.Context, in MakeInvoiceInput) (MadeInvoice, error) {
	channel, ok := a.Channels[in.Order.Pob]
	if !ok {
		return MadeInvoice{}, unknownPob(in.Order.Pob)
	}
	stored, err := a.registered(ctx, channel, in)
	if err != nil {
		return MadeInvoice{}, err
	}
	var invoice rms.Invoice
	if err := json.Unmarshal(stored.Content, &invoice); err != nil {
		return MadeInvoice{}, fmt.Errorf("invoice %s: %w", stored.Number, err)
	}
	warning, err := checkRegistration(channel.Keys, invoice, stored)
	if err != nil {
		return MadeInvoice{}, err
	}
	if invoice.NeedsEWayBill() {
		if warning != "" {
			warning += "; "
		}
		warning += "its value is above ₹50,000, so the consignment needs an e-way bill; make one at the portal"
	}
	if stored.DocumentID == 0 {
		if stored.DocumentID, err = a.print(ctx, in, invoice, stored); err != nil {
			return MadeInvoice{}, err
		}
	}
	made := order.Invoice{
		Number: stored.Number, Date: stored.Date, IRN: stored.IRN, SignedQR: stored.SignedQR,
		AckNumber: stored.AckNumber, AckDate: stored.AckDate, Quantities: invoice.Quantities(), DocumentID: stored.DocumentID,
	}
	return MadeInvoice{Invoice: made, Warning: warning}, fromPostgres(a.DB.SaveInvoice(ctx, in.Order.Pob, in.Order.ID, made))
}

// registered returns the order's invoice as the IRP has it.
func (a *EInvoice) registered(ctx context.Context, channel EInvoiceChannel, in MakeInvoiceInput) (postgres.B2BInvoice, error) {
	pob, orderID := in.Order.Pob, in.Order.ID
	build, err := a.builder(ctx, channel, in)
	if err != nil {
		return postgres.B2BInvoice{}, err
	}
	stored, err := a.DB.B2BInvoice(ctx, pob, orderID)
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		stored, err = a.DB.DraftInvoice(ctx, pob, orderID, channel.Seller.GSTIN, time.Now(), func(year string, seq int) string {
			return rms.Number(channel.Prefix, year, seq)
		}, build)
		if err != nil {
			return stored, fromRMS(err, "no number was taken for it")
		}
	case err != nil || stored.RegisteredAt != nil:
		return stored, err
	default:
		// An earlier attempt may have been registered and its answer lost.
		if adopted, err := a.adopt(ctx, channel, pob, orderID, stored); err != nil || adopted {
			return a.reread(ctx, pob, orderID, err)
		}
		number := stored.Number
		if stored, err = a.DB.RebuildDraft(ctx, pob, orderID, build); err != nil { // the data may have been mended since
			return stored, fromRMS(err, "its number, "+number+", is kept")
		}
	}
	return a.reread(ctx, pob, orderID, a.register(ctx, channel, pob, orderID, stored))
}

func (a *EInvoice) reread(ctx context.Context, pob, orderID string, err error) (postgres.B2BInvoice, error) {
	if err != nil {
		return postgres.B2BInvoice{}, err
	}
	return a.DB.B2BInvoice(ctx, pob, orderID)
}

// builder makes the content of the invoice once its number is known.
func (a *EInvoice) builder(ctx context.Context, channel EInvoiceChannel, in MakeInvoiceInput) (postgres.BuildInvoice, error) {
	rates, err := a.DB.Rates(ctx)
	if err != nil {
		return nil, err
	}
	po := in.PO
	if in.Cut {
		po.Amount = po.Value(po.Units())
	}
	return func(number string, date time.Time) (any, string, error) {
		invoice, err := rms.Make(rms.Draft{
			Seller: channel.Seller, Buyer: channel.Buyer, PlaceOfSupply: channel.PlaceOfSupply,
			OrderID: in.Order.ID, Date: date, PO: po, Lines: in.Order.Lines, Packed: in.Packed,
		}, number, rates)
		return invoice, invoice.IRN, err
	}, nil
}

// register registers a draft. A duplicate may be our own first attempt.
func (a *EInvoice) register(ctx context.Context, channel EInvoiceChannel, pob, orderID string, draft postgres.B2BInvoice) error {
	document, err := documentOf(draft)
	if err != nil {
		return err
	}
	// Every seller under e-invoicing is held to the 30 days that bind the larger ones: we register at once anyway.
	if err := gst.MayRegister(draft.Date, time.Now(), true); err != nil {
		return Refuse(AttentionIRPRefused, err, "Invoice %s can no longer be registered: %v. Ask the tax adviser; the number is used up.", draft.Number, err)
	}
	registration, err := channel.IRP.Register(ctx, document)
	if irp.IsKind(err, irp.KindDuplicate) {
		adopted, adoptErr := a.adopt(ctx, channel, pob, orderID, draft)
		if adoptErr != nil || adopted {
			return adoptErr
		}
	}
	if err != nil {
		return fromIRP(err)
	}
	return a.keep(ctx, pob, orderID, document, registration)
}

// adopt takes over what the IRP has registered under the draft's IRN, if anything.
func (a *EInvoice) adopt(ctx context.Context, channel EInvoiceChannel, pob, orderID string, draft postgres.B2BInvoice) (bool, error) {
	document, err := documentOf(draft)
	if err != nil {
		return false, err
	}
	found, err := channel.IRP.Find(ctx, draft.IRN)
	if err != nil || found == nil {
		return false, fromIRP(err)
	}
	if err := found.CheckAdoption(document); err != nil {
		return false, fromIRP(err)
	}
	return true, a.keep(ctx, pob, orderID, document, *found)
}

func (a *EInvoice) keep(ctx context.Context, pob, orderID string, document irp.Document, r irp.Registration) error {
	request, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return fromPostgres(a.DB.SaveRegistration(ctx, pob, orderID, postgres.Registration{
		IRN: r.IRN, AckNumber: r.AckNo, AckDate: r.AckDate, SignedInvoice: r.SignedInvoice, SignedQR: r.SignedQR, Request: request,
	}))
}

// checkRegistration makes sure that what the IRP signed is our invoice, all ten values of it. Where no key is known the
// answer stands, since it came from the IRP itself, and a person is warned.
func checkRegistration(keys gst.QRKeys, invoice rms.Invoice, stored postgres.B2BInvoice) (warning string, _ error) {
	qr, err := gst.ParseSignedQR(stored.SignedQR, keys)
	if gst.HasID(err, gst.QRKeyUnknown) {
		return fmt.Sprintf("its signed QR could not be verified: %v", err), nil
	}
	if err == nil {
		err = gst.CompareQR(qr, gst.QR{
			SellerGSTIN: invoice.Seller.GSTIN, BuyerGSTIN: invoice.Buyer.GSTIN, DocNo: invoice.Number, DocType: gst.Invoice,
			DocDate: invoice.Date, TotalPaise: int64(invoice.Total), ItemCount: len(invoice.Lines), MainHSNCode: invoice.MainHSN,
			IRN: invoice.IRN, IRNDate: *stored.AckDate,
		})
	}
	if err != nil {
		return "", Refuse(AttentionIRPDiffers, err, "The IRP's signed QR for invoice %s is not what was registered: %v. Look at the invoice in the GST portal.", invoice.Number, err)
	}
	return "", nil
}

// print archives the PDF.
func (a *EInvoice) print(ctx context.Context, in MakeInvoiceInput, invoice rms.Invoice, stored postgres.B2BInvoice) (documentID int64, _ error) {
	content, err := rms.PDF(invoice, rms.Registration{
		IRN: stored.IRN, AckNumber: stored.AckNumber, AckDate: *stored.AckDate, SignedQR: stored.SignedQR,
	})
	if err != nil {
		return 0, Refuse(AttentionDocument, err, "Invoice %s is registered, but cannot be printed: %v", stored.Number, err)
	}
	document, err := a.DB.SaveDocument(ctx, postgres.Document{
		Pob: in.Order.Pob, OrderID: in.Order.ID, Kind: postgres.KindB2BInvoice, Number: stored.Number,
		ContentType: "application/pdf", Content: content,
	})
	if err != nil {
		return 0, err
	}
	return document.ID, fromPostgres(a.DB.SaveB2BDocument(ctx, in.Order.Pob, in.Order.ID, document.ID))
}

// CancelIRNResult says whether an IRN could still be cancelled.
type CancelIRNResult struct {
	// TooLate says that more than 24 hours have passed since its registration.
	TooLate bool `json:"too_late,omitempty"`
}

// CancelIRN cancels the IRN of an order's own invoice. It reads first: a second cancellation is an error at the IRP, and
// an invoice of which the IRP has never heard needs none.
func (a *EInvoice) CancelIRN(ctx context.Context, ref OrderRef) (CancelIRNResult, error) {
	channel, ok := a.Channels[ref.Pob]
	if !ok {
		return CancelIRNResult{}, unknownPob(ref.Pob)
	}
	stored, err := a.DB.B2BInvoice(ctx, ref.Pob, ref.OrderID)
	if errors.Is(err, postgres.ErrNotFound) {
		return CancelIRNResult{}, nil
	}
	if err != nil || stored.CancelledAt != nil {
		return CancelIRNResult{}, err
	}
	found, err := channel.IRP.Find(ctx, stored.IRN)
	switch {
	case irp.IsKind(err, irp.KindTooOld):
		return CancelIRNResult{TooLate: true}, nil
	case err != nil:
		return CancelIRNResult{}, fromIRP(err)
	case found == nil && stored.RegisteredAt != nil:
		return CancelIRNResult{}, Refuse(AttentionIRPDiffers, nil, "The IRP does not show IRN %s, which it registered for us. Check the seller's "+
			"credential, then retry; or cancel the IRN at the GST portal and skip.", stored.IRN)
	case found == nil: // a draft of which it has never heard
		return CancelIRNResult{}, nil
	case stored.RegisteredAt == nil && found.Status == irp.StatusCancelled: // whosever it was, nothing of it is in force
		return CancelIRNResult{}, nil
	case stored.RegisteredAt == nil: // the answer to its registration was lost, or another document has its number
		if _, err := a.adopt(ctx, channel, ref.Pob, ref.OrderID, stored); err != nil {
			return CancelIRNResult{}, err
		}
	}
	if found.Status == irp.StatusCancelled {
		return CancelIRNResult{}, fromPostgres(a.DB.MarkIRNCancelled(ctx, ref.Pob, ref.OrderID, time.Now()))
	}
	cancelled, err := channel.IRP.Cancel(ctx, stored.IRN, irp.ReasonOrderCancelled, "Order cancelled before dispatch")
	if irp.IsKind(err, irp.KindTooLate) {
		return CancelIRNResult{TooLate: true}, nil
	}
	if err != nil {
		return CancelIRNResult{}, fromIRP(err)
	}
	return CancelIRNResult{}, fromPostgres(a.DB.MarkIRNCancelled(ctx, ref.Pob, ref.OrderID, cancelled.At))
}

// fromIRP maps the IRP client's error to retry or park (contracts/gst-einvoice.md §6.4).
func fromIRP(err error) error {
	e, ok := errors.AsType[*irp.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case irp.KindAuth:
		return Refuse(AttentionIRPAuth, err, "The IRP does not accept the seller's credential for %s; check it in the channels file, then retry", e.Call)
	case irp.KindThrottled:
		return later(err, e.RetryAfter)
	case irp.KindUnavailable, irp.KindMalformed, irp.KindNotActive:
		return err // the repeat reads back
	default:
		return Refuse(AttentionIRPRefused, err, "The IRP refused %s: %s", e.Call, e.Message)
	}
}

// fromRMS parks a step whose invoice would not be right.
func fromRMS(err error, number string) error {
	if problems, ok := errors.AsType[rms.Problems](err); ok {
		return Refuse(string(problems[0].Reason), nil, "The B2B invoice cannot be made: %v. Mend it, then retry; %s.", problems, number)
	}
	return fromPostgres(err)
}

// documentOf writes a stored invoice in the IRP's schema (contracts/gst-einvoice.md §6.1).
func documentOf(stored postgres.B2BInvoice) (irp.Document, error) {
	var invoice rms.Invoice
	if err := json.Unmarshal(stored.Content, &invoice); err != nil {
		return irp.Document{}, fmt.Errorf("invoice %s: %w", stored.Number, err)
	}
	seller, err := partyOf(invoice.Seller)
	if err != nil {
		return irp.Document{}, err
	}
	buyer, err := partyOf(invoice.Buyer)
	if err != nil {
		return irp.Document{}, err
	}
	buyer.Pos = invoice.PlaceOfSupply
	document := irp.Document{
		Version:    irp.Version,
		TranDtls:   irp.TranDtls{TaxSch: irp.TaxScheme, SupTyp: gst.B2B, RegRev: irp.No, IgstOnIntra: irp.No},
		DocDtls:    irp.DocDtls{Typ: gst.Invoice, No: invoice.Number, Dt: irp.On(invoice.Date)},
		SellerDtls: seller, BuyerDtls: buyer,
		ValDtls: irp.ValDtls{
			AssVal: invoice.Taxable, CgstVal: invoice.Tax.CGST, SgstVal: invoice.Tax.SGST, IgstVal: invoice.Tax.IGST, TotInvVal: invoice.Total,
		},
	}
	for i, line := range invoice.Lines {
		document.ItemList = append(document.ItemList, irp.Item{
			SlNo: strconv.Itoa(i + 1), PrdDesc: line.Description, IsServc: irp.No, HsnCd: line.HSN, Barcde: barcodeOf(line.EAN),
			Qty: line.Units, Unit: rms.Unit, UnitPrice: line.UnitPrice, TotAmt: line.Taxable, AssAmt: line.Taxable,
			GstRt: irp.Percent(line.Rate), IgstAmt: line.Tax.IGST, CgstAmt: line.Tax.CGST, SgstAmt: line.Tax.SGST, TotItemVal: line.Total,
		})
	}
	return document, nil
}

func partyOf(p rms.Party) (irp.Party, error) {
	pin, err := strconv.Atoi(p.PIN)
	if err != nil {
		return irp.Party{}, fmt.Errorf("PIN code %q of %s: %w", p.PIN, p.GSTIN, err)
	}
	return irp.Party{Gstin: p.GSTIN, LglNm: p.LegalName, Addr1: p.Address1, Addr2: p.Address2, Loc: p.Location, Pin: pin, Stcd: p.StateCode}, nil
}

// barcodeOf leaves a barcode out that the IRP's schema would refuse; it is optional there.
func barcodeOf(ean string) string {
	const least, most = 3, 30
	if len(ean) < least || len(ean) > most {
		return ""
	}
	return ean
}
