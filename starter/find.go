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

// target is an order or a return that somebody named.
type target struct {
	kind       string // kindOrder or kindReturn
	pob        string
	orderID    string // of a return its forward order's; empty when only Postgres could say it
	returnID   string // of a return; empty for an RTO that Ajio has not announced
	workflowID string
	row        *postgres.Order  // of an order; nil when Postgres does not have it or does not answer
	returned   *postgres.Return // of a return, likewise
	dbErr      error            // why Postgres did not answer
}

func orderTarget(pob, orderID string) target {
	return target{kind: kindOrder, pob: pob, orderID: orderID, workflowID: contract.OrderWorkflowID(pob, orderID)}
}

// String names it for people.
func (o target) String() string {
	switch {
	case o.kind == kindOrder:
		return "order " + o.orderID + " at " + o.pob
	case o.returnID == "":
		return "RTO of order " + o.orderID + " at " + o.pob
	default:
		return "return " + o.returnID + " at " + o.pob
	}
}

// title names it at the head of a page.
func (o target) title() string {
	text := o.String()
	return strings.ToUpper(text[:1]) + text[1:]
}

// find looks up an order by Ajio's order id or by the number of its purchase order, a return by Ajio's return id, and
// either by its workflow id. While Postgres cannot be reached it asks Temporal, so that operators are not blind.
func (t *tool) find(ctx context.Context, name, pob string) (target, error) {
	pobs, err := t.pobs(pob)
	if err != nil {
		return target{}, err
	}
	db, dbErr := t.database(ctx)
	if inPob, orderID, err := contract.ParseOrderWorkflowID(name); err == nil {
		found := orderTarget(inPob, orderID)
		found.dbErr = dbErr
		if dbErr == nil {
			found.row, err = findRow(ctx, db, inPob, orderID)
		}
		return found, err
	}
	if inPob, orderID, returnID, err := contract.ParseReturnWorkflowID(name); err == nil {
		named := target{kind: kindReturn, pob: inPob, orderID: orderID, returnID: returnID, workflowID: name, dbErr: dbErr}
		if dbErr == nil {
			named, err = findReturnRow(ctx, db, named)
		}
		return named, err
	}
	if dbErr != nil {
		return t.findInTemporal(ctx, name, pobs, dbErr)
	}
	row, err := db.FindOrder(ctx, name, pobs)
	if errors.Is(err, postgres.ErrNotFound) {
		row, err = db.FindOrderByPO(ctx, name, pobs)
	}
	if errors.Is(err, postgres.ErrNotFound) {
		return findReturn(ctx, db, name, pobs)
	}
	if err != nil {
		return target{}, notOne(err, name)
	}
	found := orderTarget(row.Order.Pob, row.Order.ID)
	found.row = &row
	return found, nil
}

// notOne says what to do about a name that several POBs know.
func notOne(err error, name string) error {
	if errors.Is(err, pgx.ErrTooManyRows) {
		return exit(exitUsage, "%s is at several POBs; write --pob", name)
	}
	return err
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

// findInTemporal looks an order or a return up by its search attributes.
func (t *tool) findInTemporal(ctx context.Context, name string, pobs []string, dbErr error) (target, error) {
	engine, err := t.engine(ctx)
	if err != nil {
		return target{}, errors.Join(dbErr, err)
	}
	if strings.ContainsAny(name, `'"\`) {
		return target{}, exit(exitNotFound, "%q is no order id, purchase order, return id or workflow id", name)
	}
	for _, query := range []string{
		fmt.Sprintf("WorkflowType = '%s' AND (AjioOrderId = '%s' OR PurchaseOrder = '%s')", contract.ForwardOrder, name, name),
		fmt.Sprintf("WorkflowType = '%s' AND AjioReturnId = '%s'", contract.ReturnOrder, name),
	} {
		answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: t.namespace, Query: query})
		if err != nil {
			return target{}, errors.Join(dbErr, err)
		}
		for _, execution := range answer.GetExecutions() {
			w := workIn(execution)
			if !slices.Contains(pobs, w.Pob) {
				continue
			}
			return target{
				kind: w.Kind, pob: w.Pob, orderID: w.OrderID, returnID: w.ReturnID, workflowID: w.WorkflowID, dbErr: dbErr,
			}, nil
		}
	}
	return target{}, errors.Join(
		exit(exitNotFound, "Temporal has no order, no purchase order and no return %s at %s", name, strings.Join(pobs, ", ")), dbErr)
}
