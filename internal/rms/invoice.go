package rms

import (
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// Unit is the unit of all quantities, pieces.
const Unit = "PCS"

// Invoice is a B2B tax invoice as it is stored, registered and printed. There are no discounts, other charges or
// rounding: Ajio's purchase order is in paise (contracts/gst-einvoice.md §7, assumed).
type Invoice struct {
	Number        string      `json:"invoice_number"`
	Date          time.Time   `json:"invoice_date"` // 00:00 IST of the invoice's day
	IRN           string      `json:"irn"`          // computed here, before the IRP is asked
	Seller        Party       `json:"seller"`
	Buyer         Party       `json:"buyer"`
	PlaceOfSupply string      `json:"place_of_supply"` // two digits, as Pos
	OrderID       string      `json:"order_id"`        // Ajio's
	PONumber      string      `json:"po_number"`
	PODate        time.Time   `json:"po_date"` // zero where Ajio names none
	Split         gst.Split   `json:"split"`
	Lines         []Line      `json:"lines"`
	MainHSN       string      `json:"main_hsn"` // of the line with the highest taxable value
	Taxable       order.Paise `json:"taxable"`  // this and the following are sums over the lines
	Tax           Tax         `json:"tax"`
	Total         order.Paise `json:"total"`
}

// Line is one line of an invoice. Its serial number is its place, from 1.
type Line struct {
	OrderItemID string      `json:"order_item_id"`
	ItemCode    string      `json:"item_code"`
	EAN         string      `json:"ean,omitempty"`
	Description string      `json:"description"` // 3 to 300 characters that the IRP takes
	HSN         string      `json:"hsn"`
	Units       int         `json:"units"`
	UnitPrice   order.Paise `json:"unit_price"` // without tax
	Taxable     order.Paise `json:"taxable"`
	Rate        gst.Rate    `json:"rate"` // hundredths of a percent, the whole GST rate
	Tax         Tax         `json:"tax"`
	Total       order.Paise `json:"total"` // with tax
}

// Tax is an amount of tax by kind.
type Tax struct {
	IGST order.Paise `json:"igst"`
	CGST order.Paise `json:"cgst"`
	SGST order.Paise `json:"sgst"`
}

// Total sums the kinds.
func (t Tax) Total() order.Paise { return t.IGST + t.CGST + t.SGST }

// Units sums the units over all lines.
func (inv Invoice) Units() int {
	units := 0
	for _, line := range inv.Lines {
		units += line.Units
	}
	return units
}

// Quantities counts the invoiced units by order_item_id.
func (inv Invoice) Quantities() order.Quantities {
	quantities := order.Quantities{}
	for _, line := range inv.Lines {
		quantities[line.OrderItemID] = line.Units
	}
	return quantities
}

// NeedsEWayBill says whether the consignment is worth so much that it may not travel without an e-way bill. vmsflow
// makes none: the invoice is good, a person has to see to the bill (contracts/gst-einvoice.md §12, assumed).
func (inv Invoice) NeedsEWayBill() bool { return int64(inv.Total) > gst.EWayBillBoundPaise }

// withTotals fills the sums and the main HSN code from the lines.
func (inv Invoice) withTotals() Invoice {
	values := make([]gst.HSNValue, len(inv.Lines))
	for i, line := range inv.Lines {
		values[i] = gst.HSNValue{HSN: line.HSN, TaxablePaise: int64(line.Taxable)}
		inv.Taxable += line.Taxable
		inv.Tax.IGST += line.Tax.IGST
		inv.Tax.CGST += line.Tax.CGST
		inv.Tax.SGST += line.Tax.SGST
		inv.Total += line.Total
	}
	inv.MainHSN = gst.MainHSNCode(values)
	return inv
}
