package audit

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
	"vmsflow/workflows/contract"
)

// facts is the evidence, indexed by order. Order ids are Ajio's and unique over its POBs.
type facts struct {
	Evidence
	ajio        map[string]ajiotest.OrderState
	rows        map[string][]Row
	erp         map[string]erptest.OrderState
	warehouse   map[string]warehousetest.OrderState
	executions  map[string][]Execution // by workflow id
	firstListed map[string]time.Time
	manifests   []manifestMade
	sellers     map[string]string     // GSTIN by POB
	invoices    map[string]OwnInvoice // that vmsflow made
	homecomings []homecoming
}

// manifestMade is a manifest that Ajio made, by its ledger.
type manifestMade struct {
	id       string
	included []string
	refused  map[string]string // why, by order
}

func newFacts(e Evidence) *facts {
	f := &facts{
		Evidence: e, ajio: map[string]ajiotest.OrderState{}, rows: map[string][]Row{},
		erp: map[string]erptest.OrderState{}, warehouse: map[string]warehousetest.OrderState{},
		executions: map[string][]Execution{}, firstListed: world.FirstListed(e.Ajio.Calls),
		sellers: map[string]string{}, invoices: map[string]OwnInvoice{}, homecomings: gather(e),
	}
	for _, pob := range e.Pobs {
		f.sellers[pob.Code] = pob.GSTIN
	}
	for _, own := range e.Postgres.Invoices {
		f.invoices[own.OrderID] = own
	}
	for _, o := range e.Ajio.Orders {
		f.ajio[o.OrderID] = o
	}
	for _, row := range e.Postgres.Orders {
		f.rows[row.OrderID] = append(f.rows[row.OrderID], row)
	}
	for _, erp := range e.ERP {
		for _, o := range erp.Orders {
			f.erp[o.OrderCode] = o
		}
	}
	for _, warehouse := range e.Warehouse {
		for _, o := range warehouse.Orders {
			f.warehouse[o.OrderID] = o
		}
	}
	for _, execution := range e.Temporal {
		f.executions[execution.WorkflowID] = append(f.executions[execution.WorkflowID], execution)
	}
	for _, call := range effects(e.Ajio.Calls, ajiotest.CallManifest) {
		var detail struct {
			Included []string          `json:"included"`
			Refused  map[string]string `json:"refused"`
		}
		_ = json.Unmarshal(call.Detail, &detail) // without detail it includes nobody, and its orders will miss it
		f.manifests = append(f.manifests, manifestMade{id: call.Key, included: detail.Included, refused: detail.Refused})
	}
	return f
}

func (f *facts) executionsOf(o world.Arrived) []Execution {
	return f.executions[contract.OrderWorkflowID(o.Pob, o.OrderID)]
}

// effects are the calls of these names that changed something, in the order in which they did.
func effects(calls []simulate.Call, names ...string) []simulate.Call {
	var found []simulate.Call
	for _, call := range calls {
		if call.Effect && slices.Contains(names, call.Name) {
			found = append(found, call)
		}
	}
	slices.SortStableFunc(found, func(a, b simulate.Call) int { return a.At.Compare(b.At) })
	return found
}

// countByKey counts calls by what they were about.
func countByKey(calls []simulate.Call) map[string]int {
	counts := map[string]int{}
	for _, call := range calls {
		counts[call.Key]++
	}
	return counts
}

// sorted walks a map in a fixed order, so that the same evidence is always reported in the same words.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
