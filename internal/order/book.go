package order

// Book counts where every unit of an order went. It is the one place where an order's numbers add up: for each
// line, ordered = live + customer-cancelled + seller-cancelled + short-picked, the three counts that Ajio keeps
// (contracts/ajio-vms.md §5.3).
type Book struct {
	Lines []BookLine
}

// BookLine counts the units of one order line.
type BookLine struct {
	OrderItemID       string
	ItemCode          string
	Ordered           int
	CustomerCancelled int
	SellerCancelled   int
	ShortPicked       int
}

// Live returns the units that are still to be delivered.
func (l BookLine) Live() int {
	return l.Ordered - l.CustomerCancelled - l.SellerCancelled - l.ShortPicked
}

// NewBook opens the book with all units live.
func NewBook(lines []Line) *Book {
	book := &Book{}
	for _, line := range lines {
		book.Lines = append(book.Lines, BookLine{OrderItemID: line.OrderItemID, ItemCode: line.ItemCode, Ordered: line.Ordered})
	}
	return book
}

// Live returns the live units by line; lines without any are left out.
func (b *Book) Live() Quantities {
	live := Quantities{}
	for _, line := range b.Lines {
		if units := line.Live(); units > 0 {
			live[line.OrderItemID] = units
		}
	}
	return live
}

// CustomerKeeps books as customer-cancelled what exceeds the units that the customer still wants.
func (b *Book) CustomerKeeps(wanted Quantities) {
	b.lower(wanted, func(line *BookLine, units int) { line.CustomerCancelled += units })
}

// SellerKeeps books as seller-cancelled what exceeds the units that the seller can or will deliver.
func (b *Book) SellerKeeps(delivered Quantities) {
	b.lower(delivered, func(line *BookLine, units int) { line.SellerCancelled += units })
}

// Invoiced books as short-picked what was not invoiced.
func (b *Book) Invoiced(invoiced Quantities) {
	b.lower(invoiced, func(line *BookLine, units int) { line.ShortPicked += units })
}

func (b *Book) lower(to Quantities, book func(*BookLine, int)) {
	for i := range b.Lines {
		line := &b.Lines[i]
		if gone := line.Live() - to[line.OrderItemID]; gone > 0 {
			book(line, gone)
		}
	}
}
