package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"vmsflow/workflows"
	"vmsflow/workflows/contract"
)

func TestAReturnSyncKeepsItsCountsAlsoWhenItFails(t *testing.T) {
	t.Parallel()
	found := contract.ReturnSyncResult{Listed: 9, Started: 3, Changed: 2, Unreadable: 1}
	for name, test := range map[string]struct {
		err  error
		want contract.ReturnSyncResult
	}{
		"all went well": {want: found},
		"one return failed": {
			err:  temporal.NewApplicationErrorWithOptions("return R1 failed", "Problems", temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{found}}),
			want: found,
		},
		"Ajio is away": {err: temporal.NewNonRetryableApplicationError("Ajio is away", "", nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env.RegisterActivityWithOptions(func(of string) (contract.ReturnSyncResult, error) {
				require.Equal(t, pob, of)
				return found, test.err
			}, activity.RegisterOptions{Name: "PullReturns"})
			w.env.ExecuteWorkflow(workflows.ReturnSync, contract.ChannelSyncInput{Pob: pob})

			var done contract.ReturnSyncResult
			if test.err == nil {
				require.NoError(t, w.env.GetWorkflowResult(&done))
			} else {
				app, ok := errors.AsType[*temporal.ApplicationError](w.env.GetWorkflowError())
				require.True(t, ok)
				require.ErrorContains(t, app, test.err.Error())
				require.NoError(t, app.Details(&done))
			}
			require.Equal(t, test.want, done)
		})
	}
}
