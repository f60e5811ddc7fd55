package main

import (
	"fmt"
	"io"

	"vmsflow/dev/audit"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// returnsSummary is what the summary says of the returns.
type returnsSummary struct {
	Total     int                         `json:"total"`
	Open      int                         `json:"open"`
	ByOutcome map[order.ReturnOutcome]int `json:"by_outcome"`
	ByKind    map[order.ReturnKind]int    `json:"by_kind"`
	// ByModel counts by the invoicing model of the order.
	ByModel map[order.InvoicingModel]int `json:"by_model"`
	Units   unitsSummary                 `json:"units"`
	// CreditNotes and RSIs are those in our books, Settlements the units on the list.
	CreditNotes int `json:"credit_notes"`
	RSIs        int `json:"rsi"`
	Settlements int `json:"settlements"`
}

// unitsSummary counts units by their QC, as it is in our books.
type unitsSummary struct {
	Good    int `json:"good"`
	Bad     int `json:"bad"`
	Missing int `json:"missing"`
}

func summarizeReturns(e audit.Evidence) returnsSummary {
	s := returnsSummary{
		Total: len(e.Returned), ByKind: map[order.ReturnKind]int{}, ByModel: map[order.InvoicingModel]int{},
		ByOutcome: map[order.ReturnOutcome]int{order.ReturnCompleted: 0, order.ReturnCancelled: 0, order.ReturnClosed: 0},
	}
	for _, r := range e.Returned {
		s.ByKind[r.Kind]++
		s.ByModel[r.Model]++
	}
	ended := 0
	for _, row := range e.Postgres.Returns {
		if row.Outcome != "" {
			s.ByOutcome[row.Outcome]++
			ended++
		}
		good, bad, missing := order.Count(row.Units, order.Good), order.Count(row.Units, order.Bad), order.Count(row.Units, order.Missing)
		s.Units.Good, s.Units.Bad, s.Units.Missing = s.Units.Good+good.Total(), s.Units.Bad+bad.Total(), s.Units.Missing+missing.Total()
		if row.CreditNote != nil {
			s.CreditNotes++
		}
		s.RSIs += row.DocumentsByKind[postgres.KindRSI]
		for _, settlement := range row.Settlements {
			s.Settlements += settlement.Units
		}
	}
	s.Open = s.Total - ended
	return s
}

func (s returnsSummary) print(out io.Writer) {
	if s.Total == 0 {
		return
	}
	fmt.Fprintf(out, "%d returns, %d open: %d customer returns, %d RTOs\n", s.Total, s.Open, s.ByKind[order.CustomerReturn], s.ByKind[order.RTO])
	for _, outcome := range []order.ReturnOutcome{order.ReturnCompleted, order.ReturnCancelled, order.ReturnClosed} {
		fmt.Fprintf(out, "  %-22s %5d\n", outcome, s.ByOutcome[outcome])
	}
	fmt.Fprintf(out, "  %d units good, %d bad, %d missing; %d credit notes, %d return sales invoices, %d units to settle by hand\n",
		s.Units.Good, s.Units.Bad, s.Units.Missing, s.CreditNotes, s.RSIs, s.Settlements)
}
