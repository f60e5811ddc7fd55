package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"vmsflow/internal/order"
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
	return returnTarget(ctx, db, row)
}

// findReturnRow looks up in Postgres what a workflow id names; nothing is no error.
func findReturnRow(ctx context.Context, db *postgres.DB, named target) (target, error) {
	if named.returnID == "" {
		rto, err := lastRTO(ctx, db, named.pob, named.orderID)
		if err != nil || rto == nil {
			return named, err
		}
		return returnTarget(ctx, db, *rto)
	}
	row, err := db.FindReturn(ctx, named.returnID, []string{named.pob})
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return named, nil
	case err != nil:
		return target{}, err
	}
	return returnTarget(ctx, db, row)
}

// returnTarget is a return with its row. The row's kind, which Ajio's word for it does not change, decides the workflow.
func returnTarget(ctx context.Context, db *postgres.DB, row postgres.Return) (target, error) {
	found := target{kind: kindReturn, pob: row.Pob, orderID: row.OrderID, returnID: row.ReturnID, workflowID: workflowOf(row), returned: &row}
	if row.Kind != order.RTO || row.Outcome != order.ReturnCancelled {
		return found, nil
	}
	last, err := lastRTO(ctx, db, row.Pob, row.OrderID)
	if err == nil && last != nil && last.ID != row.ID {
		found.successor = last.Name()
	}
	return found, err
}

// workflowOf is the workflow id of a return.
func workflowOf(row postgres.Return) string {
	return contract.ReturnInput{Kind: row.Kind, Pob: row.Pob, OrderID: row.OrderID, ReturnID: row.ReturnID}.WorkflowID()
}

// lastRTO is the RTO that an order's RTO workflow is about: those before it were withdrawn. nil when there is none.
func lastRTO(ctx context.Context, db *postgres.DB, pob, orderID string) (*postgres.Return, error) {
	returns, err := db.ReturnsOfOrder(ctx, pob, orderID)
	for _, row := range slices.Backward(returns) {
		if row.Kind == order.RTO {
			return &row, err
		}
	}
	return nil, err
}
