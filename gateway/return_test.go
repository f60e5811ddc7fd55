package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

const returnPath = "/usp/return"

// returnOf is a warehouse's report on a return, with these units.
func returnOf(orderID, returnID string, units ...body) body {
	if units == nil {
		units = []body{}
	}
	return body{
		"returnOrderCode": returnID, "forwardOrderCode": orderID, "locationCode": erpPob, "channelName": "AJIO",
		"awbNumber": backAWB, "transporter": "DELHIVERY", "orderItems": units,
	}
}

func passed(unit, sku string) body {
	return body{"returnItemCode": unit, "channelSkuCode": sku, "qcStatus": "PASS"}
}

func failed(unit, sku, reason string) body {
	return body{"returnItemCode": unit, "channelSkuCode": sku, "qcStatus": "FAIL", "qcReason": reason, "imageUrls": []string{"https://img.example/qc/1.jpg"}}
}

func TestAQCStartsItsReturnWhileNoWorkerRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-FIRST")
	r := w.expect(erpPob, id, "R-FIRST")

	got := w.post(returnPath, returnOf(id, "R-FIRST", failed("R-FIRST0001-1", shirt, "STAIN_DAMAGE"))).ok(t)
	require.Empty(t, got.body)
	signals := w.signalsTo(contract.ReturnWorkflowID(erpPob, "R-FIRST"))
	require.Len(t, signals, 1)
	require.Equal(t, "return-qc", signals[0].name)
	require.JSONEq(t, `{ "returnOrderCode": "R-FIRST", "forwardOrderCode": "RET-FIRST", "locationCode": "DV0012345", "channelName": "AJIO",
		"awbNumber": "AJR880004411", "transporter": "DELHIVERY", "orderItems": [ { "returnItemCode": "R-FIRST0001-1",
			"channelSkuCode": "469876543001", "qcStatus": "FAIL", "qcReason": "STAIN_DAMAGE", "imageUrls": ["https://img.example/qc/1.jpg"] } ] }`, signals[0].payload)
	require.Equal(t, contract.ReturnInput{ID: r.ID, Kind: order.CustomerReturn, Pob: erpPob, OrderID: id, ReturnID: "R-FIRST"}, w.startedWith(r))
	started, err := w.db.Return(t.Context(), r.ID)
	require.NoError(t, err)
	require.NotNil(t, started.StartedAt)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM inbox WHERE return_row = $1 AND kind = 'return-qc' AND order_id = $2 AND signalled_at IS NOT NULL`, r.ID, id))
}

func TestUnitsOfAReturnMayBeReportedInSeveralCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-PARTS")
	r := w.expect(erpPob, id, "R-PARTS")
	first, second := passed("U-1", shirt), failed("U-2", shirt, "USED_PRODUCT")

	w.post(returnPath, returnOf(id, "R-PARTS")).ok(t) // the parcel
	w.post(returnPath, returnOf(id, "R-PARTS", first)).ok(t)
	for name, again := range map[string]body{
		"as it was":                returnOf(id, "R-PARTS", first),
		"under itemCode":           returnOf(id, "R-PARTS", body{"itemCode": "U-1", "channelSkuCode": shirt, "qcStatus": "PASS"}),
		"without the code":         returnOf(id, "", first),
		"with unknown fields":      returnOf(id, "R-PARTS", first.with(body{"shelf": "A7"})),
		"the parcel as it arrived": returnOf(id, "R-PARTS"),
	} {
		got := w.post(returnPath, again)
		require.Equal(t, 200, got.status, "%s: %s", name, got.body)
	}
	w.post(returnPath, returnOf(id, "R-PARTS", first, second)).ok(t)
	w.post(returnPath, returnOf(id, "R-PARTS", second)).ok(t) // brings nothing new

	signals := w.signalsTo(workflowOf(r))
	require.Len(t, signals, 3)
	require.Equal(t, sent{"return-parcel", `{"tracking_number":"AJR880004411","carrier":"DELHIVERY"}`}, signals[0])
	require.Contains(t, signals[1].payload, `"U-1"`)
	require.Contains(t, signals[2].payload, `"U-2"`)
	require.Equal(t, 3, w.inboxRows())
	require.Equal(t, 3, w.count(`SELECT count(*) FROM inbox WHERE key LIKE $1`, fmt.Sprintf("%s/%d/%%", erpPob, r.ID)))

	require.NoError(t, w.db.RecordQC(t.Context(), r.ID, 0, []order.UnitResult{{ItemCode: shirt, Code: order.Good}}, nil, false))
	w.post(returnPath, returnOf(id, "R-PARTS", passed("U-3", cap1))).
		badData(t, "[orderItems: the QC of the return R-PARTS is finished; settle by hand what comes now]")

	w.finish(r, order.ReturnCompleted)
	w.post(returnPath, returnOf(id, "R-PARTS", second, first)).ok(t)
	w.post(returnPath, returnOf(id, "", first)).ok(t)
	w.post(returnPath, returnOf(id, "R-PARTS")).ok(t)
	require.Equal(t, 3, w.inboxRows(), "a repeat is fine after the end, and nothing is done")
	w.post(returnPath, returnOf(id, "R-PARTS", passed("U-3", cap1))).
		badData(t, "[returnOrderCode: the return R-PARTS has ended (completed); settle by hand what comes now]")
}

func TestUnitsThatComeAfterTheQCWasFinishedAreSettledByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-FINISHED")
	r := w.expect(erpPob, id, "R-FINISHED")
	first := returnOf(id, "R-FINISHED", passed("U-1", shirt))
	w.post(returnPath, first).ok(t)
	require.NoError(t, w.db.RecordQC(t.Context(), r.ID, 0, []order.UnitResult{{ItemCode: shirt, Code: order.Good}}, nil, true))
	w.post(returnPath, returnOf(id, "R-FINISHED", passed("U-2", shirt))).
		badData(t, "[orderItems: the QC of the return R-FINISHED is finished; settle by hand what comes now]")
	w.post(returnPath, first).ok(t)
	w.post(returnPath, returnOf(id, "R-FINISHED")).ok(t) // the parcel, late
	require.Len(t, w.signalsTo(workflowOf(r)), 2)
}

func TestAUnitKeepsItsFirstResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-TWICE")
	r := w.expect(erpPob, id, "R-TWICE")
	w.post(returnPath, returnOf(id, "R-TWICE", failed("U-1", shirt, "STAIN_DAMAGE"), passed("U-2", shirt))).ok(t)

	const reasonDiffers = "[orderItems[0].qcReason: unit U-1 was reported otherwise before; that stays]"
	for range 2 {
		w.post(returnPath, returnOf(id, "R-TWICE", failed("U-1", shirt, "USED_PRODUCT"))).badData(t, reasonDiffers)
	}
	w.post(returnPath, returnOf(id, "R-TWICE", passed("U-3", cap1), passed("U-1", cap1), failed("U-2", shirt, "OTHER_BRAND"))).badData(t,
		"[orderItems[1].channelSkuCode: unit U-1 was reported otherwise before; that stays] "+
			"[orderItems[1].qcStatus: unit U-1 was reported otherwise before; that stays] "+
			"[orderItems[2].qcStatus: unit U-2 was reported otherwise before; that stays]")
	require.Equal(t, []sent{
		{"difference-reported", `{"document":"the QC of unit U-1","message":"It came again with another qcReason; what was accepted first stays."}`},
		{"difference-reported", `{"document":"the QC of unit U-1 and 1 others","message":"It came again with another channelSkuCode, qcStatus; what was accepted first stays."}`},
	}, w.signalsTo(workflowOf(r))[1:])
}

func TestAReturnReportThatBreaksARuleChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-REFUSED")
	w.expect(erpPob, id, "R-REFUSED")
	w.shippedOrder(erpPob, "RET-ELSE")
	w.shippedOrder(otherPob, "RET-FOREIGN")
	w.expect(otherPob, "RET-FOREIGN", "R-FOREIGN")
	ended := w.expect(erpPob, id, "R-ENDED")
	w.endReturn(ended, order.ReturnClosed)
	rows := w.count(`SELECT count(*) FROM returns`)

	units := func(units ...body) body { return body{"orderItems": units} }
	tests := []struct {
		rule        string
		change      body
		description string
	}{
		{"an order that nobody knows", body{"forwardOrderCode": "S-UNKNOWN", "returnOrderCode": "R-NEW"}, "[forwardOrderCode: S-UNKNOWN is not an order of location DV0012345]"},
		{"an order that nobody knows, without a code", body{"forwardOrderCode": "S-UNKNOWN", "returnOrderCode": nil}, "[forwardOrderCode: S-UNKNOWN is not an order of location DV0012345]"},
		{"the order of another location", body{"locationCode": rmsPob, "returnOrderCode": "R-NEW"}, "[forwardOrderCode: RET-REFUSED is not an order of location DV0067890]"},
		{"another client's location", body{"locationCode": otherPob}, "[locationCode: DV0099999 is not a location of this credential]"},
		{"another client's return is unknown", body{"returnOrderCode": "R-FOREIGN", "forwardOrderCode": "RET-FOREIGN"}, "[forwardOrderCode: RET-FOREIGN is not an order of location DV0012345]"},
		{"the return of another order", body{"forwardOrderCode": "RET-ELSE"}, "[returnOrderCode: R-REFUSED is a return of order RET-REFUSED at location DV0012345]"},
		{"a return that has ended", body{"returnOrderCode": "R-ENDED"}, "[returnOrderCode: the return R-ENDED has ended (closed); settle by hand what comes now]"},
		{"the parcel of a return that has ended", body{"returnOrderCode": "R-ENDED", "orderItems": []body{}}, "[returnOrderCode: the return R-ENDED has ended (closed); settle by hand what comes now]"},
		{"a unit without its article", units(passed("U-1", "")), "[orderItems[0].channelSkuCode: is missing]"},
		{"a unit without a code", units(passed("", shirt)), "[orderItems[0].returnItemCode: is missing]"},
		{"a unit twice", units(passed("U-1", shirt), passed("U-1", shirt)), "[orderItems[1].returnItemCode: U-1 stands twice]"},
		{"images of a unit that passed", units(passed("U-1", shirt).with(body{"imageUrls": []string{"https://img.example/1.jpg"}})), "[orderItems[0].imageUrls: stand with FAIL only]"},
		{"another result", units(passed("U-1", shirt).with(body{"qcStatus": "MAYBE"})), `[orderItems[0].qcStatus: "MAYBE" is neither PASS nor FAIL]`},
		{"another channel", body{"channelName": "BAZAAR"}, "[channelName: only AJIO is served]"},
		{"a text of 256 characters", body{"transporter": string(make256())}, "[transporter: has 256 characters, at most 255 are allowed]"},
		{"no list", body{"orderItems": nil}, "[orderItems: is missing; [] says that the parcel has arrived and its QC follows]"},
		{"every broken rule at once", body{
			"forwardOrderCode": nil, "locationCode": nil, "channelName": nil, "awbNumber": nil, "transporter": nil, "orderItems": []body{{}},
		}, "[forwardOrderCode: is missing] [locationCode: is missing] [channelName: is missing] [awbNumber: is missing] [transporter: is missing] " +
			"[orderItems[0].returnItemCode: is missing] [orderItems[0].channelSkuCode: is missing] [orderItems[0].qcStatus: is missing]"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			w.post(returnPath, returnOf(id, "R-REFUSED", passed("U-1", shirt)).with(test.change)).badData(t, test.description)
		})
	}
	require.Zero(t, w.inboxRows())
	require.Equal(t, rows, w.count(`SELECT count(*) FROM returns`))
}

func TestWhatIsInTheCartonIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-AS-IT-IS")
	r := w.expect(erpPob, id, "R-AS-IT-IS")
	w.post(returnPath, returnOf(id, "R-AS-IT-IS", passed("U-1", cap1), passed("U-2", cap1))).ok(t) // one was ordered
	w.post(returnPath, returnOf(id, "R-AS-IT-IS", passed("U-3", "460000000000"))).ok(t)            // not in the order
	w.post(returnPath, returnOf(id, "R-AS-IT-IS", failed("U-4", shirt, "").with(body{"qcReason": nil}))).ok(t)
	require.Len(t, w.signalsTo(workflowOf(r)), 3)
}

func TestAReturnMayComeInTwoCartons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-CARTONS")
	r := w.expect(erpPob, id, "R-CARTONS")
	first := returnOf(id, "R-CARTONS")
	second := first.with(body{"awbNumber": "AJR9"})
	for range 2 {
		w.post(returnPath, first).ok(t)
		w.post(returnPath, second).ok(t)
	}
	require.Equal(t, []sent{
		{"return-parcel", `{"tracking_number":"AJR880004411","carrier":"DELHIVERY"}`}, {"return-parcel", `{"tracking_number":"AJR9","carrier":"DELHIVERY"}`},
	}, w.signalsTo(workflowOf(r)))
	w.post(returnPath, second.with(body{"transporter": "XPRESSBEES"})).badData(t, "[transporter: differs from what was accepted at TIME; that one stays]")

	w.finish(r, order.ReturnCompleted)
	w.post(returnPath, second).ok(t)
	w.post(returnPath, first.with(body{"awbNumber": "AJR10"})).
		badData(t, "[returnOrderCode: the return R-CARTONS has ended (completed); settle by hand what comes now]")
}

// Which return a call is about, by its code and its tracking number.
func TestACallFindsItsReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unit := passed("U-1", shirt)
	only := func(id string) postgres.Return {
		all, err := w.db.ReturnsOfOrder(t.Context(), erpPob, id)
		require.NoError(t, err)
		require.Len(t, all, 1)
		return all[0]
	}
	for name, c := range map[string]struct {
		before     func(id string)
		change     body
		want       order.ReturnKind
		returnID   string
		byWorkflow func(id string) string
	}{
		"FEED-LATER": { // a code that Ajio's feed has not brought yet
			change: body{"returnOrderCode": "R-FEED-LATER"}, want: order.CustomerReturn, returnID: "R-FEED-LATER",
			byWorkflow: func(string) string { return contract.ReturnWorkflowID(erpPob, "R-FEED-LATER") },
		},
		"CAME-BACK": { // an unknown code on the parcel that went out
			change: body{"returnOrderCode": "R-OURS", "awbNumber": "AWB-RET-CAME-BACK"}, want: order.RTO,
			byWorkflow: func(id string) string { return contract.RTOWorkflowID(erpPob, id) },
		},
		"NO-CODE": {
			change: body{"returnOrderCode": nil}, want: order.RTO,
			byWorkflow: func(id string) string { return contract.RTOWorkflowID(erpPob, id) },
		},
		"NO-CODE-ANNOUNCED": { // Ajio's expectation names the parcel
			before: func(id string) { w.expect(erpPob, id, "R-ANNOUNCED") },
			change: body{"returnOrderCode": nil}, want: order.CustomerReturn, returnID: "R-ANNOUNCED",
			byWorkflow: func(string) string { return contract.ReturnWorkflowID(erpPob, "R-ANNOUNCED") },
		},
		"RTO-ANNOUNCED": { // under another id than the warehouse has
			before: func(id string) { w.enter(erpPob, id, "R-RTO", order.RTO) },
			change: body{"returnOrderCode": ""}, want: order.RTO, returnID: "R-RTO",
			byWorkflow: func(id string) string { return contract.RTOWorkflowID(erpPob, id) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			id := w.shippedOrder(erpPob, "RET-"+name)
			if c.before != nil {
				c.before(id)
			}
			for range 2 {
				w.post(returnPath, returnOf(id, "", unit).with(c.change)).ok(t)
			}
			r := only(id)
			require.Equal(t, c.want, r.Kind)
			require.Equal(t, c.returnID, r.ReturnID)
			require.Equal(t, c.byWorkflow(id), workflowOf(r))
			require.Len(t, w.signalsTo(workflowOf(r)), 1)
		})
	}
	t.Run("several returns come in one parcel", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-ONE-PARCEL")
		w.expect(erpPob, id, "R-PARCEL-1")
		w.expect(erpPob, id, "R-PARCEL-2")
		w.post(returnPath, returnOf(id, "", unit)).
			badData(t, "[returnOrderCode: is missing, and several returns of the order come with AJR880004411]")
	})
	t.Run("another return to origin", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-OTHER-RTO")
		w.enter(erpPob, id, "R-RTO-1", order.RTO)
		w.post(returnPath, returnOf(id, "R-RTO-2", unit).with(body{"awbNumber": "AWB-" + id})).
			badData(t, "[returnOrderCode: the order's return to origin is R-RTO-1, not R-RTO-2]")
	})
	t.Run("which of several announced returns", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-WHICH")
		w.announceSilently(erpPob, id, "R-WHICH-1")
		w.announceSilently(erpPob, id, "R-WHICH-2")
		w.post(returnPath, returnOf(id, "", unit)).
			badData(t, "[returnOrderCode: is missing, and the order did not go out with AJR880004411: is it R-WHICH-1 or R-WHICH-2?]")
		require.Equal(t, 2, w.count(`SELECT count(*) FROM returns WHERE order_id = $1`, id))
		w.post(returnPath, returnOf(id, "", unit).with(body{"awbNumber": "AWB-" + id})).ok(t)
		require.Len(t, w.signalsTo(contract.RTOWorkflowID(erpPob, id)), 1, "on the parcel that went out it is the return to origin")
	})
	t.Run("a parcel without a code stays with its return", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-STAYS")
		w.post(returnPath, returnOf(id, "", unit)).ok(t)
		w.announceSilently(erpPob, id, "R-STAYS")
		w.post(returnPath, returnOf(id, "", unit)).ok(t)
		w.post(returnPath, returnOf(id, "", unit, passed("U-2", shirt))).ok(t)
		require.Len(t, w.signalsTo(contract.RTOWorkflowID(erpPob, id)), 2)

		id = w.shippedOrder(erpPob, "RET-STAYS-TOO")
		w.post(returnPath, returnOf(id, "R-STAYS-TOO")).ok(t)
		w.post(returnPath, returnOf(id, "", unit)).ok(t)
		require.Len(t, w.signalsTo(workflowOf(only(id))), 2)
	})
	t.Run("what the warehouse calls a return to origin", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-SAID")
		report := returnOf(id, "R-SAID", unit).with(body{"awbNumber": "AWB-" + id})
		w.post(returnPath, report.with(body{"returnOrderCode": nil})).ok(t)
		w.post(returnPath, report).ok(t) // says it only now
		w.post(returnPath, report.with(body{"orderItems": []body{}})).ok(t)
		require.Equal(t, "R-SAID", only(id).SaidCode)

		named := w.enter(erpPob, id, "R-AJIO", order.RTO) // Ajio gives it its own
		w.post(returnPath, report).ok(t)
		w.post(returnPath, returnOf(id, "R-SAID", passed("U-2", shirt))).ok(t)
		require.Equal(t, named.ID, only(id).ID)
		require.Len(t, w.signalsTo(contract.RTOWorkflowID(erpPob, id)), 3)

		other := w.shippedOrder(erpPob, "RET-SAID-TOO") // and so it calls another one
		w.post(returnPath, returnOf(other, "R-SAID", unit).with(body{"awbNumber": "AWB-" + other})).ok(t)
		require.Equal(t, order.RTO, only(other).Kind)
	})
	t.Run("Ajio announces a return to origin by the warehouse's code", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-AGREED")
		report := returnOf(id, "R-AGREED").with(body{"awbNumber": "AWB-" + id})
		w.post(returnPath, report).ok(t)
		row := w.expect(erpPob, id, "R-AGREED") // and calls it a customer's
		require.Equal(t, row.ID, only(id).ID)
		w.post(returnPath, report).ok(t)
		w.post(returnPath, returnOf(id, "R-AGREED", unit)).ok(t)
		require.Len(t, w.signalsTo(contract.RTOWorkflowID(erpPob, id)), 2)
	})
	t.Run("the parcel comes although Ajio withdrew the return", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-WITHDRAWN")
		r := w.expect(erpPob, id, "R-WITHDRAWN")
		require.NoError(t, w.db.MarkReturnStarted(t.Context(), r.ID))
		w.endReturn(r, order.ReturnCancelled)
		w.post(returnPath, returnOf(id, "R-WITHDRAWN", unit)).ok(t)
		require.True(t, w.startedWith(r).Ended, "it runs again, to settle by hand")
		require.Len(t, w.signalsTo(workflowOf(r)), 1)
		require.NoError(t, w.db.RecordQC(t.Context(), r.ID, 0, []order.UnitResult{{ItemCode: shirt, Code: order.Good}}, nil, false))
		w.post(returnPath, returnOf(id, "R-WITHDRAWN", passed("U-2", shirt))).
			badData(t, "[returnOrderCode: the return R-WITHDRAWN has ended (cancelled); settle by hand what comes now]")
	})
	t.Run("another RTO after one that Ajio withdrew", func(t *testing.T) {
		id := w.shippedOrder(erpPob, "RET-RTO-AGAIN")
		w.endReturn(w.enter(erpPob, id, "R-GONE", order.RTO), order.ReturnCancelled)
		w.post(returnPath, returnOf(id, "", unit)).ok(t)
		require.Equal(t, 2, w.count(`SELECT count(*) FROM returns WHERE order_id = $1`, id))
	})
	t.Run("a return of an order that we never saw", func(t *testing.T) {
		r := w.expect(erpPob, "RET-NEVER-SEEN", "R-NEVER-SEEN")
		w.post(returnPath, returnOf("RET-NEVER-SEEN", "R-NEVER-SEEN", passed("U-1", "460000000000"))).ok(t)
		require.Len(t, w.signalsTo(workflowOf(r)), 1)
	})
}

func TestAnAcceptedQCSurvivesACrashBetweenRowAndSignal(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t) // the same as a gateway that dies before it signals
	id := w.shippedOrder(erpPob, "RET-CRASH")
	report := returnOf(id, "R-CRASH", passed("U-1", shirt))
	w.post(returnPath, report).ok(t)
	waiting, err := w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "the sweep finds it")
	r, err := w.db.Return(t.Context(), waiting[0].ReturnRow)
	require.NoError(t, err)
	require.Nil(t, r.StartedAt)

	w.temporal = newWorld(t).temporal
	w.gateway.temporal = w.temporal
	w.post(returnPath, report).ok(t)
	require.Len(t, w.signalsTo(workflowOf(r)), 1, "the sender's repeat delivers it")
	waiting, err = w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestAReturnWhoseWorkflowWasTerminatedTakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.shippedOrder(erpPob, "RET-TERMINATED")
	r := w.expect(erpPob, id, "R-TERMINATED")
	w.post(returnPath, returnOf(id, "R-TERMINATED")).ok(t)
	require.NoError(t, w.temporal.TerminateWorkflow(t.Context(), workflowOf(r), "", "for the test"))
	for range 2 {
		w.post(returnPath, returnOf(id, "R-TERMINATED", passed("U-1", shirt))).
			badData(t, "[returnOrderCode: the return is closed and takes nothing any more]")
	}
	require.Equal(t, 1, w.count(`SELECT count(*) FROM inbox WHERE return_row = $1 AND error = 'return R-TERMINATED has ended or was never started'`, r.ID))

	t.Run("until it is reset", func(t *testing.T) {
		w.startReturn(r)
		w.post(returnPath, returnOf(id, "R-TERMINATED", passed("U-1", shirt))).ok(t)
		require.Len(t, w.signalsTo(workflowOf(r)), 1)
	})
}

func TestAMessageThatTheSweepLeavesAloneIsNotTakenForDelivered(t *testing.T) {
	t.Parallel()
	w := newWorldWithoutTemporal(t)
	report := returnOf(w.shippedOrder(erpPob, "RET-ALONE"), "R-ALONE", passed("U-1", shirt))
	w.post(returnPath, report).ok(t)
	waiting, err := w.db.Unsignalled(t.Context(), 0, 10)
	require.NoError(t, err)
	require.NoError(t, w.db.MarkUndeliverable(t.Context(), waiting[0].ID, "for the test"))
	require.Equal(t, 500, w.post(returnPath, report).status)
}
