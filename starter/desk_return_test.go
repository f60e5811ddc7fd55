package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"vmsflow/activities"
	"vmsflow/internal/inbox"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// takeReturns registers what the real workflow of a return does with our books. Every order has shipped two units.
func (d *desk) takeReturns(takes func(worker.Worker, string, any), w worker.Worker) {
	takes(w, "FindForward", func(ref activities.ReturnRef) (order.Shipped, error) {
		line := ref.OrderID + "-1"
		if err := d.refusal("forward order of " + ref.ReturnID); err != nil {
			return order.Shipped{}, err
		}
		return order.Shipped{
			Known: true, Shipped: true, Lines: []order.Line{{OrderItemID: line, ItemCode: "SKU1", Ordered: 2}},
			Quantities: order.Quantities{line: 2},
			Invoice:    order.Invoice{Number: "INV-1", Date: time.Date(2025, 11, 17, 4, 35, 0, 0, time.UTC)},
		}, nil
	})
	qc := &activities.QC{Tables: map[string]order.QCTable{"DV1": order.DefaultQCTable(), "DV2": order.DefaultQCTable()}}
	w.RegisterActivityWithOptions(qc.JudgeQC, activity.RegisterOptions{Name: activities.JudgeQC})
	takes(w, "RecordQC", func(ctx context.Context, in activities.RecordQCInput) error {
		return d.db.RecordQC(ctx, in.Row, in.Revision, in.Units, in.Surplus, in.Restock)
	})
	takes(w, "ListForSettlement", func(ctx context.Context, in activities.ListInput) error {
		return d.db.ListSettlements(ctx, in.Row, in.Units, in.Why)
	})
	takes(w, "ReadReturn", func(activities.ReturnRef) (activities.ReturnRecord, error) {
		return activities.ReturnRecord{Outcome: order.ReturnCompleted}, nil
	})
	takes(w, "EndReturn", func(ctx context.Context, in activities.EndReturnInput) error {
		return d.db.EndReturn(ctx, in.Row, in.Outcome, in.Reason)
	})
}

// expect starts a return of two units as the return sync does: a customer's or, without a return id, the RTO of a parcel
// that came back unannounced.
func (d *desk) expect(t *testing.T, orderID, returnID string) {
	t.Helper()
	kind := order.CustomerReturn
	if returnID == "" {
		kind = order.RTO
	}
	row, err := d.db.EnterReturn(t.Context(), "DV1", orderID, returnID, kind)
	require.NoError(t, err)
	in := inputOf(row)
	if kind == order.RTO {
		require.NoError(t, contract.SignalReturn(t.Context(), d.temporal, in, contract.SignalReturnParcel, contract.ReturnParcel{TrackingNumber: "AWB9"}))
	} else {
		require.NoError(t, contract.SignalReturn(t.Context(), d.temporal, in, contract.SignalReturnExpected, announced(orderID, returnID, kind)))
	}
	require.NoError(t, d.db.MarkReturnStarted(t.Context(), row.ID))
}

func inputOf(row postgres.Return) contract.ReturnInput {
	return inbox.Input(row, contract.ReturnPolicy{
		RTOGrace: 96 * time.Hour, QCGap: time.Hour, ParcelOverdueAfter: time.Hour, QCOverdueAfter: time.Hour,
		ExpectationOverdueAfter: time.Hour, SettlementOverdueAfter: time.Hour, Models: []contract.DatedModel{{Model: order.CreditNoteModel}},
	})
}

func announced(orderID, returnID string, kind order.ReturnKind) order.Expectation {
	return order.Expectation{
		Pob: "DV1", ReturnID: returnID, OrderID: orderID, Kind: kind, Status: order.StatusReturnCreated, TrackingNumber: "AWB9",
		ReturnDate: time.Date(2025, 11, 24, 6, 0, 0, 0, time.UTC),
		Items:      []order.ExpectedItem{{ReturnItemID: returnID + "-1", OrderItemID: orderID + "-1", ItemCode: "SKU1", Units: 2}},
	}
}

// asJSON is a document for starter signal.
func asJSON(t *testing.T, document any) string {
	t.Helper()
	text, err := json.Marshal(document)
	require.NoError(t, err)
	return string(text)
}

// returnIs waits until starter status shows a return that fits, and returns it.
func returnIs(t *testing.T, name string, fits func(returnStatus) bool) returnStatus {
	t.Helper()
	var s returnStatus
	require.Eventually(t, func() bool {
		s = returnStatus{}
		return json.Unmarshal([]byte(starter(t, "status", name, "--json").out), &s) == nil && s.State != nil && fits(s)
	}, 30*time.Second, 100*time.Millisecond, name)
	return s
}

const rtoName = "rto:DV1:S2"

func TestTheReturnDesk(t *testing.T) {
	d := &desk{bench: newBench(t, "default"), ended: map[string]activities.EndInput{}, refuses: map[string]string{
		"R1": "warehouse_refused", "R2": "warehouse_refused",
	}}
	stop := d.run(t)
	d.open(t, "DV1", "S1")
	d.expect(t, "S1", "R1")
	d.expect(t, "S1", "R2")
	d.expect(t, "S2", "")
	open := d.needs(t, "R1", "R2")

	t.Run("attention lists what is parked", func(t *testing.T) {
		require.Equal(t, kindReturn, open["R1"].Kind)
		require.Equal(t, "return:DV1:R1", open["R1"].WorkflowID)
		require.Equal(t, "S1", open["R1"].OrderID)
		require.Equal(t, string(order.ReturnExpected), open["R1"].Stage)
		require.Equal(t, "announce the return to the warehouse", open["R1"].Parked.Step)
		require.True(t, open["R1"].Parked.CanSkip)
		require.Contains(t, open["R1"].Message, "Mend it, then retry.")
	})
	t.Run("status says where it stands and what answers", func(t *testing.T) {
		for _, name := range []string{"R1", "return:DV1:R1"} {
			r := starter(t, "status", name)
			require.Equal(t, exitAttention, r.code, r.err)
			for _, want := range []string{
				"Return R1 at DV1", "Order S1", "ATTENTION warehouse_refused", "Kind customer_return", "Stage expected",
				"Parked announce the return to the warehouse since", "Answer starter retry R1", `starter skip R1 --why "…"`,
				`starter close-return R1 --why "…"`, "At Ajio RETURN_CREATED", "AWB AWB9", "Settled by CREDIT_NOTE",
				"Credit note by 2026-11-30, the last day of the law", "S1-1 SKU1 2 0 0 0",
			} {
				require.Contains(t, strings.Join(cells(r.out), "\n"), want)
			}
			require.NotContains(t, r.out, "Remark")
		}
	})
	t.Run("the status of its order lists it", func(t *testing.T) {
		r := starter(t, "status", "S1")
		require.Zero(t, r.code, "the order itself needs nobody")
		require.Contains(t, strings.Join(cells(r.out), "\n"), "RETURN KIND STAGE ATTENTION\n"+
			"R1 customer_return expected warehouse_refused\nR2 customer_return expected warehouse_refused")
		var s status
		require.NoError(t, json.Unmarshal([]byte(starter(t, "status", "S1", "--json").out), &s))
		require.Equal(t, orderReturn{
			ReturnID: "R1", WorkflowID: "return:DV1:R1", Kind: order.CustomerReturn, Stage: "expected", Attention: "warehouse_refused",
		}, s.Returns[0])
	})
	t.Run("what is no answer to it is refused with the one that is", func(t *testing.T) {
		r := starter(t, "cancel", "R1", "--why", "x")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.out, "starter close-return gives a return up")
		r = starter(t, "close-return", "S1", "--why", "x")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.out, "starter status names the returns of an order")
		r = starter(t, "generate-rto", "R1", "--why", "x")
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.out, "only an RTO is generated")
		r = starter(t, "abandoned", "settle", "R1", "--why", "x", "--by", "Meena")
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.err, "return R1 at DV1 is no order: starter close-return")
		require.Equal(t, exitNotFound, starter(t, "close-return", "R-none", "--why", "x").code)
		r = starter(t, "cancel", "--attention", "warehouse_refused", "--why", "x", "--yes")
		require.Contains(t, r.out, "Nothing waits for that.", "flags select orders only")
	})
	t.Run("a return that is parked is retried, and skipped when it was done by hand", func(t *testing.T) {
		r := starter(t, "retry", "R1", "--json")
		require.Zero(t, r.code, r.err)
		require.Equal(t, map[string]answered{"R1": {
			WorkflowID: "return:DV1:R1", Name: "R1", Result: resultDone, Step: "announce the return to the warehouse",
		}}, answersOf(t, r))
		returnIs(t, "R1", func(s returnStatus) bool {
			return s.State.Parked != nil && s.State.Parked.Since.After(open["R1"].Since)
		})
		r = starter(t, "skip", "return:DV1:R1", "R1", "--why", "announced by phone")
		require.Zero(t, r.code, r.out+r.err)
		s := returnIs(t, "R1", func(s returnStatus) bool { return s.State.WaitingFor == "the parcel" })
		require.Empty(t, s.Attention)
	})
	t.Run("documents reach it as signals, and no others do", func(t *testing.T) {
		r := starter(t, "signal", "R1", "packed", `{"orderCode":"S1","locationCode":"DV1","channelName":"AJIO","shipmentItems":[]}`)
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.err, "return R1 at DV1 takes no packed; it takes return-expected, return-parcel")
		r = starter(t, "signal", "S1", "return-parcel", `{"tracking_number":"AWB9"}`)
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.err, "order S1 at DV1 takes no return-parcel; it takes po-details")

		r = starter(t, "signal", "R1", "return-parcel", `{"tracking_number":"AWB9"}`)
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "Sent return-parcel to return:DV1:R1")
		returnIs(t, "R1", func(s returnStatus) bool { return s.State.Stage == order.ReturnReceived })
	})
	t.Run("finished QC is missing units, which stand on the settlement list", func(t *testing.T) {
		r := starter(t, "finish-qc", "R1", "--why", "the box was empty")
		require.Zero(t, r.code, r.out+r.err)
		require.NoError(t, d.temporal.GetWorkflow(t.Context(), "return:DV1:R1", "").Get(t.Context(), nil))
		r = starter(t, "status", "R1")
		require.Zero(t, r.code, r.err)
		for _, want := range []string{
			"Outcome completed", "Settlement offline", "S1-1 SKU1 2 0 0 2", "finish-qc: the box was empty",
			"On the settlement list:", "1 DV1 S1 R1 customer_return SKU1 2 MISSING NOT_RECEIVED - qc - ",
		} {
			require.Contains(t, strings.Join(cells(r.out), "\n"), want)
		}
		require.Contains(t, strings.Join(cells(starter(t, "status", "S1").out), "\n"), "R1 customer_return ended as completed -")
	})
	t.Run("a return that has ended has nothing to answer, and takes no signal", func(t *testing.T) {
		r := starter(t, "retry", "R1")
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.out, "the return has ended as completed, so there is nothing to answer")
		r = starter(t, "signal", "R1", "return-parcel", `{"tracking_number":"AWB9"}`)
		require.Equal(t, exitNotFound, r.code)
		require.Contains(t, r.err, "return R1 at DV1 has no open workflow, so nothing was sent; starter sync starts what Ajio expects")
	})
	t.Run("returns are given up by what they need", func(t *testing.T) {
		r := starter(t, "close-return", "--attention", "warehouse_refused", "--why", "settled by mail", "--dry-run")
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, "1 of these 1 are to get the update close-return.")
		r = starter(t, "close-return", "--attention", "warehouse_refused", "--why", "settled by mail", "--yes", "--json")
		require.Zero(t, r.code, r.err)
		require.Equal(t, resultDone, answersOf(t, r)["R2"].Result)
		require.NoError(t, d.temporal.GetWorkflow(t.Context(), "return:DV1:R2", "").Get(t.Context(), nil))
		s := returnIs(t, "R2", func(returnStatus) bool { return true })
		require.Equal(t, order.ReturnClosed, s.Record.Outcome)
		require.Equal(t, "settled by mail", s.Record.EndReason)
		d.needs(t)
	})
	t.Run("the RTO of an unannounced parcel is generated at once, and gets its name", func(t *testing.T) {
		r := starter(t, "status", rtoName)
		require.Zero(t, r.code, r.err)
		require.Contains(t, strings.Join(cells(r.out), "\n"), "Return that Ajio has not announced, at DV1\nOrder S2\nKind rto")
		r = starter(t, "signal", rtoName, "return-qc", `{"returnOrderCode":"","forwardOrderCode":"S2","locationCode":"DV1","channelName":"AJIO",
			"awbNumber":"AWB9","transporter":"D","orderItems":[{"returnItemCode":"S2-1-1","channelSkuCode":"SKU1","qcStatus":"PASS"},
			{"returnItemCode":"S2-1-2","channelSkuCode":"SKU1","qcStatus":"PASS"}]}`)
		require.Zero(t, r.code, r.err)
		returnIs(t, rtoName, func(s returnStatus) bool { return strings.Contains(s.State.WaitingFor, "then the RTO is generated") })
		r = starter(t, "generate-rto", rtoName, "--why", "Ajio asks for it")
		require.Zero(t, r.code, r.out+r.err)
		returnIs(t, rtoName, func(s returnStatus) bool { return s.ReturnID == "R-RTO" && s.State.ReturnID == "R-RTO" })
		require.Contains(t, strings.Join(cells(starter(t, "status", "R-RTO").out), "\n"), "Return R-RTO at DV1")
	})
	t.Run("an expectation that the return sync could not tell is told by hand", func(t *testing.T) {
		r := starter(t, "signal", "R-RTO", "return-expected", asJSON(t, announced("S2", "R-RTO", order.RTO)))
		require.Zero(t, r.code, r.err)
		s := returnIs(t, "R-RTO", func(s returnStatus) bool { return s.State.WaitingFor == "the ERP's credit note" })
		require.Equal(t, []contract.ReturnLineState{{OrderItemID: "S2-1", ItemCode: "SKU1", Expected: 2, Good: 2}}, s.State.Lines)
	})
	t.Run("a return that runs again after its end is answered", func(t *testing.T) {
		d.refuse("forward order of R1", "postgres_conflict")
		row, err := d.db.FindReturn(t.Context(), "R1", []string{"DV1"})
		require.NoError(t, err)
		require.NoError(t, contract.SignalReturn(t.Context(), d.temporal, inputOf(row), contract.SignalCreditNote, contract.CreditNote{}))
		returnIs(t, "R1", func(s returnStatus) bool { return s.State.Parked != nil })
		r := starter(t, "status", "R1")
		require.Equal(t, exitAttention, r.code, r.err)
		require.Contains(t, r.out, "starter retry R1")
		require.NotContains(t, r.out, "starter close-return", "its books are closed")
		r = starter(t, "retry", "R1")
		require.Zero(t, r.code, r.out+r.err)
	})
	t.Run("the database is down", func(t *testing.T) {
		t.Setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
		require.Eventually(t, func() bool { // visibility follows a moment later
			return starter(t, "status", "R-RTO").code != exitNotFound
		}, 30*time.Second, 100*time.Millisecond)
		for _, name := range []string{"R-RTO", rtoName} {
			r := starter(t, "status", name)
			require.Zero(t, r.code, r.err)
			require.Contains(t, r.out, "the ERP's credit note")
			require.Contains(t, r.out, "Postgres did not answer")
		}
	})
	t.Run("without a worker Temporal's list and Postgres still tell", func(t *testing.T) {
		stop()
		r := starter(t, "status", "R-RTO")
		require.Zero(t, r.code, r.err)
		for _, want := range []string{"qc_reported", "No worker answered", "rto"} {
			require.Contains(t, r.out, want)
		}
	})
	t.Run("a terminated workflow of an open return needs attention", func(t *testing.T) {
		require.NoError(t, d.temporal.TerminateWorkflow(t.Context(), rtoName, "", "by mistake"))
		r := starter(t, "status", "R-RTO")
		require.Equal(t, exitAttention, r.code, r.err)
		for _, want := range []string{"the workflow is terminated, the return is not", "starter returns close 3", "reset its workflow"} {
			require.Contains(t, r.out, want)
		}
	})
}

func TestAnRTOThatAjioWithdrewIsNotTakenForTheNext(t *testing.T) {
	d := &desk{bench: newBench(t, "default")}
	first, err := d.db.EnterReturn(t.Context(), "DV1", "S2", "R1", order.RTO)
	require.NoError(t, err)
	require.NoError(t, d.db.MarkReturnStarted(t.Context(), first.ID))
	require.NoError(t, d.db.EndReturn(t.Context(), first.ID, order.ReturnCancelled, "Ajio withdrew the return"))
	d.run(t)
	d.expect(t, "S2", "")

	r := starter(t, "status", "R1")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "cancelled: Ajio withdrew the return")
	require.NotContains(t, r.out, "Waiting for")
	r = starter(t, "close-return", rtoName, "--why", "x")
	require.Equal(t, exitNotFound, r.code)
	require.Contains(t, r.out, "the return has ended as cancelled")
	r = starter(t, "signal", "R1", "return-parcel", `{"tracking_number":"AWB9"}`)
	require.Equal(t, exitNotFound, r.code)
	require.Contains(t, r.err, "return R1 at DV1 has no open workflow")

	returnIs(t, rtoName+":2", func(s returnStatus) bool { return s.Record.Outcome == "" && s.State.WaitingFor != "" })
	require.Equal(t, exitNotFound, starter(t, "status", rtoName+":9").code, "no row of the order")
}

func TestAReturnIsFoundAmongOrders(t *testing.T) {
	db := newArchive(t)
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	for pob, id := range map[string]string{"DV1": "R1", "DV2": "R1"} {
		_, err := db.EnterReturn(t.Context(), pob, "S-elsewhere", id, order.CustomerReturn)
		require.NoError(t, err)
	}
	r := starter(t, "status", "R1")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "R1 is at several POBs; write --pob")
	r = starter(t, "status", "R1", "--pob", "DV2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, strings.Join(cells(r.out), "\n"), "Return R1 at DV2\nOrder S-elsewhere\nKind customer_return")
	r = starter(t, "status", "R2")
	require.Equal(t, exitNotFound, r.code)
	require.Contains(t, r.err, "R2 is neither an order, a purchase order nor a return of DV1, DV2")
	_, err := db.EnterReturn(t.Context(), "DV1", "S-elsewhere", "S1", order.CustomerReturn)
	require.NoError(t, err)
	require.Contains(t, strings.Join(cells(starter(t, "status", "S1").out), "\n"), "Order S1 at DV1", "orders come first")
	require.Contains(t, strings.Join(cells(starter(t, "status", "return:DV1:S1").out), "\n"), "Return S1 at DV1")
}

func TestTheDocumentsOfAReturn(t *testing.T) {
	db := newArchive(t)
	row, err := db.EnterReturn(t.Context(), "DV1", "S1", "R1", order.CustomerReturn)
	require.NoError(t, err)
	accepted := int64(0)
	for _, note := range []string{"CN-1", "CN-2"} {
		ref, err := db.SaveDocument(t.Context(), postgres.Document{
			Pob: "DV1", OrderID: "R1", Kind: postgres.KindCreditNote, Number: note, ContentType: "application/pdf", Content: []byte("%PDF " + note),
		})
		require.NoError(t, err)
		if accepted == 0 {
			accepted = ref.ID
		}
	}
	require.Equal(t, "%PDF CN-2", starter(t, "document", "R1", "credit-note").out, "the newest, while none was accepted")
	require.NoError(t, db.SaveCreditNote(t.Context(), row.ID, order.CreditNote{Number: "CN-1", IRN: "irn", DocumentID: accepted}))
	require.Equal(t, "%PDF CN-1", starter(t, "document", "return:DV1:R1", "credit_note").out, "not one that came later")

	r := starter(t, "document", "R1")
	require.Zero(t, r.code, r.err)
	lines := cells(r.out)
	require.Equal(t, []string{"Return R1 at DV1", "", "KIND NUMBER BYTES SHA256 STORED FROM"}, lines[:3])
	require.Len(t, lines, 5)
	require.Contains(t, lines[3], "credit-note CN-1 9 ")

	r = starter(t, "document", "R1", "rsi")
	require.Equal(t, exitNotFound, r.code)
	require.Equal(t, "starter: return R1 at DV1 has no rsi; it has credit-note\n", r.err)
	r = starter(t, "document", "S1", "credit-note")
	require.Equal(t, exitNotFound, r.code, "it is of the return, not of the order")

	_, err = db.EnterReturn(t.Context(), "DV1", "S1", "", order.RTO)
	require.NoError(t, err)
	r = starter(t, "document", "rto:DV1:S1", "--json")
	require.Zero(t, r.code, r.err)
	require.JSONEq(t, "[]", r.out)
	r = starter(t, "document", "rto:DV1:S9")
	require.Equal(t, exitNotFound, r.code)
	require.Equal(t, "starter: Postgres has no RTO of order S9 at DV1\n", r.err)
}
