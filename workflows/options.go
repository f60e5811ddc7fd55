package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"vmsflow/workflows/contract"
)

// The activity profiles. None has a ScheduleToClose time-out or a limit of attempts where an order depends on the
// call: an outside system may be away for a weekend, and an operator may pause an activity for as long as a
// maintenance window lasts. What can never succeed by repeating comes back as a refusal instead, and what has not
// succeeded for an hour (activities.Patience) raises attention while it goes on.

// pulse is how soon a worker's death is noticed. The worker sends the heartbeats by itself (activities.PulseInterceptor);
// the activity's own time-out, which must leave room for the slowest answer, would be minutes.
const pulse = 20 * time.Second

// backOff doubles from one wait to the other.
func backOff(from, to time.Duration) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: from, BackoffCoefficient: 2, MaximumInterval: to}
}

// profile is what all have in common. They wait for cancellation: a cancelled order must know whether a call that was
// under way got through before it compensates.
func profile(ctx workflow.Context, queue, summary string, timeout time.Duration, retry *temporal.RetryPolicy) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           queue,
		StartToCloseTimeout: timeout,
		HeartbeatTimeout:    pulse,
		RetryPolicy:         retry,
		WaitForCancellation: true,
		Summary:             summary,
	})
}

// books is for our own Postgres: quick, and back soon when it is away.
func books(ctx workflow.Context, summary string) workflow.Context {
	return profile(ctx, contract.QueueOrders, summary, 30*time.Second, backOff(time.Second, time.Minute))
}

// ajioCall is for one step at Ajio. The longest, an acknowledgement that is refused and settled by reading back, makes
// six HTTP calls of 30 s with a login in between. The ceiling of five minutes keeps a long outage from costing throttle
// and still notices its end soon.
func ajioCall(ctx workflow.Context, pob, summary string) workflow.Context {
	return profile(ctx, contract.QueueAjio(pob), summary, 6*time.Minute, backOff(time.Second, 5*time.Minute))
}

// manifestCall is ajioCall for up to 250 parcels, whose read-back takes five pages and a call for each manifest found.
func manifestCall(ctx workflow.Context, pob, summary string) workflow.Context {
	return profile(ctx, contract.QueueAjio(pob), summary, 20*time.Minute, backOff(time.Second, 5*time.Minute))
}

// erpCall is for a posting to the ERP. The contract gives 45 s a call and a back-off of 5 s doubling to 15 min
// (contracts/increff-erp.md §2.2); a renewed credential makes a posting three calls, and a cancellation may need the
// order posted first.
func erpCall(ctx workflow.Context, summary string) workflow.Context {
	return profile(ctx, contract.QueueERP, summary, 6*time.Minute, backOff(5*time.Second, 15*time.Minute))
}

// warehouseCall is for the warehouse, by the same rules as the ERP's.
func warehouseCall(ctx workflow.Context, summary string) workflow.Context {
	return profile(ctx, contract.QueueWarehouse, summary, 6*time.Minute, backOff(5*time.Second, 15*time.Minute))
}

// einvoiceCall is for the IRP: a login, a read-back and a registration of 30 s each. NIC asks not to be called in a
// tight loop while it is down; a packer waits, so the first repeats come soon.
func einvoiceCall(ctx workflow.Context, summary string) workflow.Context {
	return profile(ctx, contract.QueueEInvoice, summary, 3*time.Minute, backOff(time.Second, 5*time.Minute))
}

// judgement is for judging a document here and now: no call to anybody, so it runs inside the workflow task and costs one
// event. It is an activity all the same, because the keys that it judges by may change between two replays.
func judgement(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: time.Hour,
	})
}

// rsiCall is for a document that Ajio makes days later. The ceiling of an hour keeps many waiting returns from costing
// throttle.
func rsiCall(ctx workflow.Context, pob, summary string) workflow.Context {
	return profile(ctx, contract.QueueAjio(pob), summary, 6*time.Minute, backOff(5*time.Second, time.Hour))
}

// feed is for reading Ajio's lists, page by page. It gives up after a few attempts, because the next tick of the
// Schedule reads the same lists anyway and would be skipped while this one hangs on.
func feed(ctx workflow.Context, pob, summary string) workflow.Context {
	retry := backOff(time.Second, time.Minute)
	retry.MaximumAttempts = 5
	return profile(ctx, contract.QueueAjio(pob), summary, 15*time.Minute, retry)
}

// deliveries is for signalling many orders.
func deliveries(ctx workflow.Context, summary string) workflow.Context {
	return profile(ctx, contract.QueueOrders, summary, 10*time.Minute, backOff(time.Second, time.Minute))
}

// sweeping is for looking at every open order. It gives up after a few attempts, because the next sweep looks at the
// same orders; ten thousand take seconds.
func sweeping(ctx workflow.Context, summary string) workflow.Context {
	retry := backOff(time.Second, time.Minute)
	retry.MaximumAttempts = 5
	return profile(ctx, contract.QueueOrders, summary, 15*time.Minute, retry)
}
