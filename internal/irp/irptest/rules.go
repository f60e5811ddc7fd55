package irptest

import (
	"slices"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
)

// rules collects which rules of tax a document breaks.
type rules struct{ broken []wire.ErrorDetail }

func (c *rules) add(code, format string, args ...any) {
	c.broken = append(c.broken, because(code, format, args...))
}

// near checks a stated amount against the computed one within the tolerance of contracts/gst-einvoice.md §7.
func (c *rules) near(code, field string, stated, computed order.Paise) {
	if !gst.WithinTolerance(int64(computed), int64(stated)) {
		c.add(code, "%s is %s, computed %s", field, stated, computed)
	}
}

// checkRules returns every rule that a document breaks, each with its code (contracts/gst-einvoice.md §7, §6.4).
func (s *Server) checkRules(d wire.Document) []wire.ErrorDetail {
	var c rules
	s.checkParties(&c, d)
	serials := map[string]bool{}
	for _, item := range d.ItemList {
		if serials[item.SlNo] {
			c.add(wire.CodeSerialTwice, "SlNo %s stands twice", item.SlNo)
		}
		serials[item.SlNo] = true
		c.item(d, item)
	}
	c.totals(d)
	return c.broken
}

func (s *Server) checkParties(c *rules, d wire.Document) {
	seller, buyer := d.SellerDtls, d.BuyerDtls
	s.checkGSTIN(c, seller.Gstin)
	if err := gst.ValidateState(seller.Gstin, seller.Stcd); err != nil {
		c.add(wire.CodeSellerState, "the seller: %v", err)
	}
	export := d.TranDtls.SupTyp == gst.ExportWithPayment || d.TranDtls.SupTyp == gst.ExportWithoutPayment
	if buyer.Gstin == wire.UnregisteredPerson {
		if !export {
			c.add(wire.CodeBuyerURP, "a buyer without GSTIN is for exports only")
		}
		return
	}
	s.checkGSTIN(c, buyer.Gstin)
	if err := gst.ValidateState(buyer.Gstin, buyer.Stcd); err != nil {
		c.add(wire.CodeBuyerState, "the buyer: %v", err)
	}
}

func (s *Server) checkGSTIN(c *rules, gstin string) {
	if err := gst.ValidateGSTIN(gstin, s.options.Exempt); err != nil {
		c.add(wire.CodeGSTINInvalid, "%v", err)
	}
	if slices.Contains(s.options.Inactive, gstin) {
		c.add(wire.CodeGSTINInactive, "GSTIN %s is not active", gstin)
	}
}

// item checks one line. That a service has an HSN code of chapter 99, and goods have none, is told by code 2176
// [assumed].
func (c *rules) item(d wire.Document, item wire.Item) {
	line := "line " + item.SlNo
	// Whoever must make e-invoices has the turnover from which 6 digits are needed.
	if err := gst.ValidateHSN(item.HsnCd, d.DocDtls.Dt.Time, true); err != nil {
		c.add(wire.CodeHSN, "%s: %v", line, err)
	} else if (item.HsnCd[:2] == "99") != (item.IsServc == wire.Yes) {
		c.add(wire.CodeHSN, "%s: HSN codes of services, and no others, begin with 99", line)
	}
	c.near(wire.CodeAssessable, line+" AssAmt", item.AssAmt, item.TotAmt-item.Discount)
	if item.CgstAmt != item.SgstAmt {
		c.add(wire.CodeHalvesDiffer, "%s: CGST and SGST differ", line)
	}
	c.tax(d, item)
	c.near(wire.CodeTotal, line+" TotItemVal", item.TotItemVal,
		item.AssAmt+item.IgstAmt+item.CgstAmt+item.SgstAmt+item.CesAmt+item.OthChrg)
}

// tax checks split and amounts of one line's tax. The amounts of notes are not checked against rate and value, nor
// those of supplies without payment of tax.
func (c *rules) tax(d wire.Document, item wire.Item) {
	seller, _ := gst.StateOf(d.SellerDtls.Gstin)
	split, err := gst.TaxSplit(seller, twoDigits(d.BuyerDtls.Pos), d.TranDtls.IgstOnIntra == wire.Yes, d.TranDtls.SupTyp)
	line := "line " + item.SlNo
	switch {
	case err != nil:
		return // the seller's GSTIN is refused for it
	case split == gst.CGSTAndSGST && item.IgstAmt != 0:
		c.add(wire.CodeIGSTOnIntra, "%s: IGST on a supply within a state", line)
		return
	case split == gst.IGST && item.CgstAmt+item.SgstAmt != 0:
		c.add(wire.CodeTotal, "%s: CGST and SGST on a supply between states", line)
		return
	case d.DocDtls.Typ != gst.Invoice, d.TranDtls.SupTyp == gst.SEZWithoutPayment, d.TranDtls.SupTyp == gst.ExportWithoutPayment:
		return
	}
	tax := gst.LineTax(int64(item.AssAmt), gst.Rate(item.GstRt), split)
	c.near(wire.CodeTotal, line+" IgstAmt", item.IgstAmt, order.Paise(tax.IGST))
	c.near(wire.CodeTotal, line+" CgstAmt", item.CgstAmt, order.Paise(tax.CGST))
	c.near(wire.CodeTotal, line+" SgstAmt", item.SgstAmt, order.Paise(tax.SGST))
}

// totals checks ValDtls against the sums of the lines.
func (c *rules) totals(d wire.Document) {
	var sum wire.ValDtls
	for _, item := range d.ItemList {
		sum.AssVal += item.AssAmt
		sum.IgstVal += item.IgstAmt
		sum.CgstVal += item.CgstAmt
		sum.SgstVal += item.SgstAmt
		sum.CesVal += item.CesAmt
		sum.TotInvVal += item.TotItemVal
	}
	stated := d.ValDtls
	c.near(wire.CodeSumOfItems, "AssVal", stated.AssVal, sum.AssVal)
	c.near(wire.CodeSumOfItems, "IgstVal", stated.IgstVal, sum.IgstVal)
	c.near(wire.CodeSumOfItems, "CgstVal", stated.CgstVal, sum.CgstVal)
	c.near(wire.CodeSumOfItems, "SgstVal", stated.SgstVal, sum.SgstVal)
	c.near(wire.CodeSumOfItems, "CesVal", stated.CesVal, sum.CesVal)
	c.near(wire.CodeTotal, "TotInvVal", stated.TotInvVal, sum.TotInvVal-stated.Discount+stated.OthChrg+stated.RndOffAmt)
}
