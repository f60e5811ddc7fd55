package ajiotest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// pendingRow is a row of the pendency in full, prices and all.
type pendingRow struct {
	wire.PendingOrder
	TotalAmount order.Paise   `json:"total_amount"`
	Lines       []pendingLine `json:"order_lines"`
}

type pendingLine struct {
	wire.PendingLine
	wire.PendingPrices
	// One of the two is set: Ajio's published sample spells the key with a trailing blank.
	ListingPrice      *order.Paise `json:"listing_price,omitempty"`
	ListingPriceBlank *order.Paise `json:"listing_price ,omitempty"`
}

// pendency answers GET P/orders/pendency: what is unacknowledged and still wanted, oldest first (§5.1).
func (s *Server) pendency(asked request) reply {
	page, refused := s.paging(asked.query)
	if refused != nil {
		return *refused
	}
	from, fromErr := dateOf(asked, wire.QueryDateFrom)
	to, toErr := dateOf(asked, wire.QueryDateTo)
	if fromErr != nil || toErr != nil {
		return envelope(http.StatusBadRequest, simBadRequest, "%s and %s are UTC times such as 2025-11-16T18:30:00", wire.QueryDateFrom, wire.QueryDateTo)
	}
	var open []*placed
	for _, o := range s.orders {
		if o.Pob != asked.account.Pob || o.OrderTime.Before(from) || !to.IsZero() && !o.OrderTime.Before(to) {
			continue
		}
		if s.settle(o, asked.now); o.Status == Pending {
			open = append(open, o)
		}
	}
	slices.SortStableFunc(open, func(a, b *placed) int {
		if order := a.OrderTime.Compare(b.OrderTime); order != 0 {
			return order
		}
		return strings.Compare(a.OrderID, b.OrderID)
	})
	rows := make([]pendingRow, 0, len(open))
	for _, o := range open {
		rows = append(rows, s.pendingRow(o))
	}
	answer := cut(page, rows)
	ids := make([]wire.Text, 0, len(answer.Orders))
	for _, row := range answer.Orders {
		ids = append(ids, row.OrderID)
	}
	return reply{body: answer, detail: map[string]any{
		"page": page.number, "rows": len(answer.Orders), "total": len(rows), "order_ids": ids,
		"within_a_second": !from.IsZero() && !to.IsZero() && to.Sub(from) <= time.Second,
	}}
}

// dateOf reads an optional time of a query; the zero time when it is missing.
func dateOf(asked request, name string) (time.Time, error) {
	text := asked.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(wire.QueryTime, text)
}

func (s *Server) pendingRow(o *placed) pendingRow {
	row := pendingRow{PendingOrder: wire.PendingOrder{
		OrderID: wire.Text(o.OrderID), OrderDate: wire.At(o.OrderTime), PaymentMethod: wire.Text(o.PaymentMethod),
		Carrier: wire.Text(o.Carrier), TrackingNumber: wire.Text(o.TrackingNumber),
	}}
	if s.options.Quirks.LateCarrier {
		row.Carrier, row.TrackingNumber = "", ""
	}
	if s.options.Quirks.UnknownValues {
		row.PaymentMethod = "SIM_NEW_METHOD"
	}
	for i, line := range o.Lines {
		if line.wanted() == 0 {
			continue
		}
		article := o.articles[i]
		rate := article.rate(o.OrderTime)
		shown := pendingLine{
			PendingLine: wire.PendingLine{
				OrderItemID: wire.Text(line.OrderItemID), OrderedQuantity: wire.Count(line.wanted()), Item: article.item(),
			},
			PendingPrices: wire.PendingPrices{
				MRP: article.MRP, UnitPrice: article.ListingPrice, SellerDiscount: article.MRP - article.ListingPrice,
				B2BBasePrice: article.BasePrice, B2BTax: order.Paise(gst.LineTax(int64(article.BasePrice), rate, gst.IGST).Total()),
			},
		}
		if s.options.Quirks.PlainKeys {
			shown.ListingPrice = &article.ListingPrice
		} else {
			shown.ListingPriceBlank = &article.ListingPrice
		}
		row.Lines = append(row.Lines, shown)
		row.TotalAmount += article.ListingPrice * order.Paise(line.wanted())
	}
	return row
}

func (a Article) item() wire.Item {
	return wire.Item{
		BrandName: wire.Text(a.Brand), Color: wire.Text(a.Color), EAN: wire.Text(a.EAN), ItemCode: wire.Text(a.ItemCode),
		Name: wire.Text(a.Name), Size: wire.Text(a.Size),
	}
}
