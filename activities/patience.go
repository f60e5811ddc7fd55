package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// typeOutage marks the error of a call that has been retried for longer than an operator should not know of it.
const typeOutage = "Outage"

// Patience is how long a call is retried in silence. After it the workflow is told, raises attention and calls again:
// retrying goes on for ever, but not unseen.
const Patience = time.Hour

// IsOutage reports whether a call went unanswered for longer than Patience.
func IsOutage(err error) bool {
	app, ok := errors.AsType[*temporal.ApplicationError](err)
	return ok && app.Type() == typeOutage
}

// isExpectedWait says whether an activity only waits for something that takes days by its nature. That is no outage,
// however long it lasts: the workflow has timers of its own for it.
func isExpectedWait(err *temporal.ApplicationError) bool {
	return err.Type() == rsiNotIssued
}

// PatienceInterceptor ends the silent retries of a worker's activities after the limit, which is Patience but in tests.
func PatienceInterceptor(limit time.Duration) interceptor.WorkerInterceptor {
	return &patience{limit: limit}
}

type patience struct {
	interceptor.WorkerInterceptorBase
	limit time.Duration
}

func (p *patience) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	inbound := &patientActivity{limit: p.limit}
	inbound.Next = next
	return inbound
}

type patientActivity struct {
	interceptor.ActivityInboundInterceptorBase
	limit time.Duration
}

func (p *patientActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := p.Next.ExecuteActivity(ctx, in)
	if err == nil || ctx.Err() != nil {
		return result, err
	}
	if app, ok := errors.AsType[*temporal.ApplicationError](err); ok && (app.NonRetryable() || isExpectedWait(app)) {
		return result, err
	}
	info := activity.GetInfo(ctx)
	if time.Since(info.ScheduledTime) < p.limit {
		return result, err
	}
	return result, temporal.NewNonRetryableApplicationError(
		fmt.Sprintf("%s has failed for over %s, %d times: %v", info.ActivityType.Name, p.limit, info.Attempt, err), typeOutage, err)
}
