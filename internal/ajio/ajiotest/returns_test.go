package ajiotest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
)

// delivered takes an order of two lines and three units to its customer.
func (b *bench) delivered() string {
	b.t.Helper()
	id := b.place()
	b.ready(id)
	require.Contains(b.t, b.ds("POST", "/manifest", b.manifest(id)).body, `"SUCCESS"`)
	require.NoError(b.t, b.Deliver(id))
	return id
}

func (b *bench) announce(a ajiotest.Announcement) string {
	b.t.Helper()
	id, err := b.Announce(a)
	require.NoError(b.t, err)
	return id
}

func (b *bench) returned(id string) ajiotest.ReturnState {
	b.t.Helper()
	state, err := b.Return(id)
	require.NoError(b.t, err)
	return state
}

// qcRow is a row of a QC, and with the order's line in front one of an RTO.
func qcRow(item string, units int, code, reason string) object {
	return object{"return_item_id": item, "quantity": units, "qc_code": code, "reason": reason}
}

func rtoRow(id string, line, units int, code, reason string) object {
	return object{
		"item_id": []string{"469876543001", "469880012004"}[line], "order_item_id": lineID(id, line), "quantity": units, "qc_code": code, "reason": reason,
	}
}

func TestAnswersAboutReturnsHaveTheKeysOfTheContractsExamples(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.Accounts[0].ReturnModel = order.RSIModel })
	id, other := b.delivered(), b.delivered()
	returnID := b.announce(ajiotest.Announcement{OrderID: id, Kind: order.CustomerReturn, Lines: []ajiotest.AnnouncedLine{{OrderItemID: lineID(id, 0), Units: 1}}})
	for _, c := range []struct {
		name string
		got  answer
	}{
		{"returns.response", b.ds("GET", "/return?returnOrderStatus=RETURN_CREATED", nil)},
		{"create_rto.response", b.ds("POST", "/return/rto", object{"order_id": other, "order_items": []object{
			rtoRow(other, 0, 1, "GOOD", ""), rtoRow(other, 0, 1, "BAD", "USED"), rtoRow(other, 1, 1, "MISSING", "NOT_RECEIVED"),
		}})},
		{"perform_qc.response", b.ds("POST", "/return/qc", object{"return_order_id": returnID, "order_items": []object{qcRow(returnID+"0001", 1, "GOOD", "")}})},
		{"rsi.response", b.ds("GET", "/return/rsi?returnOrderId="+returnID, nil)},
		{"credit_note.response", b.ds("POST", "/return/creditNote", object{"return_order_id": "R1", "document": "JVBERi0="})},
	} {
		require.Equal(t, keys(t, example(t, c.name)), keys(t, c.got.body), c.name)
	}
	require.Contains(t, b.ds("GET", "/return/rsi?returnOrderId="+returnID, nil).body, `"amount":997.50`)
	require.Equal(t, http.StatusOK, b.call("GET", "/files/rsi/"+returnID+".pdf", "").status)
}

func TestACustomerReturnsWhatWasDeliveredAndNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, kind := range []order.ReturnKind{order.CustomerReturn, order.RTO} {
		_, err := b.Announce(ajiotest.Announcement{OrderID: b.place(), Kind: kind})
		require.ErrorContains(t, err, "nothing can come back")
	}
	id := b.place()
	b.ready(id)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(id)).body, `"SUCCESS"`)
	line := func(units int) ajiotest.Announcement {
		return ajiotest.Announcement{OrderID: id, Kind: order.CustomerReturn, Lines: []ajiotest.AnnouncedLine{{OrderItemID: lineID(id, 0), Units: units}}}
	}
	_, err := b.Announce(line(1))
	require.ErrorContains(t, err, "its customer has nothing to return")
	require.NoError(t, b.Deliver(id))
	first := b.announce(line(1))
	_, err = b.Announce(line(2))
	require.ErrorContains(t, err, "3 units would come back of 2 shipped ones")
	require.NoError(t, b.MoveReturn(first, order.StatusReturnCancelled))
	second := b.announce(line(2))
	require.NoError(t, b.CancelReturnUnits(second, second+"0001", 1))
	rest := b.announce(ajiotest.Announcement{OrderID: id, Kind: order.CustomerReturn})
	require.Equal(t, []int{1, 1}, []int{b.returned(rest).Items[0].Units, b.returned(rest).Items[1].Units}, "all that binds no other return")

	unknown := ajiotest.Announcement{OrderID: "S1", Pob: "BLR1", Kind: order.CustomerReturn, Lines: []ajiotest.AnnouncedLine{{OrderItemID: "S11", ItemCode: "469876543001", Units: 1}}}
	require.Equal(t, "S1", b.returned(b.announce(unknown)).OrderID, "shipped some other way")
	unknown.Lines[0].ItemCode = "1"
	_, err = b.Announce(unknown)
	require.ErrorContains(t, err, "not in the catalogue")
}

func TestAReturnGoesThroughItsStatusesAndIsWithdrawnBeforeItArrives(t *testing.T) {
	t.Parallel()
	b := setup(t)
	listed := func(status string) string { return b.ds("GET", "/return?returnOrderStatus="+status, nil).body }
	id := b.announce(ajiotest.Announcement{OrderID: b.delivered(), Kind: order.CustomerReturn, Status: order.StatusReturnInitiated})
	require.Contains(t, listed("RETURN_INITIATED"), id)
	require.Error(t, b.MoveReturn(id, order.StatusReturnDelivered))
	require.NoError(t, b.MoveReturn(id, order.StatusReturnCreated))
	require.NotContains(t, listed("RETURN_INITIATED"), id)
	require.Contains(t, listed("RETURN_CREATED"), id)
	require.NoError(t, b.MoveReturn(id, order.StatusReturnDelivered))
	require.Error(t, b.MoveReturn(id, order.StatusReturnCancelled))
	require.Error(t, b.CancelReturnUnits(id, id+"0001", 1))
	require.Error(t, b.MoveReturn(id, order.StatusReturnProcessed), "that is what the QC does")
	require.NotNil(t, b.returned(id).DeliveredAt)
}

func TestReturnsAreFilteredByPobKindAndIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.delivered(), b.delivered()
	customer := b.announce(ajiotest.Announcement{OrderID: first, Kind: order.CustomerReturn, Lines: []ajiotest.AnnouncedLine{{OrderItemID: lineID(first, 0), Units: 1}}})
	rto := b.announce(ajiotest.Announcement{OrderID: second, Kind: order.RTO})
	ids := func(query string) (ids []string) {
		var answer struct {
			Orders []struct {
				ID string `json:"return_order_id"`
			} `json:"orders"`
		}
		require.NoError(t, json.Unmarshal([]byte(b.ds("GET", "/return?"+query, nil).body), &answer))
		for _, row := range answer.Orders {
			ids = append(ids, row.ID)
		}
		return ids
	}
	require.Equal(t, []string{customer, rto}, ids(""))
	require.Equal(t, []string{rto}, ids("returnType=RTO"))
	require.Equal(t, []string{customer}, ids("returnType=CUSTOMER_RETURN&returnOrderStatus=RETURN_CREATED"))
	require.Equal(t, []string{rto}, ids("returnOrderIds="+rto+",R1"))
	require.Equal(t, []string{rto}, ids("returnType=RTO&orderIds="+first+","+second))
	require.Equal(t, []string{rto}, ids("pageNumber=1&pageSize=1"))
	require.NotContains(t, b.callAs(b.login("DV2", "two"), "GET", "/ds/vmsflow/return", "").body, rto)
	require.Equal(t, 400, b.ds("GET", "/return?returnOrderIds="+strings.Repeat("R,", 50)+"S", nil).status)
}

func TestAnRTOIsOverEverythingThatWasShippedAndAppearsLater(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.RTODelay = 10 * time.Minute })
	id := b.place()
	create := func(rows ...object) string {
		return b.ds("POST", "/return/rto", object{"order_id": id, "order_items": rows}).body
	}
	right := []object{rtoRow(id, 0, 1, "GOOD", ""), rtoRow(id, 0, 1, "BAD", "DAMAGED"), rtoRow(id, 1, 1, "GOOD", "")}
	require.Contains(t, create(right...), "SIM_STATE")
	b.ready(id)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(id)).body, `"SUCCESS"`)
	for name, c := range map[string]struct {
		rows []object
		code string
	}{
		"a unit less":        {[]object{right[0], right[2]}, "SIM_QUANTITY"},
		"a unit more":        {append([]object{rtoRow(id, 1, 1, "GOOD", "")}, right...), "SIM_QUANTITY"},
		"a code of its own":  {[]object{rtoRow(id, 0, 2, "FINE", ""), right[2]}, "SIM_BAD_REQUEST"},
		"bad for no reason":  {[]object{rtoRow(id, 0, 2, "BAD", ""), right[2]}, "SIM_BAD_REQUEST"},
		"good with a reason": {[]object{rtoRow(id, 0, 2, "GOOD", "USED"), right[2]}, "SIM_BAD_REQUEST"},
		"no units":           {append([]object{rtoRow(id, 0, 0, "GOOD", "")}, right...), "SIM_BAD_REQUEST"},
		"another item":       {[]object{{"item_id": "1", "order_item_id": lineID(id, 0), "quantity": 2, "qc_code": "GOOD"}, right[2]}, "SIM_BAD_REQUEST"},
	} {
		require.Contains(t, create(c.rows...), c.code, name)
	}
	require.Empty(t, b.Returns())
	require.Contains(t, create(right...), `"SUCCESS"`)
	made := b.Returns()[0]
	again := create(right...)
	require.Contains(t, again, `"return_order_id":"`+made.ReturnID+`","status":"FAILED"`)
	require.True(t, made.BySeller)
	require.Equal(t, 2, b.returned(made.ReturnID).RTOCount)
	_, err := b.Announce(ajiotest.Announcement{OrderID: id, Kind: order.RTO})
	require.ErrorContains(t, err, "comes back as "+made.ReturnID)

	query := "/return?returnType=RTO&orderIds=" + id
	require.NotContains(t, b.ds("GET", query, nil).body, made.ReturnID)
	qc := object{"return_order_id": made.ReturnID, "order_items": []object{}}
	require.Contains(t, b.ds("POST", "/return/qc", qc).body, "SIM_UNKNOWN_ORDER")
	b.advance(10 * time.Minute)
	require.Contains(t, b.ds("GET", query, nil).body, made.ReturnID)
	require.Contains(t, b.ds("POST", "/return/qc", qc).body, "SIM_QUANTITY")
}

func TestAQCAccountsForEveryExpectedUnitOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.announce(ajiotest.Announcement{OrderID: b.delivered(), Kind: order.CustomerReturn, Status: order.StatusReturnInitiated})
	first, second := id+"0001", id+"0002"
	perform := func(rows ...object) string {
		return b.ds("POST", "/return/qc", object{"return_order_id": id, "order_items": rows}).body
	}
	right := []object{qcRow(first, 1, "BAD", "WRONG_ITEM"), qcRow(second, 1, "MISSING", "NOT_RECEIVED")}
	require.Contains(t, perform(right...), "SIM_STATE", "only initiated")
	require.NoError(t, b.MoveReturn(id, order.StatusReturnCreated))
	require.Contains(t, perform(right...), "SIM_QUANTITY", "2 and 1 are expected")
	require.NoError(t, b.CancelReturnUnits(id, first, 1))
	require.Contains(t, perform(right[0]), "SIM_QUANTITY")
	require.Contains(t, perform(right[0], qcRow(second, 1, "MISSING", "LOST")), "SIM_BAD_REQUEST")
	require.Contains(t, perform(append(right, qcRow("R1", 1, "GOOD", ""))...), "SIM_BAD_REQUEST")
	require.Contains(t, perform(right...), "SUCCESS")
	require.Contains(t, perform(right...), "SIM_ALREADY_DONE")
	state := b.returned(id)
	require.Equal(t, order.StatusReturnProcessed, state.Status)
	require.Equal(t, 7, state.QCCount)
	require.Equal(t, ajiotest.ReturnItemState{
		ReturnItemID: first, OrderItemID: state.Items[0].OrderItemID, ItemCode: "469876543001", Units: 2, Cancelled: 1, Bad: 1,
		Reasons: map[string]int{"WRONG_ITEM": 1},
	}, state.Items[0])
	require.Equal(t, 1, state.Items[1].Missing)
	effects := 0
	for _, call := range b.Ledger.Named(ajiotest.CallQC) {
		require.Equal(t, id, call.Key)
		if call.Effect {
			effects++
			require.JSONEq(t, `{"order_id": "`+state.OrderID+`", "qc": {"BAD": 1, "MISSING": 1}}`, string(call.Detail))
		}
	}
	require.Equal(t, 1, effects)
}

func TestAReturnIsSettledByTheModelOfItsPobAfterTheQC(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.RSIDelay = 10 * time.Minute })
	note := func(id, number string) string {
		return b.ds("POST", "/return/creditNote", object{
			"return_order_id": id, "credit_note_number": number, "credit_note_date": 1764138600, "irn": "irn", "signed_qr_code": "qr", "document": "JVBERi0=",
		}).body
	}
	process := func(id string) {
		require.Contains(t, b.ds("POST", "/return/qc", object{"return_order_id": id, "order_items": []object{qcRow(id+"0001", 2, "GOOD", ""), qcRow(id+"0002", 1, "GOOD", "")}}).body, "SUCCESS")
	}
	credited := b.announce(ajiotest.Announcement{OrderID: b.delivered(), Kind: order.CustomerReturn})
	require.NoError(t, b.SetReturnModel("BLR1", order.RSIModel))
	invoiced := b.announce(ajiotest.Announcement{OrderID: b.delivered(), Kind: order.CustomerReturn})
	require.Contains(t, note(credited, "CN/1"), "SIM_STATE", "before the QC")
	process(credited)
	process(invoiced)
	require.Contains(t, note(invoiced, "CN/2"), "SIM_STATE", "settled by RSI")
	require.Contains(t, note(credited, ""), "SIM_BAD_REQUEST")
	require.Equal(t, 400, b.ds("POST", "/return/creditNote", object{"return_order_id": credited, "credit_note_number": "CN/1"}).status)
	require.Contains(t, note(credited, "CN/1"), "SUCCESS")
	require.Contains(t, note(credited, "CN/1"), "SUCCESS")
	require.Contains(t, note(credited, "CN/3"), "SIM_ALREADY_DONE")
	state := b.returned(credited)
	require.Equal(t, "CN/1", state.CreditNoteNumber)
	require.Equal(t, 5, state.CreditNoteCount)
	require.Len(t, state.CreditNoteSHA256, 64)

	rsi := func(id string) answer { return b.ds("GET", "/return/rsi?returnOrderId="+id, nil) }
	require.Equal(t, 404, rsi(invoiced).status)
	b.advance(10 * time.Minute)
	require.Equal(t, 404, rsi(credited).status)
	require.Equal(t, 404, rsi("R1").status)
	require.Contains(t, rsi(invoiced).body, b.returned(invoiced).RSINumber)
	require.NotNil(t, b.returned(invoiced).RSIReadAt)
}

func TestOtherProcessesLetReturnsHappen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	b.ready(id)
	require.Contains(t, b.ds("POST", "/manifest", b.manifest(id)).body, `"SUCCESS"`)
	require.Equal(t, 204, b.call("POST", ajiotest.AdminPrefix+"/deliver", `{"order_id": "`+id+`"}`).status)
	require.Equal(t, 409, b.call("POST", ajiotest.AdminPrefix+"/deliver", `{"order_id": "`+id+`"}`).status)
	made := b.call("POST", ajiotest.AdminPrefix+"/returns", `{"order_id": "`+id+`", "kind": "customer_return"}`)
	var announced ajiotest.Announced
	require.NoError(t, json.Unmarshal([]byte(made.body), &announced), made.body)
	require.Equal(t, 204, b.call("POST", ajiotest.AdminPrefix+"/returns/move", `{"return_id": "`+announced.ReturnID+`", "status": "RETURN_DELIVERED"}`).status)
	var states []ajiotest.ReturnState
	require.NoError(t, json.Unmarshal([]byte(b.call("GET", ajiotest.AdminPrefix+"/returns", "").body), &states))
	require.Equal(t, b.Returns(), states)
	require.Equal(t, order.StatusReturnDelivered, states[0].Status)
}
