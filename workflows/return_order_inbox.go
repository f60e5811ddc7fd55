package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// setUp registers what may come in and returns the context of the main line, which a cancel from the Web UI does not
// touch: it is a request to close the return.
func (r *returnOrder) setUp(root workflow.Context) (workflow.Context, error) {
	always, _ := workflow.NewDisconnectedContext(root)
	r.show = r.showReturn
	main, stop := workflow.WithCancel(always)
	r.stop = stop

	note := func(text string) { r.note(always, "%s", text) }
	// Each reading is heard, because Ajio may go back to what it said before.
	heard := 0
	listen(always, contract.SignalReturnExpected,
		func(order.Expectation) string { heard++; return strconv.Itoa(heard) },
		func(e order.Expectation) { r.expect(always, e) }, note)
	listen(always, contract.SignalReturnParcel, nil, func(p contract.ReturnParcel) { r.receive(always, p) }, note)
	listen(always, contract.SignalReturnQC, nil, func(p increff.ReturnProcessed) { r.takeQC(always, p) }, note)
	listen(always, contract.SignalCreditNote, nil, func(n contract.CreditNote) {
		if r.creditNote != nil {
			r.secondCreditNote(always, n)
			return
		}
		r.creditNotes = append(r.creditNotes, n)
	}, note)
	listen(always, contract.SignalDifference, nil, func(d contract.Difference) {
		r.warn(always, "document_differs", fmt.Sprintf("Refused: %s. %s", d.Document, d.Message))
	}, note)

	workflow.GoNamed(always, "cancel from Temporal", func(ctx workflow.Context) {
		root.Done().Receive(ctx, nil)
		if err := r.mayClose(); err != nil {
			r.warn(always, "cancel_refused", fmt.Sprintf("Cancelling from Temporal was refused: %v", err))
			return
		}
		r.close(order.CancelledInTemporal)
	})
	return main, errors.Join(
		workflow.SetQueryHandlerWithOptions(always, contract.QueryState, func() (contract.ReturnState, error) { return r.state(), nil },
			workflow.QueryHandlerOptions{Description: "Where the return stands, line by line."}),
		r.takeDecisions(always),
		r.takeUpdate(always, contract.UpdateGenerateRTO, "Ask Ajio for the RTO now instead of after the grace.", r.mayGenerateRTO, func() { r.asked = true }),
		r.takeUpdate(always, contract.UpdateFinishQC, "Take the units that the warehouse did not name for missing.", r.mayFinishQC, func() { r.finishQC = true }),
		r.takeUpdate(always, contract.UpdateCloseReturn, "Give the return up. Its units go to the settlement list.", r.mayClose, nil),
	)
}

// takeUpdate registers something that an operator may ask for; a nil act closes the return.
func (r *returnOrder) takeUpdate(ctx workflow.Context, name, description string, may func() error, act func()) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(ctx workflow.Context, asked contract.Decision) error {
			r.note(ctx, "%s: %s", name, asked.Reason)
			r.news++
			if act != nil {
				act()
			} else {
				r.close(asked.Reason)
			}
			return nil
		},
		workflow.UpdateHandlerOptions{Description: description, Validator: func(_ workflow.Context, asked contract.Decision) error {
			if asked.Reason == "" {
				return errors.New("say in reason why")
			}
			return may()
		}})
}

func (r *returnOrder) mayGenerateRTO() error {
	switch {
	case r.closing || r.ending != nil:
		return errors.New("the return is over")
	case r.Kind != order.RTO:
		return errors.New("only an RTO is generated; Ajio announces customer returns itself")
	case r.expectation != nil:
		return fmt.Errorf("Ajio has announced the return already, as %s", r.ReturnID)
	}
	return nil
}

func (r *returnOrder) mayFinishQC() error {
	switch {
	case r.qcClosed:
		return errors.New("the QC is finished already")
	case !r.isLinesKnown():
		return errors.New("Ajio has not announced which units come back, so nobody can say what is missing; close the return to give it up")
	}
	return nil
}

// close gives the return up or, when it runs again, the wait for Ajio.
func (r *returnOrder) close(reason string) {
	if r.closing {
		r.gaveUp = true
		return
	}
	_ = r.endAs(order.ReturnClosed, reason, order.SettleClosed)
}

func (r *returnOrder) mayClose() error {
	if r.closing && !r.awaitsAjio || r.ending != nil || r.gaveUp {
		return errors.New("the return is over")
	}
	return nil
}

// lasting are the attentions that stay when the return has ended, because somebody must still act on them.
var lasting = []string{
	"not_shipped", "cancelled_after_qc", "parcel_of_a_cancelled_return", "second_credit_note", "announced_without_qc",
}

// warn raises an attention that stays until the end, and some after it.
func (r *returnOrder) warn(ctx workflow.Context, reason, text string) {
	if !slices.Contains(lasting, r.alert) || slices.Contains(lasting, reason) {
		r.alert = reason
	}
	r.note(ctx, "%s", text)
	r.show(ctx)
}

// expect takes what Ajio says of the return by now. The channel sync tells each state once, but one of an earlier
// reading may come after a later one; a return only goes forward.
func (r *returnOrder) expect(ctx workflow.Context, e order.Expectation) {
	if err := e.Validate(); err != nil {
		r.note(ctx, "An expectation was ignored: %v", err)
		return
	}
	switch {
	case e.Pob != r.Pob || e.OrderID != r.OrderID:
		r.note(ctx, "An expectation of order %s at %s was ignored: this return is of another one.", e.OrderID, e.Pob)
		return
	case r.ReturnID != "" && e.ReturnID != r.ReturnID:
		r.warn(ctx, "second_return", fmt.Sprintf("Ajio names a second return of the order, %s; this one is %s. Ask Ajio which is right.", e.ReturnID, r.ReturnID))
		return
	case r.expectation != nil && rank(e.Status) < rank(r.expectation.Status):
		return
	}
	if e.Kind != r.Kind {
		r.note(ctx, "Ajio calls the return a %s.", words(string(e.Kind)))
	}
	r.expectation, r.ReturnID, r.Kind = &e, e.ReturnID, e.Kind
	r.news++
	if r.stage == "" {
		r.stage = order.ReturnExpected
	}
	switch {
	case e.Status == order.StatusReturnDelivered && r.parcelAt.IsZero():
		r.parcelAt = workflow.Now(ctx)
	case !r.isWithdrawn() || r.closing:
	case r.reported:
		r.warn(ctx, "cancelled_after_qc", "Ajio withdrew the return after it had taken the QC.")
	case r.ending == nil && (r.parcel == nil || r.qcClosed && r.stage == order.QCDone):
		_ = r.withdraw()
	}
}

// rank puts the statuses in their order; one that nobody knows never takes a known one's place.
func rank(status order.ReturnStatus) int {
	return slices.Index([]order.ReturnStatus{
		order.StatusReturnInitiated, order.StatusReturnCreated, order.StatusReturnDelivered, order.StatusReturnProcessed, order.StatusReturnCancelled,
	}, status)
}

// receive takes that the parcel is here.
func (r *returnOrder) receive(ctx workflow.Context, p contract.ReturnParcel) {
	if r.parcel != nil {
		return
	}
	r.parcel = &p
	r.news++
	if r.parcelAt.IsZero() {
		r.parcelAt = workflow.Now(ctx)
	}
	switch {
	case r.stage != "" && r.stage != order.ReturnExpected:
	case r.Kind == order.RTO && r.expectation == nil:
		r.stage = order.RTOReceived
	default:
		r.stage = order.ReturnReceived
	}
}

// takeQC takes the rows of one message. A unit keeps its first result. The gateway has refused what cannot be read, but an
// adapter may signal past it.
func (r *returnOrder) takeQC(ctx workflow.Context, p increff.ReturnProcessed) {
	if p.ForwardOrderCode != "" && p.ForwardOrderCode != r.OrderID {
		r.note(ctx, "A QC of order %s was ignored: this return is of another one.", p.ForwardOrderCode)
		return
	}
	for _, item := range p.OrderItems {
		row, err := contract.QCRow(item)
		if err != nil {
			r.warn(ctx, "qc_refused", fmt.Sprintf("A row of the warehouse's QC was refused: %v", err))
			continue
		}
		r.takeRow(ctx, row)
	}
	r.news++
	r.receive(ctx, contract.ReturnParcel{TrackingNumber: p.AwbNumber, Carrier: p.Transporter})
}

func (r *returnOrder) takeRow(ctx workflow.Context, row order.QCRow) {
	i := slices.IndexFunc(r.rows, func(known order.QCRow) bool { return known.UnitCode == row.UnitCode })
	switch {
	case slices.Contains(r.lateCodes, row.UnitCode):
	case i >= 0 && r.rows[i] == row:
	case i >= 0:
		r.warn(ctx, "qc_differs", fmt.Sprintf("The warehouse reports unit %s again, with another result; the first stands. Ask which is right.", row.UnitCode))
	case r.qcClosed:
		r.lateRows, r.lateCodes = append(r.lateRows, row), append(r.lateCodes, row.UnitCode)
		r.warn(ctx, "qc_late", fmt.Sprintf("The warehouse reports unit %s after the QC was finished; it goes to the settlement list.", row.UnitCode))
	default:
		r.rows = append(r.rows, row)
		r.lastQCAt = workflow.Now(ctx)
	}
}

// lines are the units that the return brings back: those that Ajio announced or, for a parcel that comes back
// unannounced, all that was shipped. nil while that is not known.
func (r *returnOrder) lines() []order.ReturnLine {
	switch {
	case r.expectation != nil:
		return r.expectation.ReturnLines()
	case r.Kind == order.RTO:
		return r.shipped.ReturnLines()
	default:
		return nil
	}
}

// isQCComplete says whether every unit has its result.
func (r *returnOrder) isQCComplete() bool {
	if !r.isLinesKnown() {
		return false
	}
	if r.finishQC {
		return true
	}
	return len(r.rows) > 0 && order.JudgeQC(r.lines(), r.rows, nil, false).Unreported == 0 && len(r.lines()) > 0
}

func (r *returnOrder) isLinesKnown() bool { return r.expectation != nil || r.Kind == order.RTO }

func (r *returnOrder) mustAnnounce() bool {
	return r.expectation != nil && !r.announced && !r.isWithdrawn()
}

// qcWait is what the QC waits for next.
func (r *returnOrder) qcWait(since time.Time) wait {
	switch {
	case r.parcelAt.IsZero():
		return wait{what: "the parcel", until: since.Add(r.Policy.ParcelOverdueAfter), overdue: "parcel_overdue"}
	case !r.isLinesKnown():
		return wait{what: "Ajio's expectation", until: r.parcelAt.Add(r.Policy.ExpectationOverdueAfter), overdue: "expectation_overdue"}
	case len(r.rows) == 0:
		return wait{what: "the warehouse's QC", until: r.parcelAt.Add(r.Policy.QCOverdueAfter), overdue: "qc_overdue"}
	default:
		return wait{what: "the QC of the units that nobody has named; then they are missing", until: r.lastQCAt.Add(r.Policy.QCGap)}
	}
}

func (r *returnOrder) isProcessed() bool {
	return r.expectation != nil && r.expectation.Status == order.StatusReturnProcessed
}

// isWithdrawn says whether Ajio took the return back, as a whole or unit by unit.
func (r *returnOrder) isWithdrawn() bool {
	return r.expectation != nil && (r.expectation.Status == order.StatusReturnCancelled || r.expectation.Units().Total() == 0)
}

// bookQC judges the QC and enters it in the books: they have what Ajio and the ERP are told.
func (r *returnOrder) bookQC(ctx workflow.Context) error {
	_, err := r.do(ctx, step{name: "record the QC", outage: databaseDown}, r.judgeAndBook)
	return err
}

func (r *returnOrder) judgeAndBook(ctx workflow.Context) error {
	if err := r.judgeNow(ctx); err != nil {
		return err
	}
	now := booking{QCVerdict: r.qc, restock: r.isOurStock()}
	if r.booked.equal(now) && (r.sent == nil || r.sent.equal(now)) { // what was sent last may have arrived
		return nil
	}
	if r.sent != nil && !r.sent.equal(now) {
		r.revision++ // used up, whether or not the last one arrived
	}
	r.sent = &now
	record := books(ctx, "record the QC: "+r.qcSummary())
	err := workflow.ExecuteActivity(record, returnActivities.RecordQC, activities.RecordQCInput{
		Row: r.ID, Units: now.Units, Surplus: now.Surplus, Restock: now.restock, Revision: r.revision,
	}).Get(ctx, nil)
	if err == nil {
		r.booked = &now
	}
	return err
}

// alike compares results but for their return item ids, which an RTO gets only after its QC.
func alike(a, b []order.UnitResult) bool {
	return slices.EqualFunc(a, b, func(x, y order.UnitResult) bool {
		x.ReturnItemID, y.ReturnItemID = "", ""
		return x == y
	})
}

// isOurStock says whether good units can be sold again. Whose the units of an order are that we never shipped, or of a
// return that Ajio withdrew, nobody knows.
func (r *returnOrder) isOurStock() bool {
	return r.shipped.Shipped && !r.isWithdrawn() && r.outcome != order.ReturnCancelled
}

// judgeNow judges the units as they are expected by now, unless it has done so.
func (r *returnOrder) judgeNow(ctx workflow.Context) error {
	lines := r.lines()
	if r.isJudged && slices.Equal(lines, r.judged) {
		return nil
	}
	var verdict order.QCVerdict
	err := workflow.ExecuteLocalActivity(judgement(ctx), activities.JudgeQC, activities.JudgeQCInput{
		Pob: r.Pob, Lines: lines, Rows: r.rows,
	}).Get(ctx, &verdict)
	if err == nil {
		r.qc, r.judged, r.isJudged = verdict, slices.Clone(lines), true
	}
	return err
}

// checkExpectation stops a return that would bring back more than was shipped. It reads the forward order anew, because
// other returns of it may have come or gone.
func (r *returnOrder) checkExpectation(ctx workflow.Context) error {
	if !r.shipped.Shipped {
		return nil
	}
	_, err := r.do(ctx, step{name: "check the expectation", canSkip: true, outage: databaseDown}, func(ctx workflow.Context) error {
		if err := r.readForwardOrder(ctx); err != nil {
			return err
		}
		var over []string
		expected := r.expectation.Units()
		for _, id := range expected.IDs() {
			if left := r.shipped.Quantities[id] - r.shipped.Elsewhere[id]; expected[id] > left {
				over = append(over, fmt.Sprintf("line %s: %d units expected, %d shipped, %d in other returns", id, expected[id], r.shipped.Quantities[id], r.shipped.Elsewhere[id]))
			}
		}
		if over == nil {
			return nil
		}
		return activities.Refuse("more_than_shipped", nil, "Ajio expects more than was shipped: %s. Have Ajio correct the return, then retry; "+
			"or skip to report it as it is.", strings.Join(over, "; "))
	})
	return err
}

func (r *returnOrder) readForwardOrder(ctx workflow.Context) error {
	var shipped order.Shipped
	find := books(ctx, "find the forward order")
	err := workflow.ExecuteActivity(find, returnActivities.FindForward, r.ref()).Get(ctx, &shipped)
	switch {
	case err == nil:
		r.shipped = shipped
	case activities.IsForwardOrderOpen(err) && r.concern == "":
		r.concern = "forward_order_open"
		r.note(ctx, "The return waits for its forward order to be handed over: %v", err)
	}
	return err
}

func (r *returnOrder) ref() activities.ReturnRef {
	return activities.ReturnRef{Row: r.ID, Pob: r.Pob, OrderID: r.OrderID, ReturnID: r.ReturnID}
}

func (r *returnOrder) settlementModel() order.SettlementModel {
	if r.expectation == nil {
		return ""
	}
	return r.Policy.ModelOn(r.expectation.ReturnDate)
}

// qcSummary counts the results, for summaries.
func (r *returnOrder) qcSummary() string {
	return fmt.Sprintf("%d good, %d bad, %d missing", order.Count(r.qc.Units, order.Good).Total(),
		order.Count(r.qc.Units, order.Bad).Total(), order.Count(r.qc.Units, order.Missing).Total())
}

// state answers the query.
func (r *returnOrder) state() contract.ReturnState {
	state := contract.ReturnState{
		Pob: r.Pob, OrderID: r.OrderID, ReturnID: r.ReturnID, Kind: r.Kind, Stage: r.stage, Outcome: r.outcome,
		Settlement: r.settlement(), SettlementModel: r.settlementModel(), Attention: r.attention(), Advice: r.advice(),
		WaitingFor: r.waitingFor, Parked: r.parked, Notes: r.notes,
	}
	if !r.dueAt.IsZero() {
		state.DueAt = &r.dueAt
	}
	if by := r.creditNoteBy(); !by.IsZero() {
		state.CreditNoteBy = &by
	}
	if r.expectation != nil {
		state.AjioStatus, state.TrackingNo = r.expectation.Status, r.expectation.TrackingNumber
	}
	if r.creditNote != nil {
		state.CreditNoteNo = r.creditNote.Number
	}
	state.Lines = r.lineStates()
	return state
}

// lineStates counts the units line by line of the forward order.
func (r *returnOrder) lineStates() []contract.ReturnLineState {
	var states []contract.ReturnLineState
	good, bad, missing := order.Count(r.qc.Units, order.Good), order.Count(r.qc.Units, order.Bad), order.Count(r.qc.Units, order.Missing)
	for _, line := range r.lines() {
		i := slices.IndexFunc(states, func(s contract.ReturnLineState) bool { return s.OrderItemID == line.OrderItemID })
		if i < 0 {
			i = len(states)
			states = append(states, contract.ReturnLineState{
				OrderItemID: line.OrderItemID, ItemCode: line.ItemCode,
				Good: good[line.OrderItemID], Bad: bad[line.OrderItemID], Missing: missing[line.OrderItemID],
			})
		}
		states[i].Expected += line.Units
	}
	return states
}
