package audit

import (
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/order"
	"vmsflow/internal/rms"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
	"vmsflow/workflows/contract"
)

// Evidence is everything that a run left behind.
type Evidence struct {
	// Hold is how long an acknowledgement must be held back.
	Hold time.Duration `json:"hold"`
	// Cast are the orders that came in, and Returned the returns, each with the story by which it must end.
	Cast     []world.Arrived  `json:"cast"`
	Returned []world.Returned `json:"returned"`
	// Loaded is the stock in the beginning.
	Loaded map[Item]int `json:"-"`

	// Pobs are the POBs with their models and sellers.
	Pobs []world.Pob `json:"pobs"`
	// Key verifies what ERPs and IRP signed.
	Key irptest.PublicKey `json:"key"`

	Ajio      Ajio        `json:"ajio"`
	IRP       IRP         `json:"irp"`
	ERP       []ERP       `json:"erp"`       // one for each POB
	Warehouse []Warehouse `json:"warehouse"` // one for each POB
	Postgres  Postgres    `json:"postgres"`
	Temporal  []Execution `json:"temporal"`
	// Runs are those of the returns' workflows, oldest first: one that has ended runs again for what comes afterwards.
	Runs []ReturnRun `json:"runs"`
}

// Item is an item at a POB: stock is never shared.
type Item struct{ Pob, Code string }

// Ajio is what Ajio knows.
type Ajio struct {
	Orders  []ajiotest.OrderState  `json:"orders"`
	Returns []ajiotest.ReturnState `json:"returns"`
	Calls   []simulate.Call        `json:"calls"`
}

// IRP is what the invoice registration portal knows.
type IRP struct {
	irptest.State
	Calls []simulate.Call `json:"calls"`
}

// ERP is what the ERP of a POB knows.
type ERP struct {
	erptest.State
	Pob   string          `json:"pob"`
	Calls []simulate.Call `json:"calls"`
}

// Warehouse is what the warehouse of a POB knows.
type Warehouse struct {
	warehousetest.State
	Pob   string          `json:"pob"`
	Calls []simulate.Call `json:"calls"`
}

// Postgres is what the database holds.
type Postgres struct {
	Orders   []Row        `json:"orders"`
	Returns  []ReturnRow  `json:"returns"`
	Invoices []OwnInvoice `json:"invoices"` // by seller, year and number
	Messages []Message    `json:"messages"`
	Stock    []Stock      `json:"stock"`
	Undone   []string     `json:"undone"` // inbox messages that no workflow was told of
}

// Row is an order in the database. Quantities are by order_item_id.
type Row struct {
	Pob             string           `json:"pob"`
	OrderID         string           `json:"order_id"`
	Outcome         order.Outcome    `json:"outcome"`
	PONumber        string           `json:"po_number"`
	InvoiceNumber   string           `json:"invoice_number"`
	InvoiceDate     time.Time        `json:"invoice_date"` // 1970 without an invoice
	IRN             string           `json:"irn"`
	SignedQR        string           `json:"signed_qr"`
	ManifestID      string           `json:"manifest_id"`
	Acknowledged    bool             `json:"acknowledged"`
	Posted          bool             `json:"posted"`
	Invoiced        order.Quantities `json:"invoiced"`
	Confirmed       order.Quantities `json:"confirmed"`
	Packed          order.Quantities `json:"packed"`
	Reserved        int              `json:"reserved"` // units still held
	DocumentsByKind map[string]int   `json:"documents_by_kind"`
}

// OwnInvoice is an invoice that vmsflow made, in the RMS model.
type OwnInvoice struct {
	Pob           string      `json:"pob"`
	OrderID       string      `json:"order_id"`
	GSTIN         string      `json:"gstin" db:"gstin"`
	FinancialYear string      `json:"financial_year"`
	Number        string      `json:"number"`
	Date          time.Time   `json:"date" db:"invoice_date"`
	IRN           string      `json:"irn" db:"irn"`
	SignedQR      string      `json:"signed_qr" db:"signed_qr"`
	Registered    bool        `json:"registered"`
	Cancelled     bool        `json:"cancelled"`
	Content       rms.Invoice `json:"content"`
}

// Message is a posting to an ERP as the database keeps it.
type Message struct {
	ID       int64  `json:"id"`
	OrderID  string `json:"order_id"`
	Event    string `json:"event"`
	Accepted bool   `json:"accepted"`
}

// Stock is an item's stock in the end.
type Stock struct {
	Item
	OnHand   int `json:"on_hand"`
	Reserved int `json:"reserved"`
}

// Execution is a run of a ForwardOrder workflow.
type Execution struct {
	WorkflowID    string               `json:"workflow_id"`
	Status        string               `json:"status"` // Temporal's: Completed, Running, Failed, …
	Stage         string               `json:"stage"`  // the search attribute OrderStage
	Attention     string               `json:"attention"`
	Outcome       order.Outcome        `json:"outcome"` // of its result
	Lines         []contract.LineState `json:"lines"`   // of its result
	HistoryEvents int64                `json:"history_events"`
	HistoryBytes  int64                `json:"history_bytes"`
}
