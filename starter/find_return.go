package main

import (
	"context"
	"errors"
	"strings"

	"vmsflow/internal/inbox"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// findReturn looks up a return by Ajio's id.
func findReturn(ctx context.Context, db *postgres.DB, name string, pobs []string) (target, error) {
	row, err := db.FindReturn(ctx, name, pobs)
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return target{}, exit(exitNotFound, "%s is neither an order, a purchase order nor a return of %s", name, strings.Join(pobs, ", "))
	case err != nil:
		return target{}, notOne(err, name)
	}
	return returnTarget(row), nil
}

// findReturnRow looks up in Postgres what a workflow id names; nothing is no error.
func findReturnRow(ctx context.Context, db *postgres.DB, named target) (target, error) {
	if named.returnID == "" {
		return findRTO(ctx, db, named)
	}
	row, err := db.FindReturn(ctx, named.returnID, []string{named.pob})
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return named, nil
	case err != nil:
		return target{}, err
	}
	return returnTarget(row), nil
}

// findRTO looks up the RTO whose workflow has this id. That of one which follows another of the order has the number of
// its row behind the order's id.
func findRTO(ctx context.Context, db *postgres.DB, named target) (target, error) {
	orderIDs := []string{named.orderID}
	if i := strings.LastIndexByte(named.orderID, ':'); i > 0 {
		orderIDs = append(orderIDs, named.orderID[:i])
	}
	for _, orderID := range orderIDs {
		returns, err := db.ReturnsOfOrder(ctx, named.pob, orderID)
		if err != nil {
			return target{}, err
		}
		for _, row := range returns {
			if workflowOf(row) == named.workflowID {
				return returnTarget(row), nil
			}
		}
	}
	return named, nil
}

// returnTarget is a return with its row. The row's kind, which Ajio's word for it does not change, decides the workflow.
func returnTarget(row postgres.Return) target {
	return target{kind: kindReturn, pob: row.Pob, orderID: row.OrderID, returnID: row.ReturnID, workflowID: workflowOf(row), returned: &row}
}

// workflowOf is the workflow id of a return.
func workflowOf(row postgres.Return) string {
	return inbox.Input(row, contract.ReturnPolicy{}).WorkflowID()
}
