package workflows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"vmsflow/activities"
	"vmsflow/workflows/contract"
)

func manifestOf(n int) contract.ManifestInput {
	in := contract.ManifestInput{Pob: pob, Key: "87456", Carrier: "DELHIVERY"}
	for i := range n {
		in.Shipments = append(in.Shipments, contract.ManifestShipment{OrderID: fmt.Sprintf("S%d", i), TrackingNumber: fmt.Sprintf("AJ%d", i)})
	}
	return in
}

// manifestWorld takes the calls of a manifest; answer is what Ajio makes of it.
func manifestWorld(t *testing.T, answer contract.ManifestResult) (*world, *contract.ManifestResult) {
	t.Helper()
	w := newWorld(t)
	w.manifest = answer
	told := &contract.ManifestResult{}
	w.env.RegisterActivityWithOptions(func(_ contract.ManifestInput, result contract.ManifestResult) error {
		*told = result
		return nil
	}, activity.RegisterOptions{Name: "TellManifested"})
	return w, told
}

func TestAManifestTellsEachOrderWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	answer := contract.ManifestResult{ManifestID: "MF1", Included: []string{"S0"}, Refused: map[string]string{"S1": "not uploaded"}}
	w, told := manifestWorld(t, answer)
	w.env.ExecuteWorkflow(contract.Manifest, manifestOf(2))
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, answer, *told)
	require.Equal(t, []string{"CreateManifest"}, w.done, "one call, whatever the number of parcels")
}

func TestAManifestHoldsAtMost250Parcels(t *testing.T) {
	t.Parallel()
	for n, fits := range map[int]bool{0: false, 1: true, 250: true, 251: false} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w, _ := manifestWorld(t, contract.ManifestResult{ManifestID: "MF1"})
			w.env.ExecuteWorkflow(contract.Manifest, manifestOf(n))
			if fits {
				require.NoError(t, w.env.GetWorkflowError())
			} else {
				require.ErrorContains(t, w.env.GetWorkflowError(), "close another one")
				require.Empty(t, w.done)
			}
		})
	}
}

func TestAManifestThatAjioRefusesAsAWholeWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w, _ := manifestWorld(t, contract.ManifestResult{ManifestID: "MF1", Included: []string{"S0"}})
	w.refuse["CreateManifest"] = 1
	w.at(time.Hour, func() { w.update(contract.UpdateRetryStep, contract.Decision{Reason: "password renewed"}) })
	w.env.ExecuteWorkflow(contract.Manifest, manifestOf(1))
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"CreateManifest"}, w.done)
}

func TestAManifestThatIsGivenUpLeavesItsParcelsToTheirOrders(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func(*world){
		"skip-step":            func(w *world) { w.update(contract.UpdateSkipStep, contract.Decision{Reason: "made by hand"}) },
		"cancel from Temporal": func(w *world) { w.env.CancelWorkflow() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, told := manifestWorld(t, contract.ManifestResult{ManifestID: "MF1"})
			w.refuse["CreateManifest"] = 1
			w.at(time.Hour, func() { giveUp(w) })
			w.env.ExecuteWorkflow(contract.Manifest, manifestOf(2))
			require.NoError(t, w.env.GetWorkflowError())
			require.Len(t, told.Refused, 2)
			require.Empty(t, w.done)
		})
	}
}

func TestAChannelSyncReadsAgainOnlyWhatLeftThePendency(t *testing.T) {
	t.Parallel()
	for _, left := range [][]string{nil, {"S1", "S2"}} {
		t.Run(fmt.Sprint(len(left)), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			fake(w, "PullPendency", func(string) activities.PendencyResult {
				return activities.PendencyResult{Listed: 9, Started: 3, Cancelled: 1, Left: left}
			})
			var checked []string
			w.env.RegisterActivityWithOptions(func(_ string, ids []string) (int, error) {
				checked = ids
				return len(ids), nil
			}, activity.RegisterOptions{Name: "CheckLeft"})
			fake(w, "PullPurchaseOrders", func(string) int { return 4 })
			w.env.ExecuteWorkflow(contract.ChannelSync, contract.ChannelSyncInput{Pob: pob})
			var result contract.ChannelSyncResult
			require.NoError(t, w.env.GetWorkflowResult(&result))
			require.Equal(t, contract.ChannelSyncResult{Listed: 9, Started: 3, Cancelled: 1 + len(left), POs: 4}, result)
			require.Equal(t, left, checked)
		})
	}
}

func TestAChannelSyncReadsPurchaseOrdersAlsoWhenThePendencyFailed(t *testing.T) {
	t.Parallel()
	type counts = contract.ChannelSyncResult
	problem := func(orderID string, done any) error {
		return temporal.NewApplicationErrorWithOptions("order "+orderID+" failed", "Problems", temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{done}})
	}
	away := temporal.NewNonRetryableApplicationError("Ajio is away", "", nil)
	for name, test := range map[string]struct {
		pendency, check, pos error
		want                 counts
	}{
		"one order of the pendency": {
			pendency: problem("S1", activities.PendencyResult{Listed: 9, Started: 3, Left: []string{"S2"}}),
			want:     counts{Listed: 9, Started: 3, Cancelled: 1, POs: 4},
		},
		"the whole pendency": {pendency: away, want: counts{POs: 4}},
		"everything": {
			pendency: problem("S1", activities.PendencyResult{Listed: 9, Left: []string{"S2"}}), check: problem("S2", 2), pos: problem("S3", 5),
			want: counts{Listed: 9, Cancelled: 2, POs: 5},
		},
		"the purchase orders": {pos: away, want: counts{Listed: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			act := func(name string, do any) { w.env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name}) }
			act("PullPendency", func(string) (activities.PendencyResult, error) {
				return activities.PendencyResult{Listed: 7}, test.pendency
			})
			act("CheckLeft", func(string, []string) (int, error) { return 1, test.check })
			act("PullPurchaseOrders", func(string) (int, error) { return 4, test.pos })
			w.env.ExecuteWorkflow(contract.ChannelSync, contract.ChannelSyncInput{Pob: pob})

			err := w.env.GetWorkflowError()
			app, ok := errors.AsType[*temporal.ApplicationError](err)
			require.True(t, ok, err)
			var done counts
			require.NoError(t, app.Details(&done))
			require.Equal(t, test.want, done)
			for _, failed := range []error{test.pendency, test.check, test.pos} {
				if failed != nil {
					require.ErrorContains(t, err, failed.Error())
				}
			}
		})
	}
}
