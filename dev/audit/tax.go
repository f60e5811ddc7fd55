package audit

import (
	"strconv"
	"strings"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/irptest"
	irpwire "vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// irns: the IRN of each invoice is that of its seller, year and number, and no two invoices share one.
func irns(f *facts, r *Report) {
	check := func(id, irn, gstin string, date time.Time, number string) {
		if err := gst.MatchesIRN(irn, gstin, date, gst.Invoice, number); err != nil {
			r.IRNsWrong++
			r.wrong("order %s, invoice %s: %v", id, number, err)
		}
	}
	first := map[string]string{}
	for _, row := range f.Postgres.Orders {
		if row.InvoiceNumber == "" {
			continue
		}
		check(row.OrderID, row.IRN, f.sellers[row.Pob], row.InvoiceDate, row.InvoiceNumber)
		if other, taken := first[row.IRN]; taken {
			r.IRNsWrong++
			r.wrong("order %s has the IRN of order %s", row.OrderID, other)
		}
		first[row.IRN] = row.OrderID
	}
	for _, own := range f.Postgres.Invoices {
		check(own.OrderID, own.IRN, own.GSTIN, own.Date, own.Number)
		if other, taken := first[own.IRN]; taken && other != own.OrderID {
			r.IRNsWrong++
			r.wrong("order %s has the IRN of order %s", own.OrderID, other)
		}
		first[own.IRN] = own.OrderID
	}
}

// signedQRs: each invoice has a QR that the simulators signed, and it is that of this invoice.
func signedQRs(f *facts, r *Report) {
	keys, err := gst.NewQRKeys(map[string]string{f.Key.KeyID: f.Key.PEM}, []string{f.Key.Issuer})
	if err != nil {
		r.wrong("the simulator's public key: %v", err)
		return
	}
	type told struct{ id, number, signed string }
	checked := map[told]bool{} // once, though one of ours stands in two tables
	check := func(id, signed, irn, number string) {
		if checked[told{id, number, signed}] {
			return
		}
		checked[told{id, number, signed}] = true
		qr, err := gst.ParseSignedQR(signed, keys)
		switch {
		case err != nil:
			r.QRsUnverified++
			r.wrong("order %s, invoice %s: its signed QR cannot be verified: %v", id, number, err)
		case qr.IRN != irn || qr.DocNo != gst.NormalizeDocNo(number):
			r.QRsUnverified++
			r.wrong("order %s, invoice %s: its signed QR is that of invoice %s", id, number, qr.DocNo)
		}
	}
	for _, row := range f.Postgres.Orders {
		if row.InvoiceNumber != "" {
			check(row.OrderID, row.SignedQR, row.IRN, row.InvoiceNumber)
		}
	}
	for _, own := range f.Postgres.Invoices {
		if own.Registered {
			check(own.OrderID, own.SignedQR, own.IRN, own.Number)
		}
	}
}

// series is what numbers are consecutive in.
type series struct{ gstin, year string }

// gapless: our own invoices are numbered from 1 on, within a seller and a financial year, with none missing and none
// twice.
func gapless(f *facts, r *Report) {
	numbers := map[series]map[int]int{}
	var all []series
	for _, own := range f.Postgres.Invoices {
		s := series{own.GSTIN, own.FinancialYear}
		if numbers[s] == nil {
			numbers[s] = map[int]int{}
			all = append(all, s)
		}
		n, err := strconv.Atoi(own.Number[strings.LastIndexByte(own.Number, '/')+1:])
		if err != nil || n < 1 {
			r.wrong("order %s: invoice %s has no running number", own.OrderID, own.Number)
			continue
		}
		numbers[s][n]++
	}
	for _, s := range all {
		last := 0
		for n := range numbers[s] {
			last = max(last, n)
		}
		for n := 1; n <= last; n++ {
			switch count := numbers[s][n]; {
			case count == 0:
				r.InvoiceNumbersMissing++
				r.wrong("seller %s, year %s: there is no invoice with number %d, although there is one with %d", s.gstin, s.year, n, last)
			case count > 1:
				r.InvoiceNumbersTwice++
				r.wrong("seller %s, year %s: %d invoices have number %d", s.gstin, s.year, count, n)
			}
		}
	}
}

// registrations: each of our own invoices is registered at the IRP as it stands in our books, and the IRP knows no
// other.
func registrations(f *facts, r *Report) {
	documents := map[string]irptest.DocumentState{}
	for _, document := range f.IRP.Documents {
		documents[document.IRN] = document
	}
	known := map[string]bool{}
	for _, own := range f.Postgres.Invoices {
		known[own.IRN] = true
		document, registered := documents[own.IRN]
		if wrong := own.differs(document, registered); wrong != "" {
			r.RegistrationsWrong++
			r.wrong("order %s, invoice %s: %s", own.OrderID, own.Number, wrong)
		}
	}
	for _, document := range f.IRP.Documents {
		if !known[document.IRN] {
			r.RegistrationsWrong++
			r.wrong("%s %s of %s is registered at the IRP, but no order has it", document.Type, document.Number, document.GSTIN)
		}
	}
}

// differs says how an invoice is not what the IRP registered, or nothing.
func (own OwnInvoice) differs(document irptest.DocumentState, registered bool) string {
	status := irpwire.StatusActive
	if own.Cancelled {
		status = irpwire.StatusCancelled
	}
	switch {
	case !registered:
		return "the IRP does not know it"
	case !own.Registered:
		return "it is registered at the IRP, but Postgres does not know"
	case document.Status != status:
		return "it is " + string(document.Status) + " at the IRP, expected " + string(status)
	case document.Number != gst.NormalizeDocNo(own.Number) || document.GSTIN != own.GSTIN:
		return "the IRP registered " + document.Number + " of " + document.GSTIN
	case document.SignedQR != own.SignedQR:
		return "the IRP signed another QR"
	case document.TotalPaise != int64(own.Content.Total) || document.ItemCount != len(own.Content.Lines):
		return "the IRP registered another total or other lines"
	default:
		return ""
	}
}

// invoiceOfOurs: what we invoiced is what Ajio took, and an order that was not shipped has no valid invoice.
func (c comparison) invoiceOfOurs() {
	own, made := c.invoices[c.id]
	active := made && !own.Cancelled
	switch {
	case c.model != order.RMSModel:
		if made {
			c.wrong("its ERP makes the invoice, but vmsflow made %s", own.Number)
		}
		return
	case active != c.shipped():
		c.wrong("shipped: %t, but it has a valid invoice of ours: %t", c.shipped(), active)
		return
	case !active:
		return
	}
	c.same("the invoice number", map[string]string{"Ajio": c.ajio.InvoiceNumber, "Postgres": own.Number})
	c.same("the IRN", map[string]string{"Ajio": c.ajio.IRN, "the register of our invoices": own.IRN})
	units := order.Quantities{}
	for _, line := range own.Content.Lines {
		units[line.OrderItemID] += line.Units
	}
	for _, line := range c.ajio.Lines {
		if units[line.OrderItemID] != line.Invoiced {
			c.wrong("line %s: %d units invoiced at Ajio, %d on our invoice", line.OrderItemID, line.Invoiced, units[line.OrderItemID])
		}
	}
}

// cancelledUnits: Ajio has cancelled the units that the order's workflow cancelled, for the same reasons. What the customer
// cancelled before vmsflow read the order the first time its workflow never had.
func (c comparison) cancelledUnits(execution Execution) {
	at := map[string]contract.LineState{}
	for _, line := range execution.Lines {
		at[line.OrderItemID] = line
	}
	for _, line := range c.ajio.Lines {
		own := at[line.OrderItemID]
		ajio := [3]int{line.CustomerCancelled, line.SellerCancelled, line.ShortPicked}
		ours := [3]int{own.CustomerCancelled + line.Ordered - own.Ordered, own.SellerCancelled, own.ShortPicked}
		for i, who := range []string{"customer-cancelled", "seller-cancelled", "short-picked"} {
			if ajio[i] != ours[i] {
				c.r.CancelledQuantitiesDiffer++
				c.wrong("line %s: %d units %s at Ajio, %d in its workflow", line.OrderItemID, ajio[i], who, ours[i])
			}
		}
	}
}
