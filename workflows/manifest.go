package workflows

import (
	"errors"
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
	main, err := m.setUp(ctx)
	if err != nil {
		return result, err
	}
	givenUp, err := m.do(main, step{
		name: "create the manifest at Ajio", canSkip: true, outage: ajioDown, settled: func() bool { return m.cancelled },
	}, func(ctx workflow.Context) error {
		call := manifestCall(ctx, in.Pob, fmt.Sprintf("manifest %d parcels with %s", len(in.Shipments), in.Carrier))
		return workflow.ExecuteActivity(call, ajioActivities.CreateManifest, in).Get(ctx, &result)
	})
	if err != nil {
		return result, err
	}
	if givenUp || len(result.Included)+len(result.Refused)+len(result.Elsewhere) == 0 {
		m.leaveToOrders(&result)
	}
	m.result = &result
	_, err = m.do(main, step{name: "tell the orders", outage: "temporal_unreachable"}, func(ctx workflow.Context) error {
		tell := deliveries(ctx, fmt.Sprintf("tell %d orders", len(in.Shipments)))
		return workflow.ExecuteActivity(tell, messageActivities.TellManifested, in, result).Get(ctx, nil)
	})
	if err != nil {
		return result, err
	}
	m.show(main)
	return result, workflow.Await(main, func() bool { return workflow.AllHandlersFinished(main) })
}

// setUp registers the operator's decisions and returns the context of the main line, which a cancel from the Web UI
// does not touch: it only gives up a manifest that is parked, and the parcels go alone.
func (m *manifest) setUp(root workflow.Context) (workflow.Context, error) {
	always, _ := workflow.NewDisconnectedContext(root)
	m.show = m.showManifest
	workflow.GoNamed(always, "cancel from Temporal", func(ctx workflow.Context) {
		root.Done().Receive(ctx, nil)
		m.cancelled = true
	})
	return always, errors.Join(
		workflow.SetQueryHandlerWithOptions(always, contract.QueryState, func() (contract.ManifestState, error) { return m.state(), nil },
			workflow.QueryHandlerOptions{Description: "Where the manifest stands."}),
		m.takeDecisions(always),
	)
}

// state answers the query.
func (m *manifest) state() contract.ManifestState {
	return contract.ManifestState{
		Pob: m.Pob, Key: m.Key, Attention: m.attention(), Advice: m.advice(), Parked: m.parked, Notes: m.notes,
	}
}

// leaveToOrders gives the manifest up: each parcel tries to get into one of its own, and finds out there if it is in
// one already.
func (m *manifest) leaveToOrders(result *contract.ManifestResult) {
	result.Refused = map[string]string{}
	for _, s := range m.Shipments {
		result.Refused[s.OrderID] = "the manifest was given up"
	}
}

// manifest is one run.
type manifest struct {
	contract.ManifestInput
	desk
	cancelled      bool
	result         *contract.ManifestResult
	shownAttention string
}

func (m *manifest) showManifest(ctx workflow.Context) {
	details := fmt.Sprintf("%d parcels with %s", len(m.Shipments), m.Carrier)
	switch {
	case m.parked != nil:
		details += fmt.Sprintf("\n\n**Parked** at “%s”: %s\n\nAnswer with the update `retry-step`, or `skip-step` to let each parcel try alone.",
			m.parked.Step, m.parked.Message)
	case m.result != nil:
		details += fmt.Sprintf("\n\nAjio's manifest **%s** has %d of them; %d were refused and try alone; %d stood in others already.",
			m.result.ManifestID, len(m.result.Included), len(m.result.Refused), len(m.result.Elsewhere))
	}
	workflow.SetCurrentDetails(ctx, details)
	upsert(ctx, keyword(nil, searchattr.Attention, m.shownAttention, m.attention()))
	m.shownAttention = m.attention()
}
