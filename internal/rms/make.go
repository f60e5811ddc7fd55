package rms

import (
	"strings"
	"time"
	"unicode"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

const (
	maxLines       = 1000 // of a document at the IRP (contracts/gst-einvoice.md §7, documented)
	minDescription = 3    // characters, as the next (§7, documented)
	maxDescription = 300
)

// Draft is what an invoice is made of.
type Draft struct {
	Seller, Buyer Party
	PlaceOfSupply string // state code of two digits
	OrderID       string
	Date          time.Time // a moment of the invoice's day in IST
	// PO is the purchase order with the units that it was made for; its amount does not fall with later cancellations.
	PO     order.PurchaseOrder
	Lines  []order.Line     // names and EANs
	Packed order.Quantities // units by order_item_id
}

// Make builds the invoice for the packed units: one line for each packed line of the purchase order, in its order, at
// its base price, with the rate that the rows say for the unit's price on the invoice's day
// (contracts/gst-einvoice.md §7 to §9).
//
// What does not agree with the purchase order, the law or the limits of the IRP is returned as Problems, all of it at
// once. The invoice is then no invoice.
func Make(draft Draft, number string, rates []gst.RateRow) (Invoice, error) {
	problems := numberProblems(number)
	problems = append(problems, partyProblems(draft)...)
	problems = append(problems, poProblems(draft)...)
	split, err := gst.TaxSplit(draft.Seller.StateCode, draft.PlaceOfSupply, false, gst.B2B)
	if err != nil {
		return Invoice{}, append(problems, problem(BadParty, "BuyerDtls.Pos", "%v; mend the channel's configuration", err))
	}
	year, month, day := draft.Date.In(gst.IST).Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, gst.IST)
	inv := Invoice{
		Number: number, Date: date, IRN: gst.IRN(draft.Seller.GSTIN, date, gst.Invoice, number),
		Seller: draft.Seller, Buyer: draft.Buyer, PlaceOfSupply: draft.PlaceOfSupply,
		OrderID: draft.OrderID, PONumber: draft.PO.Number, PODate: draft.PO.Date, Split: split,
	}
	for _, poLine := range draft.PO.Lines {
		units := draft.Packed[poLine.OrderItemID]
		if units < 1 || units > poLine.Units { // too many: poProblems says so
			continue
		}
		line, found := makeLine(draft, poLine, units, split, date, rates)
		inv.Lines = append(inv.Lines, line)
		problems = append(problems, found...)
	}
	inv = inv.withTotals()
	if len(problems) == 0 { // wrong lines make wrong sums, which would only distract
		problems = totalProblems(draft, inv)
	}
	if len(problems) > 0 {
		return Invoice{}, problems
	}
	return inv, nil
}

// partyProblems checks both parties and the place of supply, which is the state of Ajio's GSTIN on the purchase order
// (contracts/gst-einvoice.md §8, inferred).
func partyProblems(draft Draft) Problems {
	found := append(draft.Seller.Problems("SellerDtls"), draft.Buyer.Problems("BuyerDtls")...)
	buyer := draft.PO.BuyerGSTIN
	if buyer == "" {
		return found
	}
	if buyer != draft.Buyer.GSTIN {
		found = append(found, problem(BadParty, "BuyerDtls.Gstin",
			"the purchase order names the buyer %s, the channel's configuration %s; give the channel that GSTIN and its address", buyer, draft.Buyer.GSTIN))
	}
	if state, err := gst.StateOf(buyer); err == nil && state != draft.PlaceOfSupply {
		found = append(found, problem(BadParty, "BuyerDtls.Pos",
			"the place of supply is %q, the buyer %s on the purchase order is in state %s; mend the channel's configuration", draft.PlaceOfSupply, buyer, state))
	}
	return found
}

// poProblems checks that the packed units are units of the purchase order.
func poProblems(draft Draft) Problems {
	var found Problems
	bad := func(field, format string, args ...any) {
		found = append(found, problem(PODiffers, field, format, args...))
	}
	if draft.PO.Number == "" {
		bad("purchase order", "has no number; wait for Ajio's purchase order")
	}
	ordered := order.Quantities{}
	for _, line := range draft.PO.Lines {
		if _, twice := ordered[line.OrderItemID]; twice {
			bad(lineField(line), "stands twice in purchase order %s; ask Ajio", draft.PO.Number)
		}
		ordered[line.OrderItemID] = line.Units
	}
	lines := 0
	for _, id := range draft.Packed.IDs() {
		units := draft.Packed[id]
		most, known := ordered[id]
		switch {
		case units < 0:
			bad("line "+id, "%d packed units are below zero; ask the warehouse", units)
		case units > 0 && !known:
			bad("line "+id, "was packed but is not in purchase order %s; ask the warehouse", draft.PO.Number)
		case units > most:
			bad("line "+id, "%d units were packed, purchase order %s has %d; ask the warehouse", units, draft.PO.Number, most)
		case units > 0:
			lines++
		}
	}
	if (lines == 0 && len(found) == 0) || lines > maxLines {
		bad("ItemList", "%d packed lines cannot be invoiced, 1 to %d can", lines, maxLines)
	}
	return found
}

// makeLine makes the line of an invoice and checks it against its line of the purchase order.
func makeLine(draft Draft, po order.POLine, units int, split gst.Split, date time.Time, rates []gst.RateRow) (Line, Problems) {
	name, ean := draft.nameAndEAN(po.OrderItemID)
	if po.EAN != "" {
		ean = po.EAN
	}
	line := Line{
		OrderItemID: po.OrderItemID, ItemCode: po.ItemCode, EAN: ean, Description: description(name), HSN: po.HSN,
		Units: units, UnitPrice: po.BasePrice, Taxable: po.BasePrice * order.Paise(units),
	}
	var found Problems
	bad := func(reason Reason, format string, args ...any) {
		found = append(found, problem(reason, lineField(po), format, args...))
	}
	if why := textProblem(line.Description, minDescription, maxDescription); why != "" {
		bad(BadItem, "its name %s; have Ajio mend the article", why)
	}
	if po.BasePrice <= 0 {
		bad(PODiffers, "its base price is %s; ask Ajio for the price", po.BasePrice)
	}
	if po.Cess != 0 {
		bad(SplitDiffers, "Ajio charges a cess of %s, which our invoices do not have; ask Ajio", po.Cess)
	}
	ajioTax := gst.Tax{IGST: int64(po.IGST), CGST: int64(po.CGST), SGST: int64(po.SGST)}
	if err := gst.ValidateSplit(split, ajioTax); err != nil {
		bad(SplitDiffers, "Ajio's tax_summary is not split as seller and place of supply demand: %v; mend the channel's place of supply, or ask Ajio", err)
	}
	// A supplier who must make e-invoices has the turnover from which six digits are due (§9).
	if err := gst.ValidateHSN(po.HSN, date, true); err != nil {
		bad(BadItem, "%v; have Ajio mend the article", err)
		return line, found
	}
	if strings.HasPrefix(po.HSN, "99") {
		bad(BadItem, "HSN %s is a service, not goods; have Ajio mend the article", po.HSN)
		return line, found
	}
	rate, err := gst.RateFor(rates, po.HSN, int64(po.BasePrice), date)
	if err != nil {
		bad(NoRate, "%v", err)
		return line, found
	}
	if rate != gst.Rate(po.TaxRate) {
		bad(RateDiffers, "HSN %s at %s a unit bears %s %% on %s, Ajio's purchase order says %s %%; mend the table of rates, or ask Ajio",
			po.HSN, po.BasePrice, rate, date.Format(dateLayout), gst.Rate(po.TaxRate))
	}
	tax := gst.LineTax(int64(line.Taxable), rate, split)
	line.Rate = rate
	line.Tax = Tax{IGST: order.Paise(tax.IGST), CGST: order.Paise(tax.CGST), SGST: order.Paise(tax.SGST)}
	line.Total = line.Taxable + line.Tax.Total()
	return line, found
}

// totalProblems compares the total with Ajio's. Only the invoice of all units must reach it; the invoice of fewer may
// not exceed it.
func totalProblems(draft Draft, inv Invoice) Problems {
	if !inv.Quantities().Equal(draft.PO.Units()) && inv.Total <= draft.PO.Amount {
		return nil
	}
	if err := gst.ValidateTotal(int64(inv.Total), int64(draft.PO.Amount)); err != nil {
		return Problems{problem(TotalDiffers, "ValDtls.TotInvVal", "the amount of purchase order %s does not fit the invoice: %v; ask Ajio which is right", draft.PO.Number, err)}
	}
	return nil
}

func (draft Draft) nameAndEAN(orderItemID string) (name, ean string) {
	for _, line := range draft.Lines {
		if line.OrderItemID == orderItemID {
			return line.Name, line.EAN
		}
	}
	return "", ""
}

// description makes Ajio's name of an article fit for the IRP: inches keep their sense as two single quotes, a
// backslash becomes a slash, and what is too long is cut [assumed]. A name is no reason to stop a packed parcel.
func description(name string) string {
	name = strings.NewReplacer(`"`, `''`, `\`, `/`).Replace(strings.ToValidUTF8(name, "\uFFFD"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if runes := []rune(name); len(runes) > maxDescription {
		return strings.TrimSpace(string(runes[:maxDescription]))
	}
	return name
}

func lineField(line order.POLine) string {
	return "line " + line.OrderItemID + " (" + line.ItemCode + ")"
}
