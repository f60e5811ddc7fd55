package erp_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/erp"
	"vmsflow/internal/order"
)

// returned is return R2511240077 of the contracts.
func returned(t *testing.T) erp.ReturnPosting {
	t.Helper()
	forward := story(t)
	return erp.ReturnPosting{
		MessageID: 900000077001, EventTime: at(t, "2025-11-25T18:05:00.000+05:30"),
		Expectation: order.Expectation{
			Pob: "DV0012345", ReturnID: "R2511240077", OrderID: "S1725110042", Kind: order.CustomerReturn,
			ReturnDate: at(t, "2025-11-24T11:30:00.000+05:30"), TrackingNumber: "AJR880004411",
			Items: []order.ExpectedItem{{ReturnItemID: "R25112400770001", OrderItemID: "S17251100420001", ItemCode: "469876543001", Units: 1}},
		},
		Units: []order.UnitResult{
			{OrderItemID: "S17251100420001", ReturnItemID: "R25112400770001", ItemCode: "469876543001", Code: order.Good},
		},
		Shipped: order.Shipped{
			Known: true, Shipped: true, PO: forward.PO, Carrier: "DELHIVERY", TrackingNumber: "AJ7700012345",
			Invoice: order.Invoice{
				Number: "AJ/25-26/000421", Date: at(t, "2025-11-17T16:00:00.000+05:30"),
				IRN: "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130",
			},
		},
		Model: order.CreditNoteModel, Channel: forward.Channel,
	}
}

func TestAReturnPostingIsThatOfTheContract(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("testdata/return_complete.json")
	require.NoError(t, err)
	written, err := json.Marshal(erp.NewReturn(returned(t)))
	require.NoError(t, err)
	require.Equal(t, tokens(t, example), tokens(t, written))

	var read erp.ReturnMessage // the type reads its own example: erptest relies on it
	require.NoError(t, json.Unmarshal(example, &read))
	again, err := json.Marshal(read)
	require.NoError(t, err)
	require.Equal(t, string(written), string(again))
}

func TestEveryUnitOfAReturnHasARowWithTheWarehousesWord(t *testing.T) {
	t.Parallel()
	p := returned(t)
	unit := func(returnItem string, code order.QCCode, said string) order.UnitResult {
		return order.UnitResult{OrderItemID: "S1", ReturnItemID: returnItem, ItemCode: "A", Code: code, Said: said}
	}
	p.Units = []order.UnitResult{
		unit("R1", order.Good, ""), unit("R2", order.Bad, "STAIN_DAMAGE"), unit("R1", order.Missing, ""),
		unit("R1", order.Missing, "PRODUCT_MISSING"), unit("R2", order.Bad, "GLUE_ON_COLLAR"),
	}
	var rows [][]string
	for _, item := range erp.NewReturn(p).OrderItems {
		reason := "null"
		if item.QcReason != nil {
			reason = *item.QcReason
		}
		require.Nil(t, item.ImageUrls)
		rows = append(rows, []string{item.ItemCode, item.QcStatus, reason})
	}
	require.Equal(t, [][]string{
		{"R1-1", "PASS", "null"}, {"R2-1", "FAIL", "STAIN_DAMAGE"}, {"R1-2", "FAIL", "PRODUCT_MISSING"},
		{"R1-3", "FAIL", "PRODUCT_MISSING"}, {"R2-2", "FAIL", "GLUE_ON_COLLAR"},
	}, rows)
}

// The warehouse scanned the second of two units; the first was not in the parcel.
func TestAUnitKeepsTheNameThatTheWarehouseGaveIt(t *testing.T) {
	t.Parallel()
	p := returned(t)
	unit := func(code, returnItem string, result order.QCCode) order.UnitResult {
		return order.UnitResult{UnitCode: code, OrderItemID: "S1", ReturnItemID: returnItem, ItemCode: "A", Code: result}
	}
	p.Units = []order.UnitResult{
		unit("", "R1", order.Missing), unit("R1-2", "R1", order.Good), // R1-1 was never scanned
		unit("S1-1", "R2", order.Good), unit("R2-1", "R2", order.Bad), unit("R1-9", "R2", order.Good), // of other items, by their names
	}
	var rows []string
	for _, item := range erp.NewReturn(p).OrderItems {
		rows = append(rows, item.ItemCode+" "+item.QcStatus)
	}
	require.Equal(t, []string{"R1-1 FAIL", "R1-2 PASS", "R2-2 PASS", "R2-1 FAIL", "R2-3 PASS"}, rows)
}

func TestAnRTOIsAReturnToOrigin(t *testing.T) {
	t.Parallel()
	p := returned(t)
	p.Expectation.Kind, p.Shipped.PO.BuyerGSTIN = order.RTO, ""
	message := erp.NewReturn(p)
	require.Equal(t, "RETURN_TO_ORIGIN", message.OrderType)
	require.Equal(t, "29AAGCB7383J1Z4", message.OrderCustomAttributes.PartnerGstin, "the POB's, where the PO names none")
}
