package audit

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/warehouse/warehousetest"
	"vmsflow/workflows/contract"
)

// The returns of goodReturns, one for each outcome and for each way to settle one.
const (
	halfBad   = "R1" // of shipped: one unit good, one bad; credited
	rto       = "R5" // of ours: a good unit; we had it made, and Ajio invoices it
	closed    = "R6" // of second: a good unit; given up
	withdrawn = "R7" // of third: a good unit that is here all the same
	third     = "S7" // shipped as ours was
)

// returnedUnit is one unit of goodReturns.
type returnedUnit struct {
	line, item   string
	code         order.QCCode
	reason, said string
}

func TestAGoodRunWithReturnsIsClean(t *testing.T) {
	t.Parallel()
	report := Audit(goodReturns())
	require.Empty(t, report.Mismatches)
	require.Equal(t, Report{Clean: true, Mismatches: []string{}}, report)
}

func TestAReturnMayRunAgainForWhatComesAfterItsEnd(t *testing.T) {
	t.Parallel()
	e := goodReturns()
	e.Runs = append(e.Runs, *run(&e, "return:DV1:R1"))
	require.Empty(t, Audit(e).Mismatches)
}

func TestEveryWrongOfAReturnIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper func(*Evidence)
		counts Report // the counts only
		says   string // a sentence that must be among the mismatches
	}{
		{"a return that never came", func(e *Evidence) { e.Returned = e.Returned[1:] },
			Report{UnitsLost: 0, StockUnitsLeaked: 1}, "order S1 (bad_for_own_reason): 0 returns came of it, expected 1"},
		{"a return of an order that was kept", func(e *Evidence) { e.Cast[0].Return = world.Kept },
			Report{}, "order S1 (kept): 1 returns came of it, expected 0"},
		{"fewer units came back than the story wants", func(e *Evidence) {
			returnOf(e, halfBad).Items[0].Good = 0
		}, Report{UnitsLost: 6, CreditNotesWrong: 1}, "order S1 (bad_for_own_reason): line S10001: 2 units shipped, but 1 checked at Ajio"},
		{"more units came back than were shipped", func(e *Evidence) {
			returnOf(e, halfBad).Items[0].Good = 2
		}, Report{UnitsLost: 6}, "order S1 (bad_for_own_reason): line S10001: 2 units shipped, but 3 checked at Ajio"},
		{"a unit of a return that Ajio withdrew was checked", func(e *Evidence) {
			returnOf(e, withdrawn).Items[0].Good = 1
		}, Report{UnitsLost: 1}, "order S7 (withdrawn_here): 1 of 1 shipped units were checked at Ajio, expected 0"},
		{"more units came back than the one of the story", func(e *Evidence) { e.Cast[0].Return, e.Returned[0].Story = world.BadUnit, world.BadUnit },
			Report{UnitsLost: 1}, "order S1 (bad_unit): 2 of 2 shipped units were checked at Ajio, expected 1"},

		{"no workflow", func(e *Evidence) { e.Runs = e.Runs[1:] },
			Report{}, "return R1 (bad_for_own_reason): its workflow ran 0 times, expected once, and once more for what comes after its end"},
		{"a workflow that ran three times", func(e *Evidence) {
			e.Runs = append(e.Runs, e.Runs[0], e.Runs[0])
		}, Report{}, "return R1 (bad_for_own_reason): its workflow ran 3 times, expected once, and once more for what comes after its end"},
		{"a workflow that still runs", func(e *Evidence) {
			e.Runs[0].Status, e.Runs[0].Stage, e.Runs[0].Attention = "Running", "qc_done", "ajio_refused"
		}, Report{}, `return R1 (bad_for_own_reason): its workflow is Running at stage qc_done (attention: "ajio_refused")`},
		{"a closed workflow that wants attention", func(e *Evidence) { e.Runs[0].Attention = "qc_differs" },
			Report{}, `return R1 (bad_for_own_reason): its workflow is closed, but shows stage ended and attention "qc_differs"`},
		{"a return of which nobody sees that it was never shipped", func(e *Evidence) { run(e, "rto:DV1:S3").Attention = "" },
			Report{}, `RTO of order S3 (never_shipped): its workflow is closed, but shows stage ended and attention ""`},
		{"a workflow of a return that never came", func(e *Evidence) { e.Runs = append(e.Runs, ReturnRun{WorkflowID: "return:DV1:R9"}) },
			Report{}, "workflow return:DV1:R9 is of a return that never came"},
		{"no row", func(e *Evidence) { e.Postgres.Returns = e.Postgres.Returns[1:] },
			Report{}, "return R1 (bad_for_own_reason): it has 0 rows in Postgres, expected one"},
		{"a row of a return that never came", func(e *Evidence) { e.Postgres.Returns = append(e.Postgres.Returns, ReturnRow{ReturnID: "R9"}) },
			Report{}, "6 returns stand in Postgres, but only 5 of them came"},

		{"another outcome in Postgres", func(e *Evidence) { returnRow(e, closed).Outcome = order.ReturnCompleted },
			Report{}, `return R6 (note_never): the outcome is "completed" at Postgres, but "closed" at run 1 of its workflow`},
		{"another outcome in Temporal", func(e *Evidence) { run(e, "return:DV2:R7").Result.Outcome = order.ReturnCompleted },
			Report{}, `return R7 (withdrawn_here): the outcome is "cancelled" at Postgres, but "completed" at run 1 of its workflow`},
		{"another outcome than the story's", func(e *Evidence) {
			returnRow(e, rto).Outcome, run(e, "rto:DV2:S5").Result.Outcome = order.ReturnClosed, order.ReturnClosed
		}, Report{}, `return R5 (rto_unannounced): the outcome is "closed" at Postgres, but "completed" at the story`},
		{"Ajio still waits for the QC", func(e *Evidence) { returnOf(e, rto).Status = order.StatusReturnDelivered },
			Report{}, `return R5 (rto_unannounced): it is "RETURN_DELIVERED" at Ajio, expected "RETURN_PROCESSED"`},
		{"a parcel whose QC was refused", func(e *Evidence) {
			e.Warehouse[0].Returns[0].Status, e.Warehouse[0].Returns[0].Answer = warehousetest.Refused, "400 BAD_DATA"
		}, Report{}, `return R1 (bad_for_own_reason): its parcel is "refused" in the warehouse (400 BAD_DATA)`},
		{"the warehouse was not told", func(e *Evidence) { e.Warehouse[0].Expected = nil },
			Report{}, "return R1 (bad_for_own_reason): the warehouse was told to expect 0 units, Ajio expects 2"},

		{"a bad unit became a good one at Ajio", func(e *Evidence) {
			item := &returnOf(e, halfBad).Items[0]
			item.Good, item.Bad, item.Reasons = 2, 0, nil
		}, Report{UnitsLost: 5}, "return R1 (bad_for_own_reason): item 469000000001: 1 good, 1 bad, 0 missing in the parcel, 2 good, 0 bad, 0 missing at Ajio"},
		{"a bad unit became a good one in Postgres", func(e *Evidence) { returnRow(e, halfBad).Units[1].Code = order.Good },
			Report{UnitsLost: 2}, "return R1 (bad_for_own_reason): line S10001: 1 good, 1 bad, 0 missing at Ajio, 2 good, 0 bad, 0 missing in Postgres"},
		{"the workflow tells of another missing unit", func(e *Evidence) { e.Runs[0].Result.Lines[0].Missing = 1 },
			Report{UnitsLost: 1}, "return R1 (bad_for_own_reason): line S10001: 1 good, 1 bad, 0 missing at Ajio, 1 good, 1 bad, 1 missing in its workflow"},
		{"the unit here of a withdrawn return is not in the books", func(e *Evidence) { returnRow(e, withdrawn).Units = nil },
			Report{UnitsLost: 1}, "return R7 (withdrawn_here): item S7: 1 good, 0 bad, 0 missing in the parcel, 0 good, 0 bad, 0 missing in Postgres"},
		{"not the bad unit of the story", func(e *Evidence) { e.Returned[0].Story, e.Cast[0].Return = world.UnitUnnamed, world.UnitUnnamed },
			Report{UnitsLost: 2}, "return R1 (unit_unnamed): 1 bad and 0 missing units at Ajio, expected 0 and 1"},
		{"a unit that was announced and forgotten", func(e *Evidence) { returnOf(e, halfBad).Items[0].Units = 3 },
			Report{UnitsLost: 1}, "return R1 (bad_for_own_reason): item R10001: 3 units announced, but 2 checked or withdrawn"},
		{"another reason", func(e *Evidence) { returnOf(e, halfBad).Items[0].Reasons = map[string]int{order.QCUsed: 1} },
			Report{}, `return R1 (bad_for_own_reason): item R10001: Ajio was given the reason USED, expected "DAMAGED"`},
		{"the ERP booked the bad unit as good", func(e *Evidence) { e.ERP[0].Returns[0].Units[1].QcStatus = increff.QCPass },
			Report{UnitsLost: 1}, "return R1 (bad_for_own_reason): line S10001: 1 good, 1 bad, 0 missing at Ajio, 2 passed and 0 failed in the ERP"},
		{"another settlement model in the ERP", func(e *Evidence) { e.ERP[0].Returns[0].SettlementModel = order.RSIModel },
			Report{}, `return R1 (bad_for_own_reason): the settlement model is "CREDIT_NOTE" at Ajio, but "RSI" at the ERP`},

		{"a second QC", func(e *Evidence) { again(e, ajiotest.CallQC, halfBad) },
			Report{QCsTwice: 1}, "return R1 (bad_for_own_reason): 2 QCs were taken by Ajio, expected 1"},
		{"no QC", func(e *Evidence) { call(e.Ajio.Calls, ajiotest.CallQC, halfBad).Effect = false },
			Report{}, "return R1 (bad_for_own_reason): 0 QCs were taken by Ajio, expected 1"},
		{"a second RTO", func(e *Evidence) { again(e, ajiotest.CallCreateRTO, ours) },
			Report{RTOsTwice: 1}, "return R5 (rto_unannounced): 2 RTOs were made by Ajio for us, expected 1"},
		{"an RTO of an order that was never shipped", func(e *Evidence) {
			e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallCreateRTO, short, listedAt))
		}, Report{}, "RTO of order S3 (never_shipped): 1 RTOs were made by Ajio for us, expected 0"},
		{"a second posting to the ERP", func(e *Evidence) {
			e.ERP[0].Calls = append(e.ERP[0].Calls, effect(erptest.CallReturn, halfBad, listedAt))
		}, Report{ERPMessagesTwice: 1}, "return R1 (bad_for_own_reason): 2 postings were booked by the ERP, expected 1"},
		{"a withdrawn return was posted to the ERP", func(e *Evidence) {
			e.ERP[1].Calls = append(e.ERP[1].Calls, effect(erptest.CallReturn, withdrawn, listedAt))
		}, Report{}, "return R7 (withdrawn_here): 1 postings were booked by the ERP, expected 0"},
		{"a second credit note at Ajio", func(e *Evidence) { again(e, ajiotest.CallCreditNote, halfBad) },
			Report{CreditNotesTwice: 1}, "return R1 (bad_for_own_reason): 2 credit notes were taken by Ajio, expected 1"},
		{"one credit note for two returns", func(e *Evidence) {
			note := *returnRow(e, halfBad).CreditNote
			returnRow(e, closed).CreditNote = &note
		}, Report{CreditNotesTwice: 1, CreditNotesWrong: 1}, "return R6 has credit note CN/1, which is that of return R1"},

		{"the credit note never reached Ajio", func(e *Evidence) { returnOf(e, halfBad).CreditNoteDate = nil },
			Report{CreditNotesWrong: 1}, `return R1 (bad_for_own_reason): a credit note settles it; Postgres has one: true, with 1 documents, Ajio has "CN/1"`},
		{"a credit note where Ajio invoices the return", func(e *Evidence) { returnOf(e, rto).CreditNoteNumber = "CN/5" },
			Report{CreditNotesWrong: 1}, `return R5 (rto_unannounced): no credit note settles it, but Ajio has "CN/5", and Postgres one: false`},
		{"another number of the credit note", func(e *Evidence) { returnOf(e, halfBad).CreditNoteNumber = "CN/7" },
			Report{CreditNotesWrong: 1}, `return R1 (bad_for_own_reason): the credit note's number is "CN/7" at Ajio, but "CN/1" at Postgres`},
		{"another IRN of the credit note", func(e *Evidence) { e.ERP[0].Returns[0].Note.IRN = "ff" },
			Report{CreditNotesWrong: 1}, `return R1 (bad_for_own_reason): the credit note's IRN is "aa" at Ajio, but "ff" at the ERP`},
		{"another day of the credit note", func(e *Evidence) {
			*returnOf(e, halfBad).CreditNoteDate = invoiced.AddDate(0, 0, 3)
		}, Report{CreditNotesWrong: 1}, `return R1 (bad_for_own_reason): the credit note's date is "2026-11-26" at Ajio, but "2026-11-25" at Postgres`},
		{"another value of the credit note", func(e *Evidence) { e.ERP[0].Returns[0].Note.Value++ },
			Report{CreditNotesWrong: 1}, `return R1 (bad_for_own_reason): the credit note's value is "105.00" at Postgres, but "105.01" at the ERP`},
		{"a credit note over more than the units are worth", func(e *Evidence) {
			e.ERP[0].Returns[0].Note.Value, returnRow(e, halfBad).CreditNote.Value = 211_01, 211_01
		}, Report{CreditNotesWrong: 1}, "return R1 (bad_for_own_reason): credit note CN/1 is over 211.01, the units are worth 210.00"},
		{"a credit note without its document", func(e *Evidence) { returnOf(e, halfBad).CreditNoteSHA256 = "" },
			Report{CreditNotesWrong: 1}, "return R1 (bad_for_own_reason): Ajio has no document of credit note CN/1"},

		{"the RSI is not archived", func(e *Evidence) { returnRow(e, rto).DocumentsByKind = nil },
			Report{RSIsWrong: 1}, `return R5 (rto_unannounced): Ajio's return sales invoice is "RSI1", 0 documents are archived, the last as "RSI1"`},
		{"another RSI is archived", func(e *Evidence) { returnRow(e, rto).RSINumber = "RSI2" },
			Report{RSIsWrong: 1}, `return R5 (rto_unannounced): Ajio's return sales invoice is "RSI1", 1 documents are archived, the last as "RSI2"`},
		{"an RSI where a credit note settles it", func(e *Evidence) { returnRow(e, halfBad).DocumentsByKind[postgres.KindRSI] = 1 },
			Report{RSIsWrong: 1}, `return R1 (bad_for_own_reason): Ajio's return sales invoice is "", 1 documents are archived, the last as ""`},

		{"a bad unit that nobody settles", func(e *Evidence) { returnRow(e, halfBad).Settlements = nil },
			Report{SettlementsWrong: 1}, "return R1 (bad_for_own_reason): item 469000000001, BAD, qc: 0 units stand on the settlement list, expected 1"},
		{"a good unit on the settlement list", func(e *Evidence) {
			returnRow(e, rto).Settlements = []Settlement{{Why: order.SettleQC, ItemCode: ours, Code: order.Good, Units: 2}}
		}, Report{SettlementsWrong: 2}, "return R5 (rto_unannounced): item S5, GOOD, qc: 2 units stand on the settlement list, expected 0"},
		{"the unit of an order never shipped is settled as cancelled", func(e *Evidence) {
			e.Postgres.Returns[1].Settlements[0].Why = order.SettleCancelled
		}, Report{SettlementsWrong: 2}, "RTO of order S3 (never_shipped): item 469000000002, GOOD, not_shipped: 0 units stand on the settlement list, expected 1"},

		{"a good unit did not go back to stock", func(e *Evidence) { e.Postgres.Stock[0].OnHand-- },
			Report{StockUnitsLeaked: 1}, "item 469000000001 at DV1: 8 units on hand, but 9 loaded less shipped, with what came back good"},
		{"the unit of a withdrawn return went to stock", func(e *Evidence) {
			e.Postgres.Stock[slices.IndexFunc(e.Postgres.Stock, func(s Stock) bool { return s.Code == third })].OnHand++
		}, Report{StockUnitsLeaked: 1}, "item S7 at DV2: 10 units on hand, but 9 loaded less shipped, with what came back good"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			evidence := goodReturns()
			test.tamper(&evidence)
			report := Audit(evidence)
			require.False(t, report.Clean)
			require.Contains(t, report.Mismatches, test.says)
			report.Mismatches = nil
			require.Equal(t, test.counts, report)
		})
	}
}

// goodReturns is the evidence of good, with what came back of it.
func goodReturns() Evidence {
	e := good()
	addOurs(&e, third, 3)
	good := func(id string) returnedUnit { return returnedUnit{line: id + "0001", item: id, code: order.Good} }

	h := comeBack(&e, shipped, halfBad, world.BadForOwnReason, order.CreditNoteModel,
		returnedUnit{line: shipped + "0001", item: itemA, code: order.Good},
		returnedUnit{line: shipped + "0001", item: itemA, code: order.Bad, reason: order.QCDamaged, said: "COLLAR_FADED"})
	date := invoiced.AddDate(0, 0, 2)
	sent := date
	h.ajio.CreditNoteNumber, h.ajio.CreditNoteIRN, h.ajio.CreditNoteDate, h.ajio.CreditNoteSHA256 = "CN/1", "aa", &sent, "d2"
	h.erp.Note = erptest.NoteState{Status: erptest.Accepted, Number: "CN/1", IRN: "aa", Date: date, Value: 105_00}
	h.row.CreditNote = &order.CreditNote{Number: "CN/1", IRN: "aa", Date: date.In(gst.IST), Value: 105_00}
	h.row.DocumentsByKind = map[string]int{postgres.KindCreditNote: 1}
	h.row.PO = &order.PurchaseOrder{Lines: []order.POLine{{OrderItemID: shipped + "0001", Units: 2, BasePrice: 100_00, IGST: 10_00}}}
	h.row.Settlements = []Settlement{{Why: order.SettleQC, ItemCode: itemA, Code: order.Bad, Units: 1}}
	e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallCreditNote, halfBad, listedAt))
	h.enter(&e)

	h = comeBack(&e, short, "", world.NeverShipped, order.CreditNoteModel, returnedUnit{item: itemB, code: order.Good})
	h.row.Surplus, h.row.Units = h.row.Units, nil
	h.row.Settlements = []Settlement{{Why: order.SettleNotShipped, ItemCode: itemB, Code: order.Good, Units: 1}}
	h.run.Attention = "not_shipped"
	h.enter(&e)

	h = comeBack(&e, ours, rto, world.RTOUnannounced, order.RSIModel, good(ours))
	h.ajio.RSINumber, h.row.RSINumber, h.row.DocumentsByKind = "RSI1", "RSI1", map[string]int{postgres.KindRSI: 1}
	e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallCreateRTO, ours, listedAt))
	h.enter(&e)

	h = comeBack(&e, second, closed, world.NoteNever, order.CreditNoteModel, good(second))
	h.row.Settlements = []Settlement{{Why: order.SettleClosed, ItemCode: second, Code: order.Good, Units: 1}}
	h.enter(&e)

	h = comeBack(&e, third, withdrawn, world.WithdrawnHere, order.CreditNoteModel, good(third))
	h.row.Settlements = []Settlement{{Why: order.SettleCancelled, ItemCode: third, Code: order.Good, Units: 1}}
	h.enter(&e)
	return e
}

// told is what everybody tells of one return.
type told struct {
	returned world.Returned
	ajio     ajiotest.ReturnState
	erp      erptest.ReturnState
	parcel   warehousetest.ReturnState
	expected warehousetest.ExpectedState
	row      ReturnRow
	run      ReturnRun
}

// comeBack writes what everybody tells of a return with these units, but for the document that settles it.
func comeBack(e *Evidence, orderID, returnID string, story world.ReturnStory, model order.SettlementModel, units ...returnedUnit) told {
	i := slices.IndexFunc(e.Cast, func(o world.Arrived) bool { return o.OrderID == orderID })
	e.Cast[i].Return = story
	o := e.Cast[i]
	h := told{
		returned: world.Returned{ReturnID: returnID, OrderID: orderID, Pob: o.Pob, Kind: story.Kind(), Model: o.Model, Settlement: model, Story: story},
		ajio:     ajiotest.ReturnState{ReturnID: returnID, OrderID: orderID, Pob: o.Pob, Status: order.StatusReturnProcessed, Model: model},
		erp:      erptest.ReturnState{ReturnOrderCode: returnID, ForwardOrderCode: orderID, SettlementModel: model},
		parcel: warehousetest.ReturnState{
			ReturnCode: returnID, OrderCode: orderID, Status: warehousetest.Reported, Restocked: map[string]int{},
		},
		expected: warehousetest.ExpectedState{ReturnCode: returnID, OrderCode: orderID},
		row:      ReturnRow{Pob: o.Pob, OrderID: orderID, ReturnID: returnID, Kind: story.Kind(), Outcome: story.Outcome()},
		run: ReturnRun{
			WorkflowID: homecoming{Returned: world.Returned{ReturnID: returnID, OrderID: orderID, Pob: o.Pob, Kind: story.Kind()}}.workflowID(),
			Status:     "Completed", Stage: string(order.ReturnEnded), Result: contract.ReturnState{Outcome: story.Outcome()},
		},
	}
	item := ajiotest.ReturnItemState{ReturnItemID: returnID + "0001", OrderItemID: units[0].line, ItemCode: units[0].item, Units: len(units)}
	line := contract.ReturnLineState{OrderItemID: units[0].line}
	for _, unit := range units {
		h.unit(unit)
		switch unit.code {
		case order.Good:
			item.Good++
			line.Good++
			h.parcel.Restocked[unit.item]++
		case order.Bad:
			item.Bad++
			line.Bad++
			item.Reasons = map[string]int{unit.reason: item.Bad}
		}
	}
	if !story.IsProcessed() {
		item.Good, item.Bad, item.Reasons, h.ajio.Status = 0, 0, nil, order.StatusReturnCancelled
	}
	h.ajio.Items = []ajiotest.ReturnItemState{item}
	h.run.Result.Lines = []contract.ReturnLineState{line}
	return h
}

func (h *told) unit(unit returnedUnit) {
	code := warehousetest.Unit{Code: unit.line, SKU: unit.item}
	status := increff.QCPass
	if unit.code != order.Good {
		status = increff.QCFail
	}
	h.parcel.Units = append(h.parcel.Units, warehousetest.UnitState{Unit: code, QcStatus: status, QcReason: unit.said, Reported: true})
	h.expected.Units = append(h.expected.Units, code)
	h.erp.Units = append(h.erp.Units, erptest.UnitState{OrderItemCode: unit.line, SKU: unit.item, QcStatus: status})
	h.row.Units = append(h.row.Units, order.UnitResult{OrderItemID: unit.line, ItemCode: unit.item, Code: unit.code, Reason: unit.reason, Said: unit.said})
}

// enter adds a return to the evidence.
func (h *told) enter(e *Evidence) {
	i := 0
	if h.returned.Pob == rmsPob {
		i = slices.IndexFunc(e.Warehouse, func(w Warehouse) bool { return w.Pob == rmsPob })
	}
	e.Returned = append(e.Returned, h.returned)
	if h.returned.ReturnID != "" {
		e.Ajio.Returns = append(e.Ajio.Returns, h.ajio)
	}
	e.Warehouse[i].Returns = append(e.Warehouse[i].Returns, h.parcel)
	if h.returned.Story.IsAnnouncedFirst() {
		e.Warehouse[i].Expected = append(e.Warehouse[i].Expected, h.expected)
	}
	e.Postgres.Returns = append(e.Postgres.Returns, h.row)
	e.Runs = append(e.Runs, h.run)
	if !h.returned.Story.IsProcessed() {
		return
	}
	e.ERP[i].Returns = append(e.ERP[i].Returns, h.erp)
	e.ERP[i].Calls = append(e.ERP[i].Calls, effect(erptest.CallReturn, h.returned.ReturnID, listedAt))
	e.Ajio.Calls = append(e.Ajio.Calls, effect(ajiotest.CallQC, h.returned.ReturnID, listedAt))
	for sku, units := range h.parcel.Restocked {
		j := slices.IndexFunc(e.Postgres.Stock, func(s Stock) bool { return s.Code == sku })
		e.Postgres.Stock[j].OnHand += units
	}
}

// again repeats a call that had an effect.
func again(e *Evidence, name, key string) {
	repeated := *call(e.Ajio.Calls, name, key)
	repeated.At = repeated.At.Add(time.Second)
	e.Ajio.Calls = append(e.Ajio.Calls, repeated)
}

func returnOf(e *Evidence, id string) *ajiotest.ReturnState {
	return &e.Ajio.Returns[slices.IndexFunc(e.Ajio.Returns, func(r ajiotest.ReturnState) bool { return r.ReturnID == id })]
}

func returnRow(e *Evidence, id string) *ReturnRow {
	return &e.Postgres.Returns[slices.IndexFunc(e.Postgres.Returns, func(r ReturnRow) bool { return r.ReturnID == id })]
}

func run(e *Evidence, workflowID string) *ReturnRun {
	return &e.Runs[slices.IndexFunc(e.Runs, func(r ReturnRun) bool { return r.WorkflowID == workflowID })]
}
