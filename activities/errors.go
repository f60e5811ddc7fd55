package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"vmsflow/internal/ajio"
	"vmsflow/internal/fetch"
	"vmsflow/internal/increff"
)

// typeRefusal marks the errors that a person must mend. Temporal carries the type across the activity boundary,
// where Go's error values do not survive.
const typeRefusal = "Refusal"

// Refusal says why a step cannot go on by itself. The workflow parks the step with it.
type Refusal struct {
	// Attention is the value of the search attribute, such as "ajio_refused".
	Attention string `json:"attention"`
	// Message is for the operator: what was refused, in the other side's words, and what to do.
	Message string `json:"message"`
}

// The reasons for which a step parks.
const (
	AttentionAjioRefused      = "ajio_refused"
	AttentionAjioAuth         = "ajio_auth"
	AttentionAjioDiffers      = "ajio_differs"   // Ajio's state is not what ours would make it
	AttentionAjioCancelled    = "ajio_cancelled" // Ajio has cancelled an order that is packed here
	AttentionERPRefused       = "erp_refused"
	AttentionERPAuth          = "erp_auth"
	AttentionIRPRefused       = "irp_refused"
	AttentionIRPAuth          = "irp_auth"
	AttentionIRPDiffers       = "irp_differs" // what the IRP signed is not our invoice
	AttentionWarehouseRefused = "warehouse_refused"
	AttentionWarehouseAuth    = "warehouse_auth"
	AttentionDocument         = "document_missing"
	AttentionDocumentRefused  = "document_refused" // what an invoice's URL leads to cannot be archived
	AttentionConfiguration    = "not_configured"   // this worker's channels file lacks the order's POB
	AttentionConflict         = "books_differ"     // what is stored in Postgres contradicts the step
	AttentionUnexpected       = "unexpected_error"
)

// Refuse builds the error that parks a step: not retryable, because the same call would be refused again. Workflows
// use it too, for what they refuse by themselves.
func Refuse(attention string, cause error, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return temporal.NewNonRetryableApplicationError(message, typeRefusal, cause, Refusal{Attention: attention, Message: message})
}

// RefusalOf returns what a step was refused with. It works on both sides of the activity boundary. An error that
// is neither a refusal nor retryable is a surprise; a person looks at it rather than the order failing.
func RefusalOf(err error) Refusal {
	if app, ok := errors.AsType[*temporal.ApplicationError](err); ok && app.Type() == typeRefusal {
		var refusal Refusal
		if app.Details(&refusal) == nil {
			return refusal
		}
	}
	return Refusal{Attention: AttentionUnexpected, Message: err.Error()}
}

// later asks the server to try again after the delay that the other side named; without one the activity's retry
// policy decides.
func later(err error, after time.Duration) error {
	if after <= 0 {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), "RetryLater", temporal.ApplicationErrorOptions{NextRetryDelay: after})
}

// notReadyDelay is how long to leave Ajio alone about a document that it is still making. A packer waits for it, so at
// first it is short; a document that does not come must not eat up the POB's throttle.
func notReadyDelay(ctx context.Context) time.Duration {
	switch attempt := activity.GetInfo(ctx).Attempt; {
	case attempt <= 10:
		return 2 * time.Second
	case attempt <= 30:
		return 30 * time.Second
	default:
		return 5 * time.Minute
	}
}

// fromAjio maps a client error to retry or park. Transport errors, 5xx, 429 and expired tokens go on for ever;
// refusals are for a person (contracts/ajio-vms.md §2.1).
func fromAjio(ctx context.Context, err error) error {
	e, ok := errors.AsType[*ajio.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case ajio.KindRefused:
		return Refuse(AttentionAjioRefused, err, "Ajio refused %s: %s", e.Call, e.Message)
	case ajio.KindAuth:
		return Refuse(AttentionAjioAuth, err, "Ajio does not accept the POB's credential for %s; check username and password, then retry", e.Call)
	case ajio.KindThrottled:
		return later(err, e.RetryAfter)
	case ajio.KindNotReady:
		return later(err, notReadyDelay(ctx))
	default:
		return err
	}
}

// unreadable parks a step whose read-back cannot be understood: reading again would say the same.
func unreadable(err error) error {
	if ajio.IsKind(err, ajio.KindMalformed) {
		return Refuse(AttentionAjioDiffers, err, "Ajio's view of the order cannot be read: %v. Look at it in Ajio's seller panel, then retry or cancel", err)
	}
	return err
}

// fromERP maps an ERP client's error to retry or park (contracts/increff-erp.md §2.2).
func fromERP(err error) error {
	return fromIncreff(err, "the ERP", AttentionERPRefused, AttentionERPAuth)
}

// fromWarehouse maps a warehouse client's error to retry or park.
func fromWarehouse(err error) error {
	return fromIncreff(err, "the warehouse", AttentionWarehouseRefused, AttentionWarehouseAuth)
}

func fromIncreff(err error, who, refused, auth string) error {
	e, ok := errors.AsType[*increff.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case increff.KindRefused:
		return Refuse(refused, err, "%s refused %s with HTTP %d: %s", who, e.Call, e.Status, e.Message)
	case increff.KindAuth:
		return Refuse(auth, err, "%s does not accept our credential for %s; check its headers, then retry", who, e.Call)
	case increff.KindThrottled:
		return later(err, e.RetryAfter)
	default:
		return err
	}
}

// fromFetch maps a document that was not fetched to retry or park (contracts/increff-erp.md §3.1, INV-4).
func fromFetch(err error, name string) error {
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		return err
	}
	const heading = "The document of %s cannot be fetched: %v. "
	switch e.Kind {
	case fetch.KindForbidden:
		return Refuse(AttentionDocumentRefused, err, heading+"Let the ERP serve it at that URL over https from a public address, "+
			"or, if the host is the ERP's own, list it under erp.document_hosts of the channels file and restart the workers; then retry", name, err)
	case fetch.KindUnusable:
		return Refuse(AttentionDocumentRefused, err, heading+"Let the ERP put the PDF there, at most 10 MiB and readable without signing in, then retry", name, err)
	default:
		return later(err, e.RetryAfter)
	}
}

// repeated reports whether this call may already have had its effect: an earlier attempt ended without an answer
// that we know of. Such a call reads back first (contracts/ajio-vms.md §11).
func repeated(ctx context.Context) bool { return activity.GetInfo(ctx).Attempt > 1 }
