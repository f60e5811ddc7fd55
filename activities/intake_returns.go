package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"go.temporal.io/sdk/activity"

	"vmsflow/internal/ajio"
	"vmsflow/internal/inbox"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// maxAskedFor bounds the returns that one tick reads by their ids, the oldest first: a hundred calls.
const maxAskedFor = 100 * ajio.MaxReturnIDs

// PullReturns reads the returns that are open at Ajio, starts a workflow for each new one and tells the others what
// changed. Open returns that are in no list any more are read by their ids. What fails is reported at the end; the rest
// goes on.
func (a *Intake) PullReturns(ctx context.Context, pob string) (contract.ReturnSyncResult, error) {
	r := &returnReading{Intake: a, pob: pob, listed: map[string]order.Expectation{}}
	if r.readLists(ctx) {
		r.readUnlisted(ctx)
	}
	r.result.Listed = len(r.listed)
	return r.result, r.failed.err(ctx, r.result)
}

// returnReading is one reading of the returns.
type returnReading struct {
	*Intake
	pob    string
	listed map[string]order.Expectation // as read last, by return id
	result contract.ReturnSyncResult
	failed problems
	// unanswered counts the calls that failed in a row; after giveUpAfter Ajio is taken to be away.
	unanswered int
}

// readLists reads every list of open returns, in the order in which returns go through the statuses: one that moves on
// meanwhile comes twice rather than never. It reports whether Ajio is still there.
func (r *returnReading) readLists(ctx context.Context) bool {
	for _, status := range []order.ReturnStatus{order.StatusReturnInitiated, order.StatusReturnCreated, order.StatusReturnDelivered} {
		for _, kind := range []order.ReturnKind{order.CustomerReturn, order.RTO} {
			if !r.readPages(ctx, status, kind) {
				return false
			}
		}
	}
	return true
}

// readPages reads one list page by page. It reports whether Ajio is still there.
func (r *returnReading) readPages(ctx context.Context, status order.ReturnStatus, kind order.ReturnKind) bool {
	for page, pages := 0, 1; page < pages; page++ {
		answer, err := r.Client.Returns(ctx, status, kind, page)
		if err != nil {
			if !r.goOn(ctx, err) {
				return false
			}
			continue
		}
		r.unanswered = 0
		if answer.Empty {
			break
		}
		pages = answer.TotalPages
		r.result.Unreadable += len(answer.Unreadable)
		for _, row := range answer.Unreadable {
			// Not lost: Ajio lists it until it is processed, and every tick says so again.
			activity.GetLogger(ctx).Warn("a return cannot be read", "AjioReturnId", row.ReturnID, "reason", row.Reason)
		}
		r.tellPage(ctx, answer.Returns)
	}
	return ctx.Err() == nil
}

// goOn notes a call that failed, and says whether to make another.
func (r *returnReading) goOn(ctx context.Context, err error) bool {
	r.failed.add(notRead(ctx, err))
	r.unanswered++
	return r.unanswered < giveUpAfter && ctx.Err() == nil
}

// tellPage starts or tells the returns of a page. A page costs one look into Postgres, however many of its returns are
// known.
func (r *returnReading) tellPage(ctx context.Context, page []order.Expectation) {
	var ids []string
	var unseen []order.Expectation
	for _, e := range page {
		if earlier, again := r.listed[e.ReturnID]; !again || !sameExpectation(earlier, e) {
			r.listed[e.ReturnID] = e
			ids, unseen = append(ids, e.ReturnID), append(unseen, e)
		}
	}
	if len(ids) == 0 {
		return
	}
	known, err := r.DB.KnownReturns(ctx, r.pob, ids)
	if err != nil {
		r.failed.add(err)
		return
	}
	for _, e := range unseen {
		if ctx.Err() != nil {
			return
		}
		row, isKnown := known[e.ReturnID]
		if !isKnown {
			if isLastWord(e.Status) {
				continue // over before we knew it
			}
			if row, err = r.enter(ctx, e); err != nil {
				r.failed.add(err)
				continue
			}
		}
		r.failed.add(r.tell(ctx, row, e))
	}
}

// enter makes the row of a return that is new to us, or finds that of an RTO whose parcel was faster.
func (r *returnReading) enter(ctx context.Context, e order.Expectation) (postgres.Return, error) {
	row, err := r.DB.EnterReturn(ctx, r.pob, e.OrderID, e.ReturnID, e.Kind)
	if errors.Is(err, postgres.ErrConflict) { // it would be no clearer within the same tick
		return row, unclear(fmt.Errorf("Ajio lists return %s, which contradicts the books: %w; settle with Ajio which one counts", e.ReturnID, err))
	}
	return row, err
}

// tell brings a return what Ajio says of it, if that is news. The row says so last: if the worker dies in between, the
// return hears it twice, which it takes for once.
func (r *returnReading) tell(ctx context.Context, row postgres.Return, e order.Expectation) error {
	switch {
	case row.StartedAt != nil && row.Expectation != nil && sameExpectation(*row.Expectation, e):
		return nil
	case row.EndedAt != nil && row.ReopenedAt == nil && (row.Expectation != nil || isLastWord(e.Status)):
		return nil // it is over, and Ajio wants nothing of us
	}
	isNew := row.StartedAt == nil
	told, err := r.signalReturn(ctx, row, e)
	if err != nil || !told {
		return err
	}
	if isNew {
		if err := r.DB.MarkReturnStarted(ctx, row.ID); err != nil {
			return err
		}
		r.result.Started++
	} else {
		r.result.Changed++
	}
	return r.DB.SaveExpectation(ctx, row.ID, e)
}

// signalReturn signals a return, and starts it if its row says that nobody has. One that ended before Ajio announced it
// runs again: Ajio waits for the QC that is on record. Any other that was started before is never started again from here:
// its row was read a while ago, and it may have ended since.
func (r *returnReading) signalReturn(ctx context.Context, row postgres.Return, e order.Expectation) (told bool, err error) {
	in := inbox.Input(row, r.ReturnPolicy)
	if row.StartedAt == nil || in.Ended && row.Expectation == nil {
		if in.Ended {
			if err := r.DB.MarkReturnReopened(ctx, row.ID); err != nil {
				return false, err
			}
		}
		return true, contract.SignalReturn(ctx, r.Temporal, in, contract.SignalReturnExpected, e)
	}
	id := in.WorkflowID()
	err = r.Temporal.SignalWorkflow(ctx, id, "", contract.SignalReturnExpected, e)
	switch {
	case contract.IsGone(err):
		return false, r.checkEnded(ctx, row, id)
	case err != nil:
		return false, fmt.Errorf("signal %s to %s: %w", contract.SignalReturnExpected, id, err)
	default:
		return true, nil
	}
}

// checkEnded reads a return again whose workflow is gone: one that ended in the books meanwhile, or ended once more,
// needs to hear nothing; one that did not is for a person.
func (r *returnReading) checkEnded(ctx context.Context, row postgres.Return, workflowID string) error {
	now, err := r.DB.Return(ctx, row.ID)
	if err != nil || now.EndedAt != nil && now.ReopenedAt == nil {
		return err
	}
	return unclear(fmt.Errorf("%s of order %s has changed at Ajio, but its workflow %s is gone without having ended it; settle it with Ajio by hand",
		now.Name(), now.OrderID, workflowID))
}

// readUnlisted reads the open returns that no list shows: they were processed or withdrawn, or Ajio does not show them
// yet. What it has said of a return in one of those two statuses was its last word, so such a return is not asked for.
func (r *returnReading) readUnlisted(ctx context.Context) {
	open, err := r.DB.ReturnsToAskFor(ctx, r.pob, maxAskedFor)
	if err != nil {
		r.failed.add(err)
		return
	}
	rows := map[string]postgres.Return{}
	var ids []string
	for _, row := range open {
		if _, listed := r.listed[row.ReturnID]; !listed {
			rows[row.ReturnID], ids = row, append(ids, row.ReturnID)
		}
	}
	for batch := range chunks(ids, ajio.MaxReturnIDs) {
		returns, err := r.Client.ReturnsByID(ctx, batch) // readable rows come beside an error that names the others
		switch {
		case err != nil && len(returns) > 0:
			r.failed.add(notRead(ctx, err))
		case err != nil && !r.goOn(ctx, err):
			return
		case err == nil:
			r.unanswered = 0
		}
		for _, e := range returns {
			row, ours := rows[e.ReturnID]
			if ours && ctx.Err() == nil {
				r.failed.add(r.tell(ctx, row, e))
			}
		}
	}
}

// isLastWord says whether no status follows this one.
func isLastWord(status order.ReturnStatus) bool {
	return status == order.StatusReturnProcessed || status == order.StatusReturnCancelled
}

// sameExpectation compares what a return acts on: its status, its units and the AWB of its parcel.
func sameExpectation(a, b order.Expectation) bool {
	return a.Status == b.Status && a.TrackingNumber == b.TrackingNumber && maps.Equal(expectedUnits(a), expectedUnits(b))
}

// expectedUnits counts the units of an expectation by its own items.
func expectedUnits(e order.Expectation) map[string]int {
	units := map[string]int{}
	for _, item := range e.Items {
		units[item.ReturnItemID] = item.Units
	}
	return units
}
