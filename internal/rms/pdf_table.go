package rms

import (
	"fmt"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// column is one of the table of lines.
type column struct {
	head  string
	width float64 // mm
	value func(i int, line Line) string
	under func(line Line) string // a second, smaller line; nil for none
	total func(inv Invoice) string
}

// columns returns the table's columns: IGST, or CGST and SGST, as the invoice is split. The description takes what
// the others leave.
func columns(split gst.Split) []column {
	money := func(head string, width float64, of func(Line) order.Paise, sum func(Invoice) order.Paise) column {
		c := column{head: head, width: width, value: func(_ int, line Line) string { return figures(of(line)) }}
		if sum != nil {
			c.total = func(inv Invoice) string { return figures(sum(inv)) }
		}
		return c
	}
	tax := func(name string, half bool, of func(Tax) order.Paise) column {
		c := money(name, 19, func(line Line) order.Paise { return of(line.Tax) }, func(inv Invoice) order.Paise { return of(inv.Tax) })
		if half {
			c.under = func(line Line) string { return "at " + halves(line.Rate) + " %" }
		}
		return c
	}
	taxes := []column{tax("IGST", false, func(t Tax) order.Paise { return t.IGST })}
	if split == gst.CGSTAndSGST {
		taxes = []column{
			tax("CGST", true, func(t Tax) order.Paise { return t.CGST }),
			tax("SGST", true, func(t Tax) order.Paise { return t.SGST }),
		}
	}
	before := []column{
		{head: "No", width: 7, value: func(i int, _ Line) string { return fmt.Sprint(i + 1) }},
		{head: "Description, item code, EAN", value: func(_ int, line Line) string { return line.Description }, total: func(Invoice) string { return "Total" }},
		{head: "HSN", width: 16, value: func(_ int, line Line) string { return line.HSN }},
		{
			head: "Qty", width: 11, value: func(_ int, line Line) string { return fmt.Sprint(line.Units) },
			total: func(inv Invoice) string { return fmt.Sprint(inv.Units()) },
		},
		{head: "Unit", width: 9, value: func(int, Line) string { return Unit }},
		money("Unit price", 19, func(line Line) order.Paise { return line.UnitPrice }, nil),
		money("Taxable value", 21, func(line Line) order.Paise { return line.Taxable }, func(inv Invoice) order.Paise { return inv.Taxable }),
		{head: "GST rate", width: 14, value: func(_ int, line Line) string { return line.Rate.String() + " %" }},
	}
	total := money("Total", 21, func(line Line) order.Paise { return line.Total }, func(inv Invoice) order.Paise { return inv.Total })
	all := append(append(before, taxes...), total)
	all[descriptionColumn].width = textWidth
	for i, c := range all {
		if i != descriptionColumn {
			all[descriptionColumn].width -= c.width
		}
	}
	return all
}

const descriptionColumn = 1

// halves writes half of a rate, which may have three decimal places: 0.25 % is twice 0.125 %.
func halves(rate gst.Rate) string {
	if rate%2 == 0 {
		return (rate / 2).String()
	}
	return fmt.Sprintf("%d.%03d", rate/200, rate%200*5)
}

const (
	headHeight = 6.0
	rowLine    = 3.7 // height of a line of text in a row
	smallLine  = 3.1
)

// table lists the lines, over as many pages as they need, with the head on each, and their sums.
func (s *sheet) table() {
	cols := columns(s.inv.Split)
	s.room(4 * headHeight)
	s.label(margin, s.y+2.5, "All amounts in Indian rupees (INR)")
	s.y += 4
	s.tableHead(cols)
	for i, line := range s.inv.Lines {
		s.row(cols, i, line)
	}
	if s.room(headHeight) {
		s.tableHead(cols)
	}
	s.font("B", 8)
	s.cells(cols, headHeight, true, func(c column) string {
		if c.total == nil {
			return ""
		}
		return c.total(s.inv)
	})
	s.y += headHeight + 3
}

func (s *sheet) tableHead(cols []column) {
	s.font("B", 7.5)
	s.cells(cols, headHeight, true, func(c column) string { return c.head })
	s.y += headHeight
}

// cells writes one frame and text for each column; the description stands to the left, all else to the right.
func (s *sheet) cells(cols []column, height float64, grey bool, text func(column) string) {
	s.pdf.SetFillColor(232, 232, 232)
	x := margin
	for i, c := range cols {
		style := "D"
		if grey {
			style = "FD"
		}
		s.pdf.Rect(x, s.y, c.width, height, style)
		s.aligned(x, c.width, s.y+1, headHeight-2, text(c), i == descriptionColumn)
		x += c.width
	}
}

// row writes one line of the invoice. Its description may wrap; the row stays on one page.
func (s *sheet) row(cols []column, i int, line Line) {
	width := cols[descriptionColumn].width - 2*padding
	codes := "Item " + line.ItemCode
	if line.EAN != "" {
		codes += ", EAN " + line.EAN
	}
	s.font("", 8)
	described := s.pdf.SplitLines([]byte(latin(line.Description)), width)
	s.font("", 7)
	coded := s.pdf.SplitLines([]byte(latin(codes)), width)
	height := max(float64(len(described))*rowLine+float64(len(coded))*smallLine, rowLine+smallLine) + 2
	if s.room(height) {
		s.tableHead(cols)
	}
	s.font("", 8)
	s.cells(cols, height, false, func(c column) string {
		if c.head == cols[descriptionColumn].head {
			return ""
		}
		return c.value(i, line)
	})
	top := s.y
	s.y += 1
	s.font("", 8)
	s.paragraph(margin+cols[0].width+padding, width, rowLine, line.Description)
	s.font("", 7)
	s.paragraph(margin+cols[0].width+padding, width, smallLine, codes)
	x := margin
	for _, c := range cols {
		if c.under != nil {
			s.aligned(x, c.width, top+1+rowLine, smallLine, c.under(line), false)
		}
		x += c.width
	}
	s.y = top + height
}

// aligned writes a text into a column, to the left or to the right, in the current font or a smaller one if it would
// not fit: an amount is never cut.
func (s *sheet) aligned(x, width, y, height float64, text string, left bool) {
	text = latin(text)
	points, _ := s.pdf.GetFontSize()
	room := width - 2*padding
	if wide := s.pdf.GetStringWidth(text); wide > room {
		s.pdf.SetFontSize(points * room / wide)
		defer s.pdf.SetFontSize(points)
	}
	align := "R"
	if left {
		align = "L"
	}
	s.pdf.SetXY(x+padding, y)
	s.pdf.CellFormat(room, height, text, "", 0, align, false, 0, "")
}

// sums repeats the totals, in words to the left and in figures to the right, all on one page.
func (s *sheet) sums() {
	const figuresWidth, line = 75.0, 5.0
	rows := [][2]string{{"Taxable value", figures(s.inv.Taxable)}}
	if s.inv.Split == gst.CGSTAndSGST {
		rows = append(rows, [2]string{"CGST", figures(s.inv.Tax.CGST)}, [2]string{"SGST", figures(s.inv.Tax.SGST)})
	} else {
		rows = append(rows, [2]string{"IGST", figures(s.inv.Tax.IGST)})
	}
	rows = append(rows, [2]string{"Total tax", figures(s.inv.Tax.Total())})
	s.room(line * float64(len(rows)+2))
	top := s.y
	left := margin + textWidth - figuresWidth
	for _, row := range rows {
		s.font("", 9)
		s.sum(left, figuresWidth, line, row[0], row[1], false)
	}
	s.font("B", 10)
	s.sum(left, figuresWidth, line+2, "Invoice total", "INR "+figures(s.inv.Total), true)
	below := s.y
	s.y = top
	s.label(margin, s.y+3, "Invoice total in words")
	s.y += 4.5
	s.font("B", 9)
	s.paragraph(margin, left-margin-6, 4.4, inWords(s.inv.Total))
	s.y = max(below, s.y) + 5
}

func (s *sheet) sum(x, width, height float64, name, amount string, grey bool) {
	style := "D"
	if grey {
		style = "FD"
	}
	s.pdf.Rect(x, s.y, width, height, style)
	s.aligned(x, width/2, s.y, height, name, true)
	s.aligned(x+width/2, width/2, s.y, height, amount, false)
	s.y += height
}
