package increff_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
)

// The files are the examples of contracts/increff-erp.md §2 to §4, letter for letter: each type must read its
// example and write every field back in the same order.
func TestServedBodiesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for file, body := range map[string]any{
		"invoice.json":           &increff.B2BInvoicePosting{},
		"invoice_partial.json":   &increff.B2BInvoicePosting{},
		"pack_request.json":      &increff.PackRequest{},
		"pack_response.json":     &increff.PackResponse{},
		"manifest_request.json":  &increff.ManifestRequest{},
		"manifest_response.json": &increff.ManifestResponse{},
		"handover_request.json":  &increff.CombinedHandoverRequest{},
		"handover_response.json": &increff.CombinedHandoverResponse{},
		"error.json":             &increff.ErrorBody{},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			example, err := os.ReadFile(filepath.Join("testdata", file))
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(example, body))
			written := &bytes.Buffer{}
			encoder := json.NewEncoder(written)
			encoder.SetEscapeHTML(false)
			require.NoError(t, encoder.Encode(body))
			var compact bytes.Buffer
			require.NoError(t, json.Compact(&compact, example))
			require.Equal(t, compact.String(), string(bytes.TrimSpace(written.Bytes())))
		})
	}
}

func TestMissingFieldsAreSeen(t *testing.T) {
	t.Parallel()
	var posting increff.B2BInvoicePosting
	require.NoError(t, json.Unmarshal([]byte(`{}`), &posting))
	require.Nil(t, posting.IsPartialInvoice)
	require.NoError(t, json.Unmarshal([]byte(`{"isPartialInvoice":false,"unknown":null}`), &posting))
	require.False(t, *posting.IsPartialInvoice)

	var pack increff.PackRequest
	require.NoError(t, json.Unmarshal([]byte(`{"shipmentItems":[{"channelSkuCode":"1"},{"quantityToPack":0}]}`), &pack))
	require.Nil(t, pack.ShipmentItems[0].QuantityToPack)
	require.Zero(t, *pack.ShipmentItems[1].QuantityToPack)
}

func TestDescriptionListsEveryRule(t *testing.T) {
	t.Parallel()
	require.Empty(t, increff.Describe())
	require.Equal(t, "[a: missing] [b: too long]", increff.Describe("a: missing", "b: too long"))
}
