package erptest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

// invoice is the B2B e-invoice of one order, made once and posted unchanged.
type invoice struct {
	number     string
	date       time.Time
	irn, qr    string
	partial    bool
	quantities []increff.InvoiceLineEntry // by SKU, in line order
	form       int                        // which of the four forms its time is written in
}

// irnTime is the form of IrnDt in the signed QR (contracts/gst-einvoice.md §5).
const irnTime = "2006-01-02 15:04:05"

// makeInvoice takes the next number of the financial year and signs the document. The caller holds the lock.
func (s *Server) makeInvoice(e *entry) *invoice {
	m := e.created
	date := s.options.Now().In(increff.IST).Truncate(time.Second)
	year := financialYear(date)
	if s.numbers[year] == 0 {
		s.numbers[year] = max(s.options.FirstInvoice, 1) - 1
	}
	s.numbers[year]++
	s.invoices++

	inv := &invoice{
		number: fmt.Sprintf("AJ/%s/%06d", year[2:], s.numbers[year]), date: date,
	}
	if s.options.VaryForms {
		inv.form = s.invoices % 4
	}
	lines := m.OrderItems
	if e.behaviour == Partial {
		lines, inv.partial = oneUnitLess(lines)
	}
	inv.quantities = bySKU(lines)
	seller := m.OrderCustomAttributes.SellerGstin
	inv.irn = irn(seller, year, "INV", inv.number)
	total, mainHSN := totals(lines)
	inv.qr = s.key.sign(fmt.Sprintf(
		`{"SellerGstin":%q,"BuyerGstin":%q,"DocNo":%q,"DocTyp":"INV","DocDt":%q,"TotInvVal":%s,"ItemCnt":%d,`+
			`"MainHsnCode":%q,"Irn":%q,"IrnDt":%q}`,
		seller, m.OrderCustomAttributes.PartnerGstin, inv.number, date.Format("02/01/2006"), total, len(lines),
		mainHSN, inv.irn, date.Format(irnTime)))
	return inv
}

// financialYear is YYYY-YY of a date in IST; it starts on 1 April (contracts/gst-einvoice.md §2).
func financialYear(date time.Time) string {
	year := date.Year()
	if date.Month() < time.April {
		year--
	}
	return fmt.Sprintf("%d-%02d", year, (year+1)%100)
}

// irn hashes the number in upper case, as the portal does since June 2025 (contracts/gst-einvoice.md §2).
func irn(gstin, year, kind, number string) string {
	hash := sha256.Sum256([]byte(gstin + year + kind + strings.ToUpper(number)))
	return hex.EncodeToString(hash[:])
}

// oneUnitLess takes a unit from the first line that keeps one, else the last line of several. A single unit
// cannot be invoiced in part.
func oneUnitLess(items []erp.OrderItem) (fewer []erp.OrderItem, partial bool) {
	fewer = append(fewer, items...)
	for i := range fewer {
		if fewer[i].OrderedQuantity > 1 {
			fewer[i].OrderedQuantity--
			return fewer, true
		}
	}
	if len(fewer) > 1 {
		return fewer[:len(fewer)-1], true
	}
	return fewer, false
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

// totals gives the invoice value with tax and the HSN of the line with the highest taxable value, the first of
// equals.
func totals(items []erp.OrderItem) (value order.Paise, mainHSN string) {
	highest := order.Paise(-1)
	for _, item := range items {
		units := order.Paise(item.OrderedQuantity)
		value += *item.SellingPricePerUnit * units
		metadata := item.OrderItemCustomAttributes.ChannelMetadata
		if taxable := metadata.BasePricePerUnit * units; taxable > highest {
			highest, mainHSN = taxable, metadata.Hsn
		}
	}
	return value, mainHSN
}
