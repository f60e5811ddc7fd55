package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// The activities of returns, for their names only.
var returnActivities *activities.Returns

// ReturnOrder takes what comes back from Ajio's expectation or the parcel, whichever is first, to the credit note: a
// customer return, or the one return to origin of an order.
func ReturnOrder(ctx workflow.Context, in contract.ReturnInput) (contract.ReturnState, error) {
	r := newReturnOrder(in)
	ctx, err := r.setUp(ctx)
	if err != nil {
		return contract.ReturnState{}, err
	}
	if err := r.run(ctx); err != nil {
		return contract.ReturnState{}, err
	}
	return r.state(), nil
}

// run takes the steps of the lifecycle. Each returns nil to go on, or why the return ends before it.
func (r *returnOrder) run(ctx workflow.Context) error {
	if r.Ended {
		return r.runAgain(ctx)
	}
	for _, step := range r.lifecycle() {
		if err := step(ctx); err != nil {
			return r.endEarly(ctx, err)
		}
	}
	return r.closeBooks(ctx, order.ReturnCompleted, "")
}

// lifecycle lists the steps. Expectation, parcel, QC and credit note may come in any order: each step waits for what it
// needs and finds it there if it came before.
func (r *returnOrder) lifecycle() []func(workflow.Context) error {
	return []func(workflow.Context) error{
		r.awaitExpectationOrParcel,
		r.findForwardOrder,
		r.awaitQC,
		r.recordQC,
		r.generateRTO,
		r.awaitExpectation,
		r.reportQC,
		r.listForSettlement,
		r.postToERP,
		r.settle,
	}
}

// returnOrder is one run of the lifecycle.
type returnOrder struct {
	contract.ReturnInput
	desk

	stage   order.ReturnStage
	outcome order.ReturnOutcome
	ending  *returnEnding

	expectation *order.Expectation // as last read
	parcel      *contract.ReturnParcel
	parcelAt    time.Time // when it was first known to be here
	news        int       // counts what came in, to wait for the next

	rows     []order.QCRow // what the warehouse said, unit by unit
	lastQCAt time.Time
	// After the QC is closed no more rows are taken for it. Those that come all the same wait in lateRows; late are those
	// on the settlement list, and lateCodes all that ever came late.
	qcClosed  bool
	lateRows  []order.QCRow
	late      []order.UnitResult
	lateCodes []string
	isJudged  bool
	judged    []order.ReturnLine // what qc was judged by
	qc        order.QCVerdict
	booked    *booking // as the books have it
	sent      *booking // as they were last asked to have it, which may be under way still
	revision  int

	shipped     order.Shipped
	announced   bool // to the warehouse
	asked       bool // the operator wants the RTO generated now
	finishQC    bool // the operator says that no more rows come
	reported    bool // Ajio has the QC
	awaitsAjio  bool // it runs again, and waits for Ajio to take its QC
	unannounced bool // when the books were closed
	gaveUp      bool // the operator ends what the return runs again for
	closing     bool // the books are being closed, or were
	listed      []settlement
	isOffline   bool                  // an earlier run has listed units
	creditNotes []contract.CreditNote // waiting to be judged
	creditNote  *order.CreditNote
	overdueAt   time.Time // when the credit note is
	rsiNumber   string
	shown       shownReturn
}

// booking is a QC in the books.
type booking struct {
	order.QCVerdict
	restock bool
}

func (b *booking) equal(other booking) bool {
	return b != nil && alike(b.Units, other.Units) && alike(b.Surplus, other.Surplus) && b.restock == other.restock
}

// settlement is units on the settlement list.
type settlement struct {
	why   order.SettlementReason
	units []order.UnitResult
}

func newReturnOrder(in contract.ReturnInput) *returnOrder {
	return &returnOrder{ReturnInput: in, shown: shownReturn{kind: in.Kind}}
}

// 1. Ajio announces the return, or the parcel is here first. Either starts the workflow, so that nothing is waited for
// but by a return whose first message was lost.
func (r *returnOrder) awaitExpectationOrParcel(ctx workflow.Context) error {
	due := workflow.Now(ctx).Add(r.Policy.ExpectationOverdueAfter)
	return r.await(ctx, wait{what: "Ajio's expectation or the parcel", until: due, overdue: "expectation_overdue"}, func() bool {
		return r.expectation != nil || r.parcel != nil
	})
}

// 2. What was shipped decides what can come back, and who is told. A return that is faster than its order waits for it.
func (r *returnOrder) findForwardOrder(ctx workflow.Context) error {
	_, err := r.do(ctx, step{name: "find the forward order", outage: databaseDown}, r.readForwardOrder)
	if err == nil && !r.shipped.Shipped {
		r.alert = "not_shipped"
		r.note(ctx, "vmsflow did not ship order %s (%s): the ERP is not told, and the units go to the settlement list.", r.OrderID, r.shipped.Why)
	}
	return err
}

// 3. The warehouse checks every unit, in one message or several. The warehouse is told what to expect as soon as that is
// known, unless it has reported everything by then.
func (r *returnOrder) awaitQC(ctx workflow.Context) error {
	since := workflow.Now(ctx)
	for !r.isQCComplete() {
		if r.mustAnnounce() {
			if err := r.announceToWarehouse(ctx); err != nil {
				return err
			}
			continue
		}
		w, seen := r.qcWait(since), r.news
		if err := r.await(ctx, w, func() bool { return r.news != seen }); err != nil {
			return err
		}
		if err := r.hear(ctx); err != nil {
			return err
		}
		if w.overdue == "" && r.news == seen {
			break // nobody names the other units any more
		}
	}
	return nil
}

// announceToWarehouse tells the warehouse which units to expect, until it has reported them all.
func (r *returnOrder) announceToWarehouse(ctx workflow.Context) error {
	_, err := r.do(ctx, step{
		name: "announce the return to the warehouse", canSkip: true, settled: r.isQCComplete, outage: warehouseDown,
	}, func(ctx workflow.Context) error {
		calling, stop := workflow.WithCancel(ctx)
		defer stop()
		workflow.GoNamed(calling, "until the QC is here", func(ctx workflow.Context) {
			if workflow.Await(ctx, r.isQCComplete) == nil {
				stop()
			}
		})
		call := warehouseCall(calling, fmt.Sprintf("announce %d units to the warehouse", r.expectation.Units().Total()))
		err := workflow.ExecuteActivity(call, warehouseActivities.AnnounceReturn, activities.AnnounceReturnInput{
			Expectation: *r.expectation, Carrier: r.shipped.Carrier,
		}).Get(ctx, nil)
		if err != nil && r.isQCComplete() {
			return nil
		}
		return err
	})
	r.announced = true
	return err
}

// 4. Good units of ours go back to stock as soon as they are found good: they can be sold again.
func (r *returnOrder) recordQC(ctx workflow.Context) error {
	r.qcClosed = true
	if err := r.bookQC(ctx); err != nil {
		return err
	}
	r.stage = order.QCDone
	if r.isWithdrawn() { // while the warehouse was at it
		return r.withdraw()
	}
	return nil
}

// 5. A parcel that Ajio has announced to nobody within the grace, or before the operator's patience ends: we ask Ajio to
// raise the return. The request carries the QC.
func (r *returnOrder) generateRTO(ctx workflow.Context) error {
	if r.Kind != order.RTO || r.expectation != nil {
		return nil
	}
	isHere := func() bool { return r.expectation != nil }
	err := r.await(ctx, wait{what: "Ajio's expectation; then the RTO is generated", until: r.parcelAt.Add(r.Policy.RTOGrace)},
		func() bool { return isHere() || r.asked })
	if err == nil {
		err = r.hear(ctx)
	}
	if err != nil || isHere() {
		return err
	}
	if !r.shipped.Shipped { // Ajio raises returns only for orders that were dispatched
		return r.endAs(order.ReturnCompleted, "Ajio expects nothing of an order that was never shipped", order.SettleNotShipped)
	}
	id := ""
	_, err = r.do(ctx, step{name: "generate the RTO at Ajio", canSkip: true, settled: isHere, outage: ajioDown}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, r.Pob, fmt.Sprintf("generate the RTO over %d units", len(r.qc.Units)))
		return workflow.ExecuteActivity(call, ajioActivities.CreateRTO, activities.CreateRTOInput{
			Row: r.ID, Pob: r.Pob, OrderID: r.OrderID, Units: r.qc.Units,
		}).Get(ctx, &id)
	})
	if id != "" && r.expectation == nil {
		r.ReturnID = id
	}
	return err
}

// 6. Without an expectation Ajio takes no QC, and while it says RETURN_INITIATED neither.
func (r *returnOrder) awaitExpectation(ctx workflow.Context) error {
	due := workflow.Now(ctx).Add(r.Policy.ExpectationOverdueAfter)
	return r.await(ctx, wait{what: "Ajio's expectation", until: due, overdue: "expectation_overdue"}, func() bool {
		return r.expectation != nil && (r.expectation.Status.TakesQC() || r.isProcessed())
	})
}

// 7. Ajio gets the QC, in full and once.
func (r *returnOrder) reportQC(ctx workflow.Context) error {
	if err := r.checkExpectation(ctx); err != nil {
		return err
	}
	if err := r.bookQC(ctx); err != nil { // what was announced meanwhile may differ from what was shipped
		return err
	}
	byOthers := r.isProcessed()
	if !byOthers && len(r.qc.Units) > 0 {
		first := true
		_, err := r.do(ctx, step{name: "report the QC to Ajio", canSkip: true, settled: r.isProcessed, outage: ajioDown}, func(ctx workflow.Context) error {
			if err := r.judgeAndBook(ctx); err != nil { // Ajio may have corrected the return since it refused
				return err
			}
			answer, err := r.tellQC(ctx)
			byOthers, first = answer.TakenBefore && first, false
			return err
		})
		if err != nil {
			return err
		}
	}
	if byOthers {
		r.warn(ctx, "qc_by_others", "Ajio had a QC of this return before we reported ours; compare it in its seller panel.")
	}
	r.reported, r.stage = true, order.QCReported
	return nil
}

func (r *returnOrder) tellQC(ctx workflow.Context) (answer activities.QCAnswer, err error) {
	call := ajioCall(ctx, r.Pob, "report the QC: "+r.qcSummary())
	err = workflow.ExecuteActivity(call, ajioActivities.ReportQC, activities.ReportQCInput{
		Row: r.ID, Pob: r.Pob, ReturnID: r.ReturnID, Units: r.qc.Units,
	}).Get(ctx, &answer)
	return answer, err
}

// 8. What is bad or missing travels as QC, but its money does not: people settle it with Ajio
// (contracts/increff-erp.md §7.5, documented).
func (r *returnOrder) listForSettlement(ctx workflow.Context) error {
	if !r.shipped.Shipped {
		return r.list(ctx, order.SettleNotShipped, slices.Concat(r.qc.Units, r.qc.Surplus))
	}
	unsound := slices.Concat(r.unitsThatAre(order.Bad), r.unitsThatAre(order.Missing))
	if err := r.list(ctx, order.SettleQC, unsound); err != nil {
		return err
	}
	return r.list(ctx, order.SettleSurplus, r.qc.Surplus)
}

// 9. The ERP books the goods in.
func (r *returnOrder) postToERP(ctx workflow.Context) error {
	if !r.shipped.Shipped || !r.Policy.PostToERP || len(r.qc.Units) == 0 {
		return nil
	}
	_, err := r.do(ctx, step{name: "post the return to the ERP", canSkip: true, outage: erpDown}, func(ctx workflow.Context) error {
		call := erpCall(ctx, "RETURN_ORDER_COMPLETE")
		return workflow.ExecuteActivity(call, erpActivities.PostReturn, activities.PostReturnInput{
			Expectation: *r.expectation, Units: r.qc.Units, Shipped: r.shipped, Model: r.settlementModel(),
		}).Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	r.stage = order.ReturnPostedToERP
	return nil
}

// 10. The money of the good units comes back with a document. Without any, nothing is waited for: people settle it.
func (r *returnOrder) settle(ctx workflow.Context) error {
	switch {
	case !r.shipped.Shipped:
		return nil
	case r.settlementModel() == order.RSIModel:
		return r.fetchRSI(ctx)
	case r.shipped.Invoice.Number == "": // completed by hand: a credit note could name no invoice
		r.warn(ctx, "not_invoiced", "Its forward order was completed without an invoice, so no credit note can settle it.")
		return r.list(ctx, order.SettleNotInvoiced, r.unitsThatAre(order.Good))
	default:
		return r.takeCreditNote(ctx)
	}
}
