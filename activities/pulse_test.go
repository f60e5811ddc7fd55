package activities_test

import (
	"context"
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

// On a real server: a slow call keeps its heartbeats up without knowing of them, and so is not taken for dead.
func TestACallThatTakesLongerThanTheHeartbeatTimeoutIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		interceptors []interceptor.WorkerInterceptor
		alive        bool
	}{
		{"with the pulse", []interceptor.WorkerInterceptor{activities.PulseInterceptor()}, true},
		{"without it", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			temporalClient, err := client.Dial(client.Options{HostPort: devserver.ForTest(t).Address, Logger: quiet{}})
			require.NoError(t, err)
			t.Cleanup(temporalClient.Close)
			w := worker.New(temporalClient, t.Name(), worker.Options{
				Interceptors: c.interceptors, MaxHeartbeatThrottleInterval: time.Second,
			})
			w.RegisterActivityWithOptions(func(ctx context.Context) error {
				select { // an answer that takes eight seconds
				case <-time.After(8 * time.Second):
				case <-ctx.Done():
				}
				return nil
			}, activity.RegisterOptions{Name: "slow"})
			w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
				ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
					StartToCloseTimeout: time.Minute, HeartbeatTimeout: 4 * time.Second,
					RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
				})
				return workflow.ExecuteActivity(ctx, "slow").Get(ctx, nil)
			}, workflow.RegisterOptions{Name: "call"})
			require.NoError(t, w.Start())
			t.Cleanup(w.Stop)
			run, err := temporalClient.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: t.Name()}, "call")
			require.NoError(t, err)
			err = run.Get(t.Context(), nil)
			if c.alive {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "Heartbeat timeout")
			}
		})
	}
}
