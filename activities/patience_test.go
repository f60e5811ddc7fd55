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

// On a real server: a call that goes on failing is retried in silence only for so long; a refusal at once passes, and what
// takes days by its nature is waited for as long as it takes.
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
	began := time.Now()
	w.RegisterActivityWithOptions(func(_ context.Context, how string) error {
		switch {
		case how == "refused":
			return activities.Refuse("test_refused", nil, "no")
		case how == "down":
			attempts++
			return errors.New("connection refused")
		case how == "ForwardOrderOpen" || time.Since(began) < time.Second:
			return temporal.NewApplicationError("not yet", how)
		}
		return activities.Refuse("test_waited", nil, "it was repeated until now")
	}, activity.RegisterOptions{Name: "failing"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, how string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute,
			RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 1},
		})
		err := workflow.ExecuteActivity(ctx, "failing", how).Get(ctx, nil)
		switch {
		case activities.IsOutage(err) && activities.IsForwardOrderOpen(err):
			return "forward order open", nil
		case activities.IsOutage(err):
			return "outage", nil
		}
		return activities.RefusalOf(err).Attention, nil
	}, workflow.RegisterOptions{Name: "call"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	for how, want := range map[string]string{
		"down": "outage", "refused": "test_refused", "ForwardOrderOpen": "forward order open", "RSINotIssued": "test_waited",
	} {
		began = time.Now()
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "call", how)
		require.NoError(t, err)
		var got string
		require.NoError(t, run.Get(t.Context(), &got))
		require.Equal(t, want, got, how)
	}
	require.Greater(t, attempts, 1, "it was retried until then")
}
