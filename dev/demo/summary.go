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
	Orders            ordersSummary  `json:"orders"`
	Returns           returnsSummary `json:"returns"`
	Audit             audit.Report   `json:"audit"`
	AjioCallsPerOrder float64        `json:"ajio_calls_per_order"`
	// AjioCallsPerReturn counts the calls about returns, the pages of their sync among them.
	AjioCallsPerReturn float64       `json:"ajio_calls_per_return"`
	HistoryEvents      historyEvents `json:"history_events"`
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
	s.Returns = summarizeReturns(e)
	s.AjioCallsPerOrder, s.AjioCallsPerReturn = callsToAjio(e)
	s.HistoryEvents = eventsOfCompleted(e)
	return s
}

// callsToAjio counts all calls to Ajio's API, repeats, read-backs and the pages of the syncs among them. Logins are not
// counted, nor are downloads, which Ajio serves from a file store outside its throttle.
func callsToAjio(e audit.Evidence) (perOrder, perReturn float64) {
	ofOrders, ofReturns := 0, 0
	for _, call := range e.Ajio.Calls {
		switch call.Name {
		case ajiotest.CallLogin, ajiotest.CallDocument:
		case ajiotest.CallReturns, ajiotest.CallCreateRTO, ajiotest.CallQC, ajiotest.CallRSI, ajiotest.CallCreditNote:
			ofReturns++
		default:
			ofOrders++
		}
	}
	return each(ofOrders, len(e.Cast)), each(ofReturns, len(e.Returned))
}

// each divides calls among so many, to two places; nothing when there are none.
func each(calls, among int) float64 {
	if among == 0 {
		return 0
	}
	return math.Round(100*float64(calls)/float64(among)) / 100
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
	case s.Orders.Open > 0 || s.Returns.Open > 0:
		return fmt.Errorf("%d orders and %d returns are still open", s.Orders.Open, s.Returns.Open)
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
	s.Returns.print(out)
	fmt.Fprintf(out, "Calls to Ajio per order: %.2f, per return: %.2f\n", s.AjioCallsPerOrder, s.AjioCallsPerReturn)
	fmt.Fprintf(out, "History events of a completed order: %d in the middle, %d at most\n", s.HistoryEvents.Median, s.HistoryEvents.Max)
	if s.Audit.Clean {
		fmt.Fprintln(out, "Audit: clean. The ledgers of Ajio, IRP, ERP and warehouse, Postgres and Temporal agree on every order, every return and every unit.")
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
