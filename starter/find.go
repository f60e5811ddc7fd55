package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/api/workflowservice/v1"

	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// target is an order that somebody named.
type target struct {
	pob, orderID string
	row          *postgres.Order // nil when Postgres does not have it or does not answer
	dbErr        error           // why Postgres did not answer
}

func (o target) workflowID() string { return contract.OrderWorkflowID(o.pob, o.orderID) }

// find looks up an order by Ajio's order id, by the number of its purchase order or by its workflow id. While
// Postgres cannot be reached it asks Temporal, so that operators are not blind.
func (t *tool) find(ctx context.Context, name, pob string) (target, error) {
	pobs, err := t.pobs(pob)
	if err != nil {
		return target{}, err
	}
	db, dbErr := t.database(ctx)
	if inPob, orderID, err := contract.ParseOrderWorkflowID(name); err == nil {
		found := target{pob: inPob, orderID: orderID, dbErr: dbErr}
		if dbErr == nil {
			found.row, err = findRow(ctx, db, inPob, orderID)
		}
		return found, err
	}
	if dbErr != nil {
		return t.findInTemporal(ctx, name, pobs, dbErr)
	}
	row, err := db.FindOrder(ctx, name, pobs)
	if errors.Is(err, postgres.ErrNotFound) {
		row, err = db.FindOrderByPO(ctx, name, pobs)
	}
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return target{}, exit(exitNotFound, "%s is neither an order nor a purchase order of %s", name, strings.Join(pobs, ", "))
	case errors.Is(err, pgx.ErrTooManyRows):
		return target{}, exit(exitUsage, "%s is at several POBs; write --pob", name)
	case err != nil:
		return target{}, err
	}
	return target{pob: row.Order.Pob, orderID: row.Order.ID, row: &row}, nil
}

// findRow reads an order from Postgres; nil when it is not there.
func findRow(ctx context.Context, db *postgres.DB, pob, orderID string) (*postgres.Order, error) {
	row, err := db.Order(ctx, pob, orderID)
	switch {
	case errors.Is(err, postgres.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &row, nil
}

// findInTemporal looks an order up by its search attributes.
func (t *tool) findInTemporal(ctx context.Context, name string, pobs []string, dbErr error) (target, error) {
	engine, err := t.engine(ctx)
	if err != nil {
		return target{}, errors.Join(dbErr, err)
	}
	if strings.ContainsAny(name, `'"\`) {
		return target{}, exit(exitNotFound, "%q is no order id, purchase order or workflow id", name)
	}
	answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: t.namespace,
		Query:     fmt.Sprintf("WorkflowType = '%s' AND (AjioOrderId = '%s' OR PurchaseOrder = '%s')", contract.ForwardOrder, name, name),
	})
	if err != nil {
		return target{}, errors.Join(dbErr, err)
	}
	for _, execution := range answer.GetExecutions() {
		pob, orderID, err := contract.ParseOrderWorkflowID(execution.GetExecution().GetWorkflowId())
		if err == nil && slices.Contains(pobs, pob) {
			return target{pob: pob, orderID: orderID, dbErr: dbErr}, nil
		}
	}
	return target{}, errors.Join(exit(exitNotFound, "Temporal has no order and no purchase order %s at %s", name, strings.Join(pobs, ", ")), dbErr)
}
