package contract

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// Signals to a ReturnOrder, besides SignalDifference. They may come early, twice and in any order, as those of a
// ForwardOrder.
const (
	SignalReturnExpected = "return-expected" // payload order.Expectation, each time that it changed at Ajio
	SignalReturnParcel   = "return-parcel"   // payload ReturnParcel
	SignalReturnQC       = "return-qc"       // payload increff.ReturnProcessed
	SignalCreditNote     = "credit-note"     // payload CreditNote
)

// ReturnSignals lists the signals that a ReturnOrder takes.
func ReturnSignals() []string {
	return []string{SignalReturnExpected, SignalReturnParcel, SignalReturnQC, SignalCreditNote, SignalDifference}
}

// ReturnParcel says that the parcel is in the warehouse; its QC follows.
type ReturnParcel struct {
	TrackingNumber string `json:"tracking_number"` // the AWB that it came with
	Carrier        string `json:"carrier,omitempty"`
}

// CreditNote is an ERP's credit note posting. An adapter that signals it directly may send its PDF along; the gateway
// takes the PDF out, stores it and sends the id of the stored document instead.
type CreditNote struct {
	increff.CreditNotePosting
	DocumentID int64 `json:"documentId,omitempty"`
	// Attempt counts the notes that the return refused after the gateway had taken them, as ERPInvoice.Attempt does.
	Attempt int `json:"attempt,omitempty"`
}

// QCRow reads what the warehouse says of one unit, or says what is wrong with it.
func QCRow(item increff.ReturnedItem) (order.QCRow, error) {
	row := order.QCRow{UnitCode: cmp.Or(item.ReturnItemCode, item.ItemCode), ItemCode: item.ChannelSkuCode, Pass: item.QcStatus == increff.QCPass}
	if !row.Pass {
		row.Reason = item.QcReason
	}
	switch {
	case row.UnitCode == "" || row.ItemCode == "":
		return row, fmt.Errorf("unit %q of %q: returnItemCode or channelSkuCode is missing", row.UnitCode, row.ItemCode)
	case item.QcStatus != increff.QCPass && item.QcStatus != increff.QCFail:
		return row, fmt.Errorf("unit %s: qcStatus %q is neither PASS nor FAIL", row.UnitCode, item.QcStatus)
	case strings.ContainsRune(row.UnitCode+row.ItemCode+row.Reason, 0):
		return row, fmt.Errorf("unit %q: a NUL character, which no database takes", row.UnitCode)
	}
	return row, nil
}

// CreditNoteKey is the inbox key of the credit note over a return. It has no number in it: a return has one note
// (contracts/increff-erp.md §3.2, CN-2).
func CreditNoteKey(pob, returnID string) string { return pob + "/" + returnID }

// Updates of a ReturnOrder, for operators, besides UpdateRetryStep and UpdateSkipStep. Reason is required.
const (
	UpdateGenerateRTO = "generate-rto" // payload Decision: ask Ajio for the RTO now, instead of after the grace
	UpdateFinishQC    = "finish-qc"    // payload Decision: the units that were not reported are missing
	UpdateCloseReturn = "close-return" // payload Decision: give the return up; its units go to the settlement list
)

// ReturnInput starts a ReturnOrder. What is known of the return comes by signal.
type ReturnInput struct {
	ID       int64            `json:"id"` // of its row in Postgres
	Kind     order.ReturnKind `json:"kind"`
	Pob      string           `json:"pob"`
	OrderID  string           `json:"order_id"`            // of the forward order
	ReturnID string           `json:"return_id,omitempty"` // empty for an RTO that Ajio has not announced
	Policy   ReturnPolicy     `json:"policy"`
	// Ended says that the return's books are closed: the workflow runs again for what came afterwards.
	Ended bool `json:"ended,omitempty"`
	// Announced says that Ajio had announced the return before it ended.
	Announced bool `json:"announced,omitempty"`
	// Successor says that Ajio withdrew an earlier RTO of the order, whose workflow id is not this one's.
	Successor bool `json:"successor,omitempty"`
}

// WorkflowID names the workflow of the return: a customer's by the return, an RTO by its order, since Ajio may not have
// announced it yet.
func (in ReturnInput) WorkflowID() string {
	switch {
	case in.Kind == order.RTO && in.Successor:
		return fmt.Sprintf("%s:%d", RTOWorkflowID(in.Pob, in.OrderID), in.ID)
	case in.Kind == order.RTO:
		return RTOWorkflowID(in.Pob, in.OrderID)
	}
	return ReturnWorkflowID(in.Pob, in.ReturnID)
}

// ReturnPolicy is what a channel's configuration says about its returns, fixed when a return starts.
type ReturnPolicy struct {
	// RTOGrace is how long a parcel that came back waits for Ajio's expectation before the RTO is generated.
	RTOGrace time.Duration `json:"rto_grace"`
	// QCGap is how long after the last QC message the units that nobody named are taken for missing.
	QCGap time.Duration `json:"qc_gap"`
	// The others say when a wait needs attention.
	ParcelOverdueAfter      time.Duration `json:"parcel_overdue_after"`
	QCOverdueAfter          time.Duration `json:"qc_overdue_after"`
	ExpectationOverdueAfter time.Duration `json:"expectation_overdue_after"`
	SettlementOverdueAfter  time.Duration `json:"settlement_overdue_after"` // the credit note or Ajio's RSI
	// PostToERP says that the channel has a URL for return postings.
	PostToERP bool `json:"post_to_erp"`
	// Models are the settlement models with the first day (IST) on which a return that Ajio dates so has it, oldest first.
	Models []DatedModel `json:"models"`
}

// DatedModel is a settlement model from a day on.
type DatedModel struct {
	Model order.SettlementModel `json:"model"`
	From  time.Time             `json:"from,omitzero"` // 00:00 IST
}

// ModelOn is the settlement model of a return with this date.
func (p ReturnPolicy) ModelOn(returnDate time.Time) order.SettlementModel {
	model := order.CreditNoteModel
	for _, dated := range p.Models {
		if !returnDate.Before(dated.From) {
			model = dated.Model
		}
	}
	return model
}

// ReturnState is where a return stands, as its workflow knows it.
type ReturnState struct {
	Pob             string                `json:"pob"`
	OrderID         string                `json:"order_id"`
	ReturnID        string                `json:"return_id,omitempty"`
	Kind            order.ReturnKind      `json:"kind"`
	Stage           order.ReturnStage     `json:"stage"`
	Outcome         order.ReturnOutcome   `json:"outcome,omitempty"`
	Settlement      string                `json:"settlement,omitempty"` // SettlementOffline or empty
	SettlementModel order.SettlementModel `json:"settlement_model,omitempty"`
	AjioStatus      order.ReturnStatus    `json:"ajio_status,omitempty"`
	Attention       string                `json:"attention,omitempty"`
	Advice          string                `json:"advice,omitempty"`
	WaitingFor      string                `json:"waiting_for,omitempty"`
	DueAt           *time.Time            `json:"due_at,omitempty"`
	// CreditNoteBy is the last day on which the law lets the note be declared (contracts/gst-einvoice.md §11).
	CreditNoteBy *time.Time        `json:"credit_note_by,omitempty"`
	Parked       *Parked           `json:"parked,omitempty"`
	TrackingNo   string            `json:"tracking_number,omitempty"` // the AWB of the way back
	CreditNoteNo string            `json:"credit_note_number,omitempty"`
	Lines        []ReturnLineState `json:"lines"`
	Notes        []Note            `json:"notes,omitempty"`
}

// ReturnLineState counts the units of one line that come back. Expected = Good + Bad + Missing once the QC is done.
type ReturnLineState struct {
	OrderItemID string `json:"order_item_id"`
	ItemCode    string `json:"item_code"`
	Expected    int    `json:"expected"`
	Good        int    `json:"good"`
	Bad         int    `json:"bad"`
	Missing     int    `json:"missing"`
}

// SettlementOffline is the value of the search attribute Settlement on a return with units that people settle by hand.
const SettlementOffline = "offline"

// ReturnSyncResult counts what one reading of the returns found.
type ReturnSyncResult struct {
	Listed     int `json:"listed"`     // open returns at Ajio
	Started    int `json:"started"`    // workflows started
	Changed    int `json:"changed"`    // known returns told of a later state
	Unreadable int `json:"unreadable"` // rows of the feed that could not be read
}
