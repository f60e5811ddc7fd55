package ajiotest_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The simulator's answers must have the keys of the contract's examples, no more and no fewer: client and simulator
// share their types, so only the examples can tell both of a slip.
func TestAnswersHaveTheKeysOfTheContractsExamples(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, other := b.place(), b.place()
	same := func(name string, got answer) {
		t.Helper()
		require.Equal(t, keys(t, example(t, name)), keys(t, got.body), name)
	}
	same("login.response", b.callAs("", "POST", "/authToken", `{"username": "DV1", "password": "one"}`))
	same("envelope.response", b.ds("GET", "/orders", nil))
	same("pendency.response", b.ds("GET", "/orders/pendency", nil))
	same("acknowledge.refused", b.ds("POST", "/orders", ack("S1", "Acknowledge")))
	same("acknowledge.response", b.ds("POST", "/orders", ack(id, "Acknowledge", 2, 0, 1, 0)))
	same("orders.response", b.ds("GET", "/orders?orderIds="+id, nil))
	b.acknowledge(other)
	same("cancel.response", b.ds("POST", "/orders/cancel", object{
		"order_id": other, "reason": "DAMAGED", "order_lines": []object{{"order_item_id": lineID(other, 0), "cancelled_quantity": 1}},
	}))
	same("generate.response", b.ds("POST", "/orders/b2bInvoice", b.invoice(id, 2, 1)))
	same("attach_irn.response", b.ds("PUT", "/orders/b2bInvoice", object{"order_id": id, "invoice_number": "AJ/1", "irn": "irn", "qr_code": "qr"}))
	same("upload.response", b.ds("POST", "/orders/b2bInvoice/document", object{"order_id": id, "invoice_number": "AJ/1", "document": "JVBERi0="}))
	same("read_invoice.response", b.ds("GET", "/orders/b2bInvoice?orderId="+id, nil))
	same("b2c_invoice.response", b.ds("GET", "/orders/b2cInvoice?orderId="+id, nil))
	same("label.response", b.ds("GET", "/orders/shippingLabel?orderId="+id, nil))
	made := b.ds("POST", "/manifest", b.manifest(other, id))
	same("manifest.response", made)
	same("read_manifest.response", b.ds("GET", "/manifest?orderId="+id, nil))
	same("read_manifest.response", b.ds("GET", "/manifest/"+b.state(id).ManifestID, nil))
}

func TestQuantitiesOfAnAcknowledgementComeAsStrings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.ds("POST", "/orders", ack(b.place(), "Acknowledge", 2, 0, 0, 1))
	require.Contains(t, got.body, `"confirmed_quantity":"2","cancelled_quantity":"0"`)
	require.Contains(t, got.body, `"confirmed_quantity":"0","cancelled_quantity":"1"`)
}

func TestFieldsOfThePurchaseOrderAreNullUntilItComes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.place()
	require.NoError(t, b.CancelByCustomer(id))
	got := b.ds("GET", "/orders?orderIds="+id, nil)
	for _, field := range []string{"po_number", "po_date", "po_amount", "total_tax", "po_pdf_url", "buyer_gstin", "tax_summary"} {
		require.Contains(t, got.body, `"`+field+`":null`)
	}
}

// example reads an answer of the contract.
func example(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../testdata/" + name + ".json")
	require.NoError(t, err)
	return string(content)
}

// keys lists the paths to all keys of a body, such as orders[].order_lines[].mrp.
func keys(t *testing.T, body string) []string {
	t.Helper()
	var tree any
	require.NoError(t, json.Unmarshal([]byte(body), &tree), body)
	found := map[string]bool{}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch value := node.(type) {
		case object:
			for key, child := range value {
				found[strings.TrimPrefix(path+"."+key, ".")] = true
				walk(path+"."+key, child)
			}
		case []any:
			for _, child := range value {
				walk(path+"[]", child)
			}
		}
	}
	walk("", tree)
	list := make([]string, 0, len(found))
	for path := range found {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}
