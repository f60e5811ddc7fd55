package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/internal/increff"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// Manifest hands the parcels of one warehouse manifest over to the courier at Ajio, in one call, and tells each
// order what became of its parcel. A parcel that Ajio refuses is tried again alone, by its own order.
func Manifest(ctx workflow.Context, in contract.ManifestInput) (contract.ManifestResult, error) {
	var result contract.ManifestResult
	if n := len(in.Shipments); n == 0 || n > increff.ManifestLimit {
		return result, temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("a manifest has 1 to %d shipments, not %d: close another one", increff.ManifestLimit, n), "BadManifest", nil)
	}
	m := &manifest{ManifestInput: in}
	m.show = m.showManifest
	if err := m.takeDecisions(ctx); err != nil {
		return result, err
	}
	err := m.do(ctx, step{name: "create the manifest at Ajio"}, func(ctx workflow.Context) error {
		call := ajioCall(ctx, in.Pob, fmt.Sprintf("manifest %d parcels with %s", len(in.Shipments), in.Carrier))
		return workflow.ExecuteActivity(call, ajioActivities.CreateManifest, in).Get(ctx, &result)
	})
	if err != nil {
		return result, err
	}
	tell := deliveries(ctx, fmt.Sprintf("tell %d orders", len(in.Shipments)))
	if err := workflow.ExecuteActivity(tell, messageActivities.TellManifested, in, result).Get(ctx, nil); err != nil {
		return result, err
	}
	return result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// manifest is one run.
type manifest struct {
	contract.ManifestInput
	desk
	shownAttention string
}

func (m *manifest) showManifest(ctx workflow.Context) {
	details := fmt.Sprintf("%d parcels with %s", len(m.Shipments), m.Carrier)
	if m.parked != nil {
		details += fmt.Sprintf("\n\n**Parked** at “%s”: %s\n\nAnswer with the update `retry-step`.", m.parked.Step, m.parked.Message)
	}
	workflow.SetCurrentDetails(ctx, details)
	upsert(ctx, keyword(nil, searchattr.Attention, m.shownAttention, m.attention))
	m.shownAttention = m.attention
}
