package irp

import (
	"context"
	"net/http"
	"time"

	"vmsflow/internal/irp/wire"
)

// Cancelled is a cancelled registration. Its number can never be used again.
type Cancelled struct {
	IRN string
	At  time.Time // in IST
}

// Cancel cancels a document as a whole, within 24 hours of its registration (contracts/gst-einvoice.md §10). The
// remark has at most 100 characters. A repeat reads first: it would be KindNotActive. KindTooLate: a credit note takes
// its place.
func (c *Client) Cancel(ctx context.Context, irn string, reason CancelReason, remark string) (Cancelled, error) {
	k := call{
		name: "cancel", about: irn, method: http.MethodPost, path: wire.PathCancel,
		body: wire.Cancellation{Irn: irn, CnlRsn: reason, CnlRem: remark},
	}
	var data wire.Cancelled
	if err := c.do(ctx, k, &data); err != nil {
		return Cancelled{}, err
	}
	if data.Irn != irn || data.CancelDate.IsZero() {
		return Cancelled{}, c.failed(k, KindMalformed, http.StatusOK, "the answer names another IRN or no date")
	}
	return Cancelled{IRN: irn, At: data.CancelDate.Time}, nil
}
