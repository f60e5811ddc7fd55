package rms

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"vmsflow/internal/gst"
)

const dateLayout = "02/01/2006"

// Registration is what the IRP gave for an invoice, as far as it is printed.
type Registration struct {
	IRN       string
	AckNumber string
	AckDate   time.Time
	SignedQR  string // the string that becomes the printed QR
}

// PDF prints a registered invoice on as many A4 pages as it needs. The same invoice and registration give the same
// bytes from the same build of this program: the document is dated with the acknowledgement.
func PDF(inv Invoice, reg Registration) ([]byte, error) {
	switch {
	case reg.IRN != inv.IRN:
		return nil, fmt.Errorf("print invoice %s: its IRN is %s, the registration's %s", inv.Number, inv.IRN, reg.IRN)
	case reg.AckNumber == "" || reg.AckDate.IsZero() || reg.SignedQR == "":
		return nil, fmt.Errorf("print invoice %s: it is not registered; acknowledgement or signed QR are missing", inv.Number)
	case len(inv.Lines) == 0:
		return nil, fmt.Errorf("print invoice %s: it has no lines", inv.Number)
	}
	code, err := printQR(reg.SignedQR)
	if err != nil {
		return nil, fmt.Errorf("print invoice %s: %w", inv.Number, err)
	}
	s := newSheet(inv, reg)
	s.title()
	s.partiesBeside(code)
	s.facts()
	s.table()
	s.sums()
	s.signature()
	var file bytes.Buffer
	if err := errors.Join(s.pdf.Error(), s.pdf.Output(&file)); err != nil {
		return nil, fmt.Errorf("print invoice %s: %w", inv.Number, err)
	}
	return file.Bytes(), nil
}

// Measures in mm.
const (
	margin     = 10.0
	pageWidth  = 210.0
	textWidth  = pageWidth - 2*margin
	pageBottom = 297.0 - margin - 6 // above the foot
	padding    = 1.5
)

// sheet is an invoice on its way to paper; y is where the next thing goes.
type sheet struct {
	pdf *fpdf.Fpdf
	inv Invoice
	reg Registration
	y   float64
}

func newSheet(inv Invoice, reg Registration) *sheet {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true) // as the fixed dates: the same bytes every time
	dated := reg.AckDate.In(gst.IST)
	pdf.SetCreationDate(dated)
	pdf.SetModificationDate(dated)
	pdf.SetProducer("vmsflow", true)
	pdf.SetTitle("Tax invoice "+inv.Number, true)
	pdf.SetAuthor(inv.Seller.LegalName, true)
	pdf.SetLang("en-IN")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	pdf.SetDrawColor(120, 120, 120)
	pdf.SetLineWidth(0.2)
	pdf.AliasNbPages("{pages}")
	s := &sheet{pdf: pdf, inv: inv, reg: reg}
	pdf.SetFooterFunc(func() {
		s.font("", 7)
		foot := fmt.Sprintf("Invoice %s of %s by %s", inv.Number, inv.Date.In(gst.IST).Format(dateLayout), inv.Seller.GSTIN)
		s.text(margin, 297-margin, foot)
		s.text(pageWidth-margin-18, 297-margin, fmt.Sprintf("Page %d of {pages}", pdf.PageNo()))
	})
	pdf.AddPage()
	s.y = margin
	return s
}

// title is the head of the first page.
func (s *sheet) title() {
	s.font("B", 15)
	s.pdf.SetXY(margin, s.y)
	s.pdf.CellFormat(textWidth, 8, "TAX INVOICE", "", 0, "C", false, 0, "")
	s.y += 11
}

// partiesBeside puts seller and buyer to the left of the QR.
func (s *sheet) partiesBeside(code printedQR) {
	const gap = 3
	left := pageWidth - margin - code.size
	s.pdf.RegisterImageOptionsReader("qr", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code.png))
	s.pdf.ImageOptions("qr", left, s.y, code.size, code.size, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	s.font("", 6.5)
	s.pdf.SetXY(left, s.y+code.size)
	s.pdf.CellFormat(code.size, 3, "Signed QR code of the Invoice Registration Portal", "", 0, "C", false, 0, "")
	below := s.y + code.size + 3
	width := left - margin - gap
	s.party("Seller", s.inv.Seller, width)
	s.y += 2
	s.party("Buyer", s.inv.Buyer, width)
	s.y = max(below, s.y) + gap
}

// party is a frame with one of the two.
func (s *sheet) party(role string, p Party, width float64) {
	top := s.y
	s.y += padding
	s.label(margin+padding, s.y+2.5, role)
	s.y += 3.5
	s.font("B", 10)
	s.paragraph(margin+padding, width-2*padding, 4.4, p.LegalName)
	s.font("", 9)
	for _, line := range []string{p.Address1, p.Address2, p.Location + " " + p.PIN} {
		if line != "" {
			s.paragraph(margin+padding, width-2*padding, 4, line)
		}
	}
	s.paragraph(margin+padding, width-2*padding, 4, "State: "+stateText(p.StateCode))
	s.font("B", 9)
	s.paragraph(margin+padding, width-2*padding, 4, "GSTIN: "+p.GSTIN)
	s.y += padding
	s.pdf.Rect(margin, top, width, s.y-top, "D")
}

// facts are what identifies the invoice, two to a row.
func (s *sheet) facts() {
	inv, top := s.inv, s.y
	poDate := "-"
	if !inv.PODate.IsZero() {
		poDate = inv.PODate.In(gst.IST).Format(dateLayout)
	}
	s.y += padding
	for _, row := range [][2][2]string{
		{{"Invoice number", inv.Number}, {"Invoice date", inv.Date.In(gst.IST).Format(dateLayout)}},
		{{"Purchase order", inv.PONumber}, {"Purchase order date", poDate}},
		{{"Ajio order id", inv.OrderID}, {"Place of supply", stateText(inv.PlaceOfSupply)}},
		{{"Ack number", s.reg.AckNumber}, {"Ack date", s.reg.AckDate.In(gst.IST).Format(dateLayout+" 15:04:05") + " IST"}},
		{{"Tax on reverse charge", "No"}, {"Supply type", "B2B"}},
	} {
		next := s.y
		for i, fact := range row {
			next = max(next, s.fact(margin+padding+float64(i)*textWidth/2, textWidth/2-padding, fact[0], fact[1]))
		}
		s.y = next
	}
	s.y = s.fact(margin+padding, textWidth-2*padding, "IRN", s.reg.IRN) + padding
	s.pdf.Rect(margin, top, textWidth, s.y-top, "D")
	s.y += 3
}

// fact writes a label and its value, and returns where the next row begins.
func (s *sheet) fact(x, width float64, label, value string) float64 {
	const labelWidth = 38
	top := s.y
	s.label(x, top+3.2, label)
	s.font("B", 9)
	s.paragraph(x+labelWidth, width-labelWidth, 4.4, value)
	next := s.y
	s.y = top
	return next
}

// signature ends the document.
func (s *sheet) signature() {
	const height = 24
	s.room(height)
	x := margin + textWidth/2
	s.font("", 8)
	below := s.y
	s.paragraph(margin, textWidth/2-6, 3.6, "Computer-generated tax invoice, registered as an e-invoice with the Invoice Registration Portal under the IRN above; valid without a signature by hand.")
	s.y = below
	s.font("B", 9)
	s.paragraph(x+padding, textWidth/2-2*padding, 4, "For "+s.inv.Seller.LegalName)
	s.font("", 8)
	s.pdf.Line(x+padding, below+height-5, margin+textWidth-padding, below+height-5)
	s.text(x+padding, below+height-1.5, "Authorised signatory")
	s.y = below + height
}

func stateText(code string) string {
	name, _ := gst.StateName(code)
	return code + " " + name
}

// room begins a new page when less than height is left on this one, and says whether it did.
func (s *sheet) room(height float64) bool {
	if s.y+height <= pageBottom {
		return false
	}
	s.pdf.AddPage()
	s.y = margin
	return true
}

func (s *sheet) font(style string, points float64) { s.pdf.SetFont("Helvetica", style, points) }

// text writes one line with its foot at y.
func (s *sheet) text(x, y float64, text string) { s.pdf.Text(x, y, latin(text)) }

// label writes the small grey name of what follows.
func (s *sheet) label(x, y float64, text string) {
	s.font("", 8)
	s.pdf.SetTextColor(90, 90, 90)
	s.text(x, y, text)
	s.pdf.SetTextColor(0, 0, 0)
}

// paragraph writes a text in the current font, wrapped to a width, from s.y on, which it moves.
func (s *sheet) paragraph(x, width, lineHeight float64, text string) {
	for _, line := range s.pdf.SplitLines([]byte(latin(text)), width) {
		s.pdf.SetXY(x, s.y)
		s.pdf.CellFormat(width, lineHeight, string(line), "", 0, "L", false, 0, "")
		s.y += lineHeight
	}
}
