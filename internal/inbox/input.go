package inbox

import (
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// Input is what the workflow of a return is started with. Whoever only wants its workflow id leaves the policy empty.
func Input(r postgres.Return, policy contract.ReturnPolicy) contract.ReturnInput {
	return contract.ReturnInput{
		ID: r.ID, Kind: r.Kind, Pob: r.Pob, OrderID: r.OrderID, ReturnID: r.ReturnID, Policy: policy,
		Ended: r.EndedAt != nil, Announced: r.EndedAt != nil && r.Expectation != nil, Successor: r.Successor,
	}
}
