package ajiotest

import "vmsflow/internal/ajio/wire"

// System is the simulator's name in its ledger.
const System = "ajio"

// The names of the calls, in the ledger and for faults. The ledger's key is the order id where a call is about one
// order, the return id where it is about one return, and the manifest id where it made one.
const (
	CallLogin        = "login"
	CallPendency     = "pendency"
	CallAcknowledge  = "acknowledge"
	CallOrders       = "orders"
	CallCancel       = "cancel"
	CallGenerate     = "generate"
	CallAttachIRN    = "attach_irn"
	CallUpload       = "upload"
	CallReadInvoice  = "read_invoice"
	CallB2CInvoice   = "b2c_invoice"
	CallLabel        = "label"
	CallManifest     = "manifest"
	CallReadManifest = "read_manifest"
	CallDocument     = "document" // the download behind a URL
	CallReturns      = "returns"
	CallCreateRTO    = "create_rto"
	CallQC           = "perform_qc"
	CallRSI          = "rsi"
	CallCreditNote   = "credit_note"
)

// Pending is the status of an unacknowledged order in OrderState. Ajio has no word for it and never sends it.
const Pending wire.Status = "PENDING"

// The codes in front of the simulator's refusals (contracts/ajio-vms.md §2.1, assumed).
const (
	simLimit             = "SIM_LIMIT"
	simBadRequest        = "SIM_BAD_REQUEST"
	simToken             = "SIM_TOKEN"
	simUnknownOrder      = "SIM_UNKNOWN_ORDER" // or return
	simCustomerCancelled = "SIM_CUSTOMER_CANCELLED"
	simQuantity          = "SIM_QUANTITY"
	simState             = "SIM_STATE"
	simAlreadyDone       = "SIM_ALREADY_DONE"
	simPOPending         = "SIM_PO_PENDING"
	simNotReady          = "SIM_NOT_READY"
)
