// Package activities holds every effect that an order has on the world outside: one file per outside system, one
// activity per call to it, each safe to repeat.
//
// An activity that was attempted before reads the other side back before it writes again, because none of the
// systems knows an idempotency key. What a workflow may decide on is a return value; an error is either retried by
// Temporal for ever or, as a Refusal, parks the step for a person. errors.go holds that taxonomy.
//
// Activities know the clients and Postgres. They know nothing of the lifecycles: look in workflows for those.
package activities
