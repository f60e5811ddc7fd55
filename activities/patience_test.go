package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/dev/devserver"
)

// On a real server: a call that goes on failing is retried in silence only for so long; a refusal at once passes.
func TestACallThatGoesOnFailingIsAnOutageAfterAWhile(t *testing.T) {
	t.Parallel()
	c, err := client.Dial(client.Options{HostPort: devserver.ForTest(t).Address, Logger: quiet{}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	queue := t.Name()
	w := worker.New(c, queue, worker.Options{Interceptors: []interceptor.WorkerInterceptor{
		activities.PatienceInterceptor(300 * time.Millisecond),
	}})
	attempts := 0
	w.RegisterActivityWithOptions(func(_ context.Context, refused bool) error {
		if refused {
			return activities.Refuse("test_refused", nil, "no")
		}
		attempts++
		return errors.New("connection refused")
	}, activity.RegisterOptions{Name: "failing"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, refused bool) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute,
			RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 1},
		})
		err := workflow.ExecuteActivity(ctx, "failing", refused).Get(ctx, nil)
		if activities.IsOutage(err) {
			return "outage", nil
		}
		return activities.RefusalOf(err).Attention, nil
	}, workflow.RegisterOptions{Name: "call"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	for refused, want := range map[bool]string{false: "outage", true: "test_refused"} {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "call", refused)
		require.NoError(t, err)
		var got string
		require.NoError(t, run.Get(t.Context(), &got))
		require.Equal(t, want, got)
	}
	require.Greater(t, attempts, 1, "it was retried until then")
}
