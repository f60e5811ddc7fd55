package erptest

import (
	"fmt"
	"strings"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// invoice is the B2B e-invoice of one order, made once.
type invoice struct {
	number     string // as the ERP writes it
	date       time.Time
	qr         gst.QR // what its signed QR says
	partial    bool
	quantities []increff.InvoiceLineEntry // by SKU, in line order
	form       int                        // which of the four forms its time is written in
}

// makeInvoice takes the next number of the financial year. The caller holds the lock.
func (s *Server) makeInvoice(e *entry) *invoice {
	date := s.options.Now().In(gst.IST).Truncate(time.Second)
	inv := &invoice{number: s.nextNumber("AJ", s.options.FirstInvoice, date), date: date, form: s.nextForm()}
	lines := e.created.OrderItems
	if e.behaviour == Partial {
		lines, inv.partial = oneUnitLess(lines)
	}
	inv.quantities = bySKU(lines)
	attributes := e.created.OrderCustomAttributes
	inv.qr = gst.QR{
		SellerGSTIN: attributes.SellerGstin, BuyerGSTIN: attributes.PartnerGstin,
		DocNo: inv.number, DocType: gst.Invoice, DocDate: date,
		TotalPaise: int64(total(lines)), ItemCount: len(lines), MainHSNCode: mainHSN(lines),
		IRN: gst.IRN(attributes.SellerGstin, date, gst.Invoice, inv.number), IRNDate: date,
	}
	switch e.behaviour {
	case WrongTotal:
		inv.qr.TotalPaise += 10_00
	case LowerCase: // the portal has turned it to upper case
		inv.number = strings.ToLower(inv.number)
	default:
	}
	return inv
}

// nextNumber takes the next number of a series in the financial year of a date. The caller holds the lock.
func (s *Server) nextNumber(series string, first int, date time.Time) string {
	prefix := series + "/" + gst.FinancialYear(date)[2:]
	if s.numbers[prefix] == 0 {
		s.numbers[prefix] = max(first, 1) - 1
	}
	s.numbers[prefix]++
	return fmt.Sprintf("%s/%06d", prefix, s.numbers[prefix])
}

// nextForm walks through the four forms of a time. The caller holds the lock.
func (s *Server) nextForm() int {
	s.forms++
	return s.forms % 4
}

// oneUnitLess takes a unit of the first SKU that keeps one, else the last line of several. A single unit cannot be
// invoiced in part.
func oneUnitLess(items []erp.OrderItem) (fewer []erp.OrderItem, partial bool) {
	for _, sku := range bySKU(items) {
		if sku.Quantity > 1 {
			return oneLess(items, sku.ChannelSkuCode), true
		}
	}
	if len(items) > 1 {
		return items[:len(items)-1], true
	}
	return items, false
}

// oneLess takes a unit off the last line of a SKU: units that are named by SKU go to the lines in line order
// (contracts/increff-erp.md §1), so the last one goes without.
func oneLess(items []erp.OrderItem, sku string) []erp.OrderItem {
	last := 0
	for i, item := range items {
		if item.ChannelSkuCode == sku {
			last = i
		}
	}
	var fewer []erp.OrderItem
	for i, item := range items {
		if i == last {
			item.OrderedQuantity--
		}
		if item.OrderedQuantity > 0 {
			fewer = append(fewer, item)
		}
	}
	return fewer
}

// bySKU merges lines of one SKU: in an invoice posting a SKU stands once.
func bySKU(items []erp.OrderItem) []increff.InvoiceLineEntry {
	var merged []increff.InvoiceLineEntry
	at := map[string]int{}
	for _, item := range items {
		i, seen := at[item.ChannelSkuCode]
		if !seen {
			i = len(merged)
			at[item.ChannelSkuCode] = i
			merged = append(merged, increff.InvoiceLineEntry{ChannelSkuCode: item.ChannelSkuCode})
		}
		merged[i].Quantity += item.OrderedQuantity
	}
	return merged
}

// total is the invoice value with tax.
func total(items []erp.OrderItem) (value order.Paise) {
	for _, item := range items {
		value += *item.SellingPricePerUnit * order.Paise(item.OrderedQuantity)
	}
	return value
}

func mainHSN(items []erp.OrderItem) string {
	var values []gst.HSNValue
	for _, item := range items {
		metadata := item.OrderItemCustomAttributes.ChannelMetadata
		values = append(values, gst.HSNValue{
			HSN: metadata.Hsn, TaxablePaise: int64(metadata.BasePricePerUnit) * int64(item.OrderedQuantity),
		})
	}
	return gst.MainHSNCode(values)
}
