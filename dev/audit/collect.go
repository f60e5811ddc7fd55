package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/irp/irptest"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// Sources says where the evidence is.
type Sources struct {
	World        world.World
	SimulatorURL string
	DatabaseURL  string
	Temporal     client.Client
}

// Collect gathers the evidence of a finished run.
func Collect(ctx context.Context, s Sources) (Evidence, error) {
	e := Evidence{Hold: s.World.Hold, Loaded: map[Item]int{}, Pobs: s.World.Pobs}
	for _, pob := range s.World.Pobs {
		for code, units := range s.World.Stock(pob.Code) {
			e.Loaded[Item{pob.Code, code}] = units
		}
	}
	if err := s.cast(ctx, &e); err != nil {
		return e, err
	}
	together, ctx := errgroup.WithContext(ctx)
	together.Go(func() error { return s.simulators(ctx, &e) })
	together.Go(func() error { return s.postgres(ctx, &e) })
	together.Go(func() error { return s.temporal(ctx, &e) })
	return e, together.Wait()
}

func (s Sources) cast(ctx context.Context, e *Evidence) error {
	var cast world.Cast
	err := getJSON(ctx, s.SimulatorURL+"/_sim/world", &cast)
	e.Cast, e.Returned = cast.Orders, cast.Returns
	return err
}

func (s Sources) simulators(ctx context.Context, e *Evidence) error {
	type wanted struct {
		url  string
		into any
	}
	ajio := s.SimulatorURL + ajiotest.AdminPrefix
	irp := s.SimulatorURL + "/irp" + irptest.AdminPrefix
	list := []wanted{
		{ajio + "/orders", &e.Ajio.Orders}, {ajio + "/returns", &e.Ajio.Returns}, {ajio + "/ledger", &e.Ajio.Calls},
		{irp + "/state", &e.IRP.State}, {irp + "/ledger", &e.IRP.Calls}, {irp + "/key", &e.Key},
	}
	e.ERP, e.Warehouse = make([]ERP, len(s.World.Pobs)), make([]Warehouse, len(s.World.Pobs))
	for i, pob := range s.World.Pobs {
		e.ERP[i].Pob, e.Warehouse[i].Pob = pob.Code, pob.Code
		erp := s.SimulatorURL + "/" + pob.Code + "/erp/_sim/erp"
		warehouse := s.SimulatorURL + "/" + pob.Code + "/warehouse/_sim/warehouse"
		list = append(list,
			wanted{erp + "/state", &e.ERP[i].State}, wanted{erp + "/ledger", &e.ERP[i].Calls},
			wanted{warehouse + "/state", &e.Warehouse[i].State}, wanted{warehouse + "/ledger", &e.Warehouse[i].Calls})
	}
	for _, w := range list {
		if err := getJSON(ctx, w.url, w.into); err != nil {
			return err
		}
	}
	return nil
}

func getJSON(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}

func (s Sources) postgres(ctx context.Context, e *Evidence) error {
	db, err := pgx.Connect(ctx, s.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	p := &e.Postgres
	if p.Orders, err = query(ctx, db, pgx.RowToStructByName[Row], `
		SELECT o.pob, o.order_id, COALESCE(o.outcome, '') AS outcome, COALESCE(o.po_number, '') AS po_number,
			COALESCE(o.invoice_number, '') AS invoice_number, COALESCE(o.invoice->>'irn', '') AS irn,
			COALESCE((o.invoice->>'invoice_date')::timestamptz, 'epoch') AS invoice_date,
			COALESCE(o.invoice->>'signed_qr', '') AS signed_qr,
			COALESCE(o.manifest_id, '') AS manifest_id,
			o.acknowledged_at IS NOT NULL AS acknowledged, o.posted_at IS NOT NULL AS posted,
			COALESCE(o.invoice->'quantities', '{}') AS invoiced, l.confirmed, l.packed, l.reserved,
			(SELECT COALESCE(jsonb_object_agg(kind, n), '{}') FROM (
				SELECT kind, count(*) AS n FROM documents d WHERE d.pob = o.pob AND d.order_id = o.order_id GROUP BY kind
			) kinds) AS documents_by_kind
		FROM orders o CROSS JOIN LATERAL (
			SELECT jsonb_object_agg(order_item_id, COALESCE(confirmed, 0)) AS confirmed,
				jsonb_object_agg(order_item_id, COALESCE(packed, 0)) AS packed, sum(reserved) AS reserved
			FROM order_lines l WHERE l.pob = o.pob AND l.order_id = o.order_id
		) l ORDER BY o.order_id`); err != nil {
		return err
	}
	if p.Returns, err = query(ctx, db, pgx.RowToStructByName[ReturnRow], selectReturns); err != nil {
		return err
	}
	if p.Invoices, err = query(ctx, db, pgx.RowToStructByName[OwnInvoice], `
		SELECT pob, order_id, gstin, financial_year, number, invoice_date, irn, COALESCE(signed_qr, '') AS signed_qr,
			registered_at IS NOT NULL AS registered, cancelled_at IS NOT NULL AS cancelled, content
		FROM b2b_invoices ORDER BY gstin, financial_year, seq`); err != nil {
		return err
	}
	if p.Messages, err = query(ctx, db, pgx.RowToStructByPos[Message],
		`SELECT message_id, order_id, event, accepted_at IS NOT NULL FROM erp_messages ORDER BY message_id`); err != nil {
		return err
	}
	if p.Undone, err = query(ctx, db, pgx.RowTo[string],
		`SELECT format('message %s (%s of order %s)', id, kind, order_id) FROM inbox WHERE signalled_at IS NULL AND error = '' ORDER BY id`); err != nil {
		return err
	}
	p.Stock, err = query(ctx, db, func(row pgx.CollectableRow) (Stock, error) {
		var stock Stock
		err := row.Scan(&stock.Pob, &stock.Code, &stock.OnHand, &stock.Reserved)
		return stock, err
	}, `SELECT pob, item_code, on_hand, reserved FROM stock ORDER BY pob, item_code`)
	return err
}

const selectReturns = `
	SELECT r.id, r.pob, r.order_id, r.return_id, r.kind, COALESCE(r.outcome, '') AS outcome, o.po, n.content AS credit_note,
		(SELECT jsonb_agg(to_jsonb(u) ORDER BY position) FROM return_units u WHERE u.return_row = r.id AND NOT surplus) AS units,
		(SELECT jsonb_agg(to_jsonb(u) ORDER BY position) FROM return_units u WHERE u.return_row = r.id AND surplus) AS surplus,
		(SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM settlements s WHERE s.return_row = r.id) AS settlements,
		COALESCE((SELECT max(number) FROM documents d WHERE d.pob = r.pob AND d.order_id = r.return_id AND kind = 'rsi'), '') AS rsi_number,
		(SELECT COALESCE(jsonb_object_agg(kind, n), '{}') FROM (
			SELECT kind, count(*) AS n FROM documents d WHERE d.pob = r.pob AND d.order_id = r.return_id GROUP BY kind
		) kinds) AS documents_by_kind
	FROM returns r
	LEFT JOIN orders o ON o.pob = r.pob AND o.order_id = r.order_id
	LEFT JOIN credit_notes n ON n.return_row = r.id
	ORDER BY r.id`

func query[T any](ctx context.Context, db *pgx.Conn, to pgx.RowToFunc[T], sql string) ([]T, error) {
	rows, _ := db.Query(ctx, sql) // its error comes out of CollectRows
	return pgx.CollectRows(rows, to)
}

// temporal lists every run of a ForwardOrder and of a ReturnOrder, closed or not.
func (s Sources) temporal(ctx context.Context, e *Evidence) error {
	orders, err := s.list(ctx, contract.ForwardOrder)
	if err != nil {
		return err
	}
	returns, err := s.list(ctx, contract.ReturnOrder)
	if err != nil {
		return err
	}
	e.Temporal, e.Runs = make([]Execution, len(orders)), make([]ReturnRun, len(returns))
	results, ctx := errgroup.WithContext(ctx)
	results.SetLimit(8)
	for i, info := range orders {
		results.Go(func() (err error) {
			e.Temporal[i], err = s.execution(ctx, info)
			return err
		})
	}
	for i, info := range returns {
		results.Go(func() (err error) {
			e.Runs[i], err = s.returnRun(ctx, info)
			return err
		})
	}
	if err := results.Wait(); err != nil {
		return err
	}
	slices.SortFunc(e.Runs, func(a, b ReturnRun) int { return a.Started.Compare(b.Started) })
	return nil
}

// list lists every run of a workflow of one type.
func (s Sources) list(ctx context.Context, kind string) ([]*workflow.WorkflowExecutionInfo, error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: "default", PageSize: 500, Query: fmt.Sprintf("WorkflowType = %q", kind),
	}
	var infos []*workflow.WorkflowExecutionInfo
	for {
		page, err := s.Temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, err
		}
		infos = append(infos, page.GetExecutions()...)
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return infos, nil
		}
	}
}

func (s Sources) execution(ctx context.Context, info *workflow.WorkflowExecutionInfo) (Execution, error) {
	execution := Execution{
		WorkflowID: info.GetExecution().GetWorkflowId(), Status: info.GetStatus().String(),
		Stage:         attribute(info, searchattr.OrderStage.GetName()),
		Attention:     attribute(info, searchattr.Attention.GetName()),
		HistoryEvents: info.GetHistoryLength(), HistoryBytes: info.GetHistorySizeBytes(),
	}
	if execution.Status != "Completed" {
		return execution, nil
	}
	var result contract.OrderState
	err := s.result(ctx, info, &result)
	execution.Outcome, execution.Lines = result.Outcome, result.Lines
	return execution, err
}

func (s Sources) returnRun(ctx context.Context, info *workflow.WorkflowExecutionInfo) (ReturnRun, error) {
	run := ReturnRun{
		WorkflowID: info.GetExecution().GetWorkflowId(), Started: info.GetStartTime().AsTime(), Status: info.GetStatus().String(),
		Stage:         attribute(info, searchattr.OrderStage.GetName()),
		Attention:     attribute(info, searchattr.Attention.GetName()),
		HistoryEvents: info.GetHistoryLength(), HistoryBytes: info.GetHistorySizeBytes(),
	}
	if run.Status != "Completed" {
		return run, nil
	}
	return run, s.result(ctx, info, &run.Result)
}

// result reads what a run that has completed returned.
func (s Sources) result(ctx context.Context, info *workflow.WorkflowExecutionInfo, into any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // Get waits for an end, and this one has ended
	defer cancel()
	id := info.GetExecution()
	if err := s.Temporal.GetWorkflow(ctx, id.GetWorkflowId(), id.GetRunId()).Get(ctx, into); err != nil {
		return fmt.Errorf("result of %s: %w", id.GetWorkflowId(), err)
	}
	return nil
}

// attribute reads a Keyword; empty when it is not set.
func attribute(info *workflow.WorkflowExecutionInfo, name string) string {
	payload, set := info.GetSearchAttributes().GetIndexedFields()[name]
	if !set {
		return ""
	}
	var value string
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &value); err != nil {
		return ""
	}
	return strings.TrimSpace(value)
}
