package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"vmsflow/internal/ajio"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// CreateRTOInput is a parcel that came back and that Ajio has not announced, with its QC.
type CreateRTOInput struct {
	Row     int64              `json:"row"` // of the return in Postgres
	Pob     string             `json:"pob"`
	OrderID string             `json:"order_id"`
	Units   []order.UnitResult `json:"units"`
}

// CreateRTO asks Ajio for the return of a parcel that is here, and returns its id. An order has one RTO, so that one which
// Ajio has already, whoever asked for it, is the answer: Ajio names it, or it is found by reading back. That is done before
// every call, also the first that this activity makes: after an outage, an operator's retry or a reset it is not the first
// of the return. An RTO may appear late, so what is not there when a call is repeated may come of the call all the same
// (contracts/ajio-vms.md §11, §11.1).
func (a *Ajio) CreateRTO(ctx context.Context, in CreateRTOInput) (string, error) {
	returnID, err := a.rtoOf(ctx, in.OrderID)
	if err != nil {
		return "", err
	}
	if returnID == "" {
		if returnID, err = a.askForRTO(ctx, in); err != nil {
			return "", err
		}
	}
	return returnID, fromPostgres(a.DB.SaveReturnID(ctx, in.Row, returnID))
}

func (a *Ajio) askForRTO(ctx context.Context, in CreateRTOInput) (string, error) {
	returnID, err := a.Client.CreateRTO(ctx, ajio.RTORequest{OrderID: in.OrderID, Items: rtoItems(in.Units)})
	if !ajio.IsKind(err, ajio.KindRefused) {
		return returnID, fromAjio(ctx, err)
	}
	found, readErr := a.rtoOf(ctx, in.OrderID)
	if readErr != nil || found != "" {
		return found, readErr
	}
	return "", Refuse(AttentionAjioRefused, err, "Ajio refused the RTO of order %s over %d units: %s. Compare order and shipped units in Ajio's seller panel, "+
		"mend what differs or create the RTO there, then retry: an RTO that exists is taken over", in.OrderID, len(in.Units), saidBy(err))
}

// rtoOf reads which RTO an order has at Ajio; empty when there is none that it has not withdrawn.
func (a *Ajio) rtoOf(ctx context.Context, orderID string) (string, error) {
	returns, err := a.Client.RTOsOfOrder(ctx, orderID)
	if err != nil {
		return "", unreadable(fromAjio(ctx, err))
	}
	for _, e := range returns {
		if e.OrderID == orderID && e.Kind == order.RTO && e.Status != order.StatusReturnCancelled {
			return e.ReturnID, nil
		}
	}
	return "", nil
}

// ReportQCInput is the QC of a return, unit by unit; each has a ReturnItemID.
type ReportQCInput struct {
	Row      int64              `json:"row"`
	Pob      string             `json:"pob"`
	ReturnID string             `json:"return_id"`
	Units    []order.UnitResult `json:"units"`
}

// QCAnswer is what Ajio made of a QC.
type QCAnswer struct {
	// TakenBefore says that the return was processed when it was first asked: by another call of ours whose answer was lost, or
	// by somebody in Ajio's seller panel.
	TakenBefore bool `json:"taken_before,omitempty"`
}

// ReportQC tells Ajio how many units of each item are good, bad and missing. Ajio takes one QC of a return, which is
// RETURN_PROCESSED then: a return in that status needs no other, whoever entered the QC.
func (a *Ajio) ReportQC(ctx context.Context, in ReportQCInput) (QCAnswer, error) {
	before := QCAnswer{TakenBefore: true}
	if repeated(ctx) {
		switch e, err := a.findReturn(ctx, in.ReturnID); {
		case err != nil:
			return QCAnswer{}, err
		case e != nil && e.Status == order.StatusReturnProcessed:
			return before, nil
		}
	}
	err := a.Client.PerformQC(ctx, ajio.QCRequest{ReturnID: in.ReturnID, Items: qcItems(in.Units)})
	if !ajio.IsKind(err, ajio.KindRefused) {
		return QCAnswer{}, fromAjio(ctx, err)
	}
	e, readErr := a.findReturn(ctx, in.ReturnID)
	switch {
	case readErr != nil:
		return QCAnswer{}, readErr
	case e != nil && e.Status == order.StatusReturnProcessed:
		return before, nil
	default:
		return QCAnswer{}, Refuse(AttentionAjioRefused, err, "Ajio refused the QC of return %s: %s. %s", in.ReturnID, saidBy(err), adviceOnQC(e, len(in.Units)))
	}
}

// adviceOnQC says what to do about a QC that Ajio refused, by what it shows of the return.
func adviceOnQC(e *order.Expectation, reported int) string {
	switch {
	case e == nil:
		return "It does not show the return any more; ask Ajio, then retry"
	case e.Status == order.StatusReturnCancelled:
		return "It has withdrawn the return; settle with Ajio what came back, then skip this step"
	case !e.Status.TakesQC():
		return "It shows the return as " + string(e.Status) + "; retry once it is " + string(order.StatusReturnCreated)
	case e.Units().Total() != reported:
		return "It no longer expects as many units as the QC has; let the next reading of the returns bring what it expects, then retry"
	default:
		return "Compare the return with the warehouse's QC in Ajio's seller panel and mend it or enter the QC there, then retry"
	}
}

// findReturn reads a return's state; nil when Ajio does not show it.
func (a *Ajio) findReturn(ctx context.Context, returnID string) (*order.Expectation, error) {
	returns, err := a.Client.ReturnsByID(ctx, []string{returnID})
	if err != nil {
		return nil, unreadable(fromAjio(ctx, err))
	}
	for _, e := range returns {
		if e.ReturnID == returnID {
			return &e, nil
		}
	}
	return nil, nil
}

// ReturnRef names one return.
type ReturnRef struct {
	Row      int64  `json:"row"`
	Pob      string `json:"pob"`
	OrderID  string `json:"order_id"`
	ReturnID string `json:"return_id"`
}

// SendCreditNote hands the credit note that is stored for the return to Ajio, with its document. A repeat is harmless: the
// same number again succeeds, and there is no call that would read it back (contracts/ajio-vms.md §11).
func (a *Ajio) SendCreditNote(ctx context.Context, ref ReturnRef) error {
	note, err := a.DB.CreditNote(ctx, ref.Row)
	if errors.Is(err, postgres.ErrNotFound) {
		return Refuse(AttentionDocument, err, "no credit note is stored for return %s; let the ERP post it again, then retry", ref.ReturnID)
	}
	if err != nil {
		return err
	}
	document, err := a.DB.Document(ctx, note.DocumentID)
	if errors.Is(err, postgres.ErrNotFound) {
		return Refuse(AttentionDocument, err, "document %d of credit note %s is not in Postgres", note.DocumentID, note.Number)
	}
	if err != nil {
		return err
	}
	err = a.Client.CreditNote(ctx, ajio.CreditNoteRequest{
		ReturnID: ref.ReturnID, Number: note.Number, Date: note.Date, IRN: note.IRN, AckNumber: note.AckNumber, AckDate: note.AckDate,
		SignedQR: note.SignedQR, Document: document.Content,
	})
	if ajio.IsKind(err, ajio.KindRefused) {
		return Refuse(AttentionAjioRefused, err, "Ajio refused credit note %s over return %s: %s. Look in Ajio's seller panel whether the return is processed, "+
			"is settled by credit note and has no other one; mend what differs and retry, or skip this step once Ajio has the note", note.Number, ref.ReturnID, saidBy(err))
	}
	return fromAjio(ctx, err)
}

// RSI is Ajio's archived return sales invoice.
type RSI struct {
	DocumentRef
	Number string `json:"rsi_number"`
}

// rsiNotIssued is the type of the error with which a return waits for its return sales invoice, an expected wait.
const rsiNotIssued = "RSINotIssued"

// FetchRSI archives the return sales invoice that Ajio made out to the seller. Ajio issues it days later and nobody stands
// waiting for it, so that here the workflow's retry policy says how soon to ask again, not notReadyDelay.
func (a *Ajio) FetchRSI(ctx context.Context, ref ReturnRef) (RSI, error) {
	document, err := a.Client.RSI(ctx, ref.ReturnID)
	switch {
	case ajio.IsKind(err, ajio.KindNotReady):
		return RSI{}, temporal.NewApplicationErrorWithCause(err.Error(), rsiNotIssued, err)
	case err != nil:
		return RSI{}, fromAjio(ctx, err)
	case document.OrderID != "" && document.OrderID != ref.OrderID:
		return RSI{}, Refuse(AttentionAjioDiffers, nil, "Ajio's return sales invoice %s over return %s names order %s, the return is of order %s; settle it with Ajio, then retry",
			document.Number, ref.ReturnID, document.OrderID, ref.OrderID)
	}
	archived, err := a.DB.SaveDocument(ctx, postgres.Document{
		Pob: ref.Pob, OrderID: ref.ReturnID, Kind: postgres.KindRSI, Number: document.Number,
		ContentType: "application/pdf", Content: document.Content, SourceURL: document.URL,
	})
	return RSI{DocumentRef: archived, Number: document.Number}, err
}

// rtoItems groups the units of a parcel as Ajio wants them: a row for each line, code and reason.
func rtoItems(units []order.UnitResult) []ajio.RTOItem {
	var items []ajio.RTOItem
	for _, group := range groups(units, func(u order.UnitResult) order.UnitResult {
		return order.UnitResult{ItemCode: u.ItemCode, OrderItemID: u.OrderItemID, Code: u.Code, Reason: u.Reason}
	}) {
		u := group.of
		items = append(items, ajio.RTOItem{ItemCode: u.ItemCode, OrderItemID: u.OrderItemID, Units: group.units, Code: u.Code, Reason: u.Reason})
	}
	return items
}

// qcItems groups the units of a return: a row for each of its items, code and reason.
func qcItems(units []order.UnitResult) []ajio.QCItem {
	var items []ajio.QCItem
	for _, group := range groups(units, func(u order.UnitResult) order.UnitResult {
		return order.UnitResult{ReturnItemID: u.ReturnItemID, Code: u.Code, Reason: u.Reason}
	}) {
		u := group.of
		items = append(items, ajio.QCItem{ReturnItemID: u.ReturnItemID, Units: group.units, Code: u.Code, Reason: u.Reason})
	}
	return items
}

// alike counts units that have the same results.
type alike struct {
	of    order.UnitResult
	units int
}

// groups counts the units that are alike in what they have in common, in the order in which each kind first stands.
func groups(units []order.UnitResult, common func(order.UnitResult) order.UnitResult) []alike {
	var found []alike
	place := map[order.UnitResult]int{}
	for _, unit := range units {
		kind := common(unit)
		i, known := place[kind]
		if !known {
			i = len(found)
			place[kind] = i
			found = append(found, alike{of: kind})
		}
		found[i].units++
	}
	return found
}

// saidBy is what Ajio said when it refused.
func saidBy(err error) string {
	if e, ok := errors.AsType[*ajio.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
