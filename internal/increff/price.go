package increff

import "vmsflow/internal/order"

// PaymentMethod maps Ajio's COD and PREPAID to Increff's COD and NCOD (contracts/increff-erp.md §5.1).
func PaymentMethod(ajio string) string {
	if ajio == "COD" {
		return "COD"
	}
	return "NCOD"
}

// TaxPerUnit is a line's tax divided by its units, half up to the paisa: Ajio states taxes per line.
func TaxPerUnit(line order.POLine) order.Paise { return perUnit(line.Tax(), line.Units) }

// SellingPrice is the B2B price of one unit with tax; several lines of one SKU share their average, so that the
// total stays what Ajio's PO says. Lines without units do not count.
func SellingPrice(lines ...order.POLine) order.Paise {
	if len(lines) == 1 {
		return lines[0].BasePrice + TaxPerUnit(lines[0])
	}
	var total order.Paise
	units := 0
	for _, line := range lines {
		total += line.BasePrice*order.Paise(line.Units) + line.Tax()
		units += line.Units
	}
	return perUnit(total, units)
}

func perUnit(total order.Paise, units int) order.Paise {
	if units <= 0 {
		return 0
	}
	return (2*total + order.Paise(units)) / order.Paise(2*units)
}
