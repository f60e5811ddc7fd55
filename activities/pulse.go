package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
)

// PulseInterceptor lets a worker's activities heartbeat by themselves for as long as they run. The server then takes a
// call away from a worker that died within the heartbeat time-out; without it, the order would wait until the call
// itself times out, minutes later.
func PulseInterceptor() interceptor.WorkerInterceptor { return &pulse{} }

type pulse struct {
	interceptor.WorkerInterceptorBase
}

func (p *pulse) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	inbound := &pulsingActivity{}
	inbound.Next = next
	return inbound
}

type pulsingActivity struct {
	interceptor.ActivityInboundInterceptorBase
}

func (p *pulsingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	timeout := info.HeartbeatTimeout
	if timeout == 0 {
		return p.Next.ExecuteActivity(ctx, in)
	}
	// A heartbeat's answer may bring a cancellation. It must not cut off a call whose outcome would then be unknown: what is
	// under way ends, and only then the order takes it back.
	call, cancel := context.WithDeadline(context.WithoutCancel(ctx), info.Deadline)
	defer cancel()
	over := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		tick := time.NewTicker(timeout / 4)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-over:
				return
			}
		}
	})
	defer beating.Wait()
	defer close(over)
	return p.Next.ExecuteActivity(call, in)
}
