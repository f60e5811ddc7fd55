package irptest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp/wire"
	"vmsflow/internal/order"
)

var (
	supplyTypes = []gst.SupplyType{
		gst.B2B, gst.SEZWithPayment, gst.SEZWithoutPayment, gst.ExportWithPayment, gst.ExportWithoutPayment, gst.DeemedExport,
	}
	docTypes    = []gst.DocType{gst.Invoice, gst.CreditNote, gst.DebitNote}
	unitPattern = regexp.MustCompile(`^[A-Za-z]{3,8}$`)
)

// maxAmount is the schema's largest amount, 999999999999.99; maxRounding that of RndOffAmt.
const (
	maxAmount   order.Paise = 99_999_999_999_999
	maxRounding order.Paise = 99_99
)

// schema collects what of a document does not keep the schema: all of it is code 2140.
type schema struct{ broken []wire.ErrorDetail }

func (c *schema) must(holds bool, format string, args ...any) {
	if !holds {
		c.broken = append(c.broken, because(wire.CodeSchema, format, args...))
	}
}

func (c *schema) text(field, value string, shortest, longest int) {
	length := utf8.RuneCountInString(value)
	c.must(length >= shortest && length <= longest && plain(value), "%s needs %d to %d characters without \" and \\", field, shortest, longest)
}

func (c *schema) flag(field, value string) {
	c.must(value == wire.Yes || value == wire.No, "%s is Y or N", field)
}

func (c *schema) amount(field string, value order.Paise) {
	c.must(value >= 0 && value <= maxAmount, "%s is an amount that is not negative", field)
}

// plain reports whether a text has neither of the two characters that no text may have.
func plain(text string) bool { return !strings.ContainsAny(text, `"\`) }

// checkSchema returns every way in which a document does not keep the schema, or its time
// (contracts/gst-einvoice.md §7, §6.5).
func (s *Server) checkSchema(d wire.Document, asked request) []wire.ErrorDetail {
	var c schema
	c.must(d.Version == wire.Version, "Version is %s", wire.Version)
	c.must(d.TranDtls.TaxSch == wire.TaxScheme, "TaxSch is GST")
	c.must(slices.Contains(supplyTypes, d.TranDtls.SupTyp), "SupTyp is none of %q", supplyTypes)
	c.flag("RegRev", d.TranDtls.RegRev)
	c.flag("IgstOnIntra", d.TranDtls.IgstOnIntra)
	c.must(d.TranDtls.RegRev != wire.Yes || d.TranDtls.SupTyp == gst.B2B, "RegRev is Y with SupTyp B2B only")
	c.must(slices.Contains(docTypes, d.DocDtls.Typ), "Typ is none of %q", docTypes)
	c.must(gst.ValidateDocNo(d.DocDtls.No) == nil, "No is no document number")
	c.must(!d.DocDtls.Dt.IsZero(), "Dt is missing")
	if late := gst.MayRegister(d.DocDtls.Dt.Time, asked.now, !s.options.Below10Crore); late != nil {
		c.must(false, "Dt: %v", late)
	}
	c.must(d.SellerDtls.Gstin == asked.gstin, "SellerDtls.Gstin is not the one that signed in")
	c.party("SellerDtls", d.SellerDtls)
	c.party("BuyerDtls", d.BuyerDtls)
	c.must(d.SellerDtls.Pos == "" && isState(d.BuyerDtls.Pos), "Pos is a state code, and the buyer's only")
	c.must(len(d.ItemList) >= 1 && len(d.ItemList) <= wire.MaxItems, "ItemList has 1 to %d lines", wire.MaxItems)
	for i, item := range d.ItemList {
		c.item("ItemList "+strconv.Itoa(i+1)+": ", item)
	}
	c.values(d.ValDtls)
	if d.RefDtls != nil {
		for _, original := range d.RefDtls.PrecDocDtls {
			c.must(gst.ValidateOriginalDocNo(original.InvNo) == nil && !original.InvDt.IsZero(), "PrecDocDtls: InvNo or InvDt is wrong")
		}
	}
	return c.broken
}

func (c *schema) party(name string, p wire.Party) {
	c.must(p.Gstin != "", "%s.Gstin is missing", name)
	c.text(name+".LglNm", p.LglNm, 3, 100)
	c.text(name+".Addr1", p.Addr1, 1, 100)
	if p.Addr2 != "" {
		c.text(name+".Addr2", p.Addr2, 3, 100)
	}
	c.text(name+".Loc", p.Loc, 3, 50)
	c.must(gst.ValidPIN(strconv.Itoa(p.Pin)), "%s.Pin is no PIN code", name)
	c.must(isState(p.Stcd), "%s.Stcd is no state code", name)
}

func (c *schema) item(line string, item wire.Item) {
	c.text(line+"SlNo", item.SlNo, 1, 6)
	c.text(line+"PrdDesc", item.PrdDesc, 3, 300)
	c.flag(line+"IsServc", item.IsServc)
	if item.Barcde != "" {
		c.text(line+"Barcde", item.Barcde, 3, 30)
	}
	if item.IsServc == wire.No {
		c.must(item.Qty > 0 && unitPattern.MatchString(item.Unit), "%sgoods need Qty and a Unit of 3 to 8 letters", line)
	}
	c.must(item.Qty >= 0, "%sQty is not negative", line)
	c.must(item.GstRt >= 0 && item.GstRt <= 100_00, "%sGstRt is a rate in percent", line)
	c.amount(line+"UnitPrice", item.UnitPrice)
	c.amount(line+"TotAmt", item.TotAmt)
	c.amount(line+"Discount", item.Discount)
	c.amount(line+"AssAmt", item.AssAmt)
	c.amount(line+"IgstAmt", item.IgstAmt)
	c.amount(line+"CgstAmt", item.CgstAmt)
	c.amount(line+"SgstAmt", item.SgstAmt)
	c.amount(line+"CesAmt", item.CesAmt)
	c.amount(line+"OthChrg", item.OthChrg)
	c.amount(line+"TotItemVal", item.TotItemVal)
}

func (c *schema) values(v wire.ValDtls) {
	c.amount("AssVal", v.AssVal)
	c.amount("CgstVal", v.CgstVal)
	c.amount("SgstVal", v.SgstVal)
	c.amount("IgstVal", v.IgstVal)
	c.amount("CesVal", v.CesVal)
	c.amount("Discount", v.Discount)
	c.amount("OthChrg", v.OthChrg)
	c.amount("TotInvVal", v.TotInvVal)
	c.must(v.RndOffAmt >= -maxRounding && v.RndOffAmt <= maxRounding, "RndOffAmt is between -99.99 and 99.99")
}

func isState(code string) bool {
	_, ok := gst.StateName(twoDigits(code))
	return ok
}

// twoDigits gives a state code its leading zero, which Stcd and Pos may lack.
func twoDigits(code string) string {
	if len(code) == 1 {
		return "0" + code
	}
	return code
}
