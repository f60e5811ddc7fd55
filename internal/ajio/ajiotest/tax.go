package ajiotest

import (
	"fmt"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// issuePO makes the purchase order for the units that are live when it is due. What it says of the whole order never
// changes again; the lines' taxes follow the live units (contracts/ajio-vms.md §11.1, assumed).
func (s *Server) issuePO(o *placed) {
	s.poCount++
	o.PONumber = poNumber(s.poCount)
	at := *o.poDue
	o.POAt = &at
	for i, line := range o.Lines {
		tax := s.taxOf(o, i)
		lineTax := tax.IGSTAmount + tax.CGSTAmount + tax.SGSTAmount
		o.totalTax += lineTax
		o.POAmount += o.articles[i].BasePrice*order.Paise(line.Live()) + lineTax
	}
}

// taxOf is the tax on the live units of a line of an order with a PO: CGST and SGST when seller and buyer are in one
// state, else IGST, at the rate of the PO's date.
func (s *Server) taxOf(o *placed, line int) wire.TaxSummary {
	article, units := o.articles[line], o.Lines[line].Live()
	rate := article.rate(*o.POAt)
	split := must(gst.TaxSplit(s.accounts[o.Pob].State, must(gst.StateOf(o.buyerGSTIN)), false, gst.B2B))
	tax := gst.LineTax(int64(article.BasePrice)*int64(units), rate, split)
	summary := wire.TaxSummary{
		IGSTAmount: order.Paise(tax.IGST), CGSTAmount: order.Paise(tax.CGST), SGSTAmount: order.Paise(tax.SGST),
	}
	if split == gst.IGST {
		summary.IGSTRate = order.Paise(rate) // hundredths of a percent, written like money
	} else {
		summary.CGSTRate, summary.SGSTRate = order.Paise(rate/2), order.Paise(rate/2)
	}
	return summary
}

// rate is the GST rate of an article on a day.
func (a Article) rate(day time.Time) gst.Rate {
	return must(gst.RateFor(gst.DefaultRates(), a.HSN, int64(a.BasePrice), day))
}

// must is for what the simulator's own data make sure of: known states, and days since GST began.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("ajiotest: %v", err))
	}
	return value
}
