// Package searchattr is the one table of search attributes: what an operator can filter orders by in the
// Temporal Web UI, in `starter`, and in tests.
//
// It stands alone, below workflows, because three programs read it: the workflows set the values, `starter
// setup` registers the names on a real cluster, and the development server registers them when it starts. To
// add an attribute, add it here and nowhere else. SQL visibility stores allow ten Keyword attributes, and none
// may be called "Status", which the Web UI keeps for itself.
package searchattr

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// The attributes. Values never hold personal data: they are stored in plain text, encrypted payloads or not.
var (
	// OrderStage is where the order or the return stands: an order.Stage or order.ReturnStage, such as "ack_held".
	OrderStage = temporal.NewSearchAttributeKeyKeyword("OrderStage")
	// Pob is the point of business (Ajio's vendor location), such as "DV0012345".
	Pob = temporal.NewSearchAttributeKeyKeyword("Pob")
	// AjioOrderId is Ajio's B2C order id, such as "S1725110042".
	AjioOrderId = temporal.NewSearchAttributeKeyKeyword("AjioOrderId")
	// PurchaseOrder is the number of Ajio's B2B purchase order.
	PurchaseOrder = temporal.NewSearchAttributeKeyKeyword("PurchaseOrder")
	// InvoiceNumber is the number of the B2B invoice to Ajio.
	InvoiceNumber = temporal.NewSearchAttributeKeyKeyword("InvoiceNumber")
	// InvoicingModel is "erp" (Model 1) or "rms" (Model 2).
	InvoicingModel = temporal.NewSearchAttributeKeyKeyword("InvoicingModel")
	// ReturnKind is "customer_return" or "rto".
	ReturnKind = temporal.NewSearchAttributeKeyKeyword("ReturnKind")
	// AjioReturnId is Ajio's return id, such as "R2511240077"; an RTO that Ajio has not announced has none.
	AjioReturnId = temporal.NewSearchAttributeKeyKeyword("AjioReturnId")
	// Settlement is "offline" on a return with units that people settle with Ajio by hand.
	Settlement = temporal.NewSearchAttributeKeyKeyword("Settlement")
	// Attention says why a person is needed; absent while none is.
	Attention = temporal.NewSearchAttributeKeyKeyword("Attention")
	// DueAt is when the step that is waiting ends or becomes overdue.
	DueAt = temporal.NewSearchAttributeKeyTime("DueAt")
)

// All returns every attribute with its type.
func All() map[string]enumspb.IndexedValueType {
	keys := []temporal.SearchAttributeKey{
		OrderStage, Pob, AjioOrderId, PurchaseOrder, InvoiceNumber, InvoicingModel, ReturnKind,
		AjioReturnId, Settlement, Attention, DueAt,
	}
	all := make(map[string]enumspb.IndexedValueType, len(keys))
	for _, key := range keys {
		all[key.GetName()] = key.GetValueType()
	}
	return all
}
