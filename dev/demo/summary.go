package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"vmsflow/dev/audit"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
)

// summary is what -summary writes.
type summary struct {
	Orders            ordersSummary `json:"orders"`
	Audit             audit.Report  `json:"audit"`
	AjioCallsPerOrder float64       `json:"ajio_calls_per_order"`
	HistoryEvents     historyEvents `json:"history_events"`
}

type ordersSummary struct {
	Total     int                   `json:"total"`
	Open      int                   `json:"open"`
	ByOutcome map[order.Outcome]int `json:"by_outcome"`
	// ByModel is the same for each invoicing model.
	ByModel map[order.InvoicingModel]map[order.Outcome]int `json:"by_model"`
}

// historyEvents counts the events of the orders that were completed.
type historyEvents struct {
	Median int64 `json:"median"`
	Max    int64 `json:"max"`
}

func summarize(e audit.Evidence) summary {
	s := summary{
		Orders: ordersSummary{
			Total: len(e.Cast), ByOutcome: map[order.Outcome]int{}, ByModel: map[order.InvoicingModel]map[order.Outcome]int{},
		},
		Audit: audit.Audit(e),
	}
	models := map[string]order.InvoicingModel{}
	for _, pob := range e.Pobs {
		models[pob.Code] = pob.Model
		s.Orders.ByModel[pob.Model] = map[order.Outcome]int{}
	}
	ended := 0
	for _, row := range e.Postgres.Orders {
		if row.Outcome != "" {
			s.Orders.ByOutcome[row.Outcome]++
			s.Orders.ByModel[models[row.Pob]][row.Outcome]++
			ended++
		}
	}
	s.Orders.Open = s.Orders.Total - ended
	s.AjioCallsPerOrder = callsPerOrder(e)
	s.HistoryEvents = eventsOfCompleted(e)
	return s
}

// callsPerOrder counts all calls to Ajio's API, repeats, read-backs and the pages of the sync among them. Logins
// are not counted, nor are downloads, which Ajio serves from a file store outside its throttle.
func callsPerOrder(e audit.Evidence) float64 {
	calls := 0
	for _, call := range e.Ajio.Calls {
		if call.Name != ajiotest.CallLogin && call.Name != ajiotest.CallDocument {
			calls++
		}
	}
	return math.Round(100*float64(calls)/float64(max(1, len(e.Cast)))) / 100
}

func eventsOfCompleted(e audit.Evidence) historyEvents {
	var events []int64
	for _, execution := range e.Temporal {
		if execution.Outcome == order.Completed {
			events = append(events, execution.HistoryEvents)
		}
	}
	if len(events) == 0 {
		return historyEvents{}
	}
	slices.Sort(events)
	return historyEvents{Median: events[len(events)/2], Max: events[len(events)-1]}
}

// verdict is nil when nothing was wrong.
func (s summary) verdict() error {
	switch {
	case !s.Audit.Clean:
		return fmt.Errorf("the audit found %d mismatches", len(s.Audit.Mismatches))
	case s.Orders.Open > 0:
		return fmt.Errorf("%d orders are still open", s.Orders.Open)
	default:
		return nil
	}
}

func (s summary) print(out io.Writer) {
	fmt.Fprintf(out, "\n%d orders, %d open\n", s.Orders.Total, s.Orders.Open)
	for _, outcome := range []order.Outcome{order.Completed, order.CancelledByCustomer, order.CancelledBySeller, order.Rejected} {
		fmt.Fprintf(out, "  %-22s %5d   %d with the ERP's invoice, %d with our own\n", outcome, s.Orders.ByOutcome[outcome],
			s.Orders.ByModel[order.ERPModel][outcome], s.Orders.ByModel[order.RMSModel][outcome])
	}
	fmt.Fprintf(out, "Calls to Ajio per order: %.2f\n", s.AjioCallsPerOrder)
	fmt.Fprintf(out, "History events of a completed order: %d in the middle, %d at most\n", s.HistoryEvents.Median, s.HistoryEvents.Max)
	if s.Audit.Clean {
		fmt.Fprintln(out, "Audit: clean. The ledgers of Ajio, IRP, ERP and warehouse, Postgres and Temporal agree on every order.")
		return
	}
	fmt.Fprintf(out, "Audit: %d mismatches\n", len(s.Audit.Mismatches))
	const shown = 20
	for i, mismatch := range s.Audit.Mismatches {
		if i == shown {
			fmt.Fprintf(out, "  … and %d more\n", len(s.Audit.Mismatches)-shown)
			break
		}
		fmt.Fprintf(out, "  - %s\n", mismatch)
	}
}
