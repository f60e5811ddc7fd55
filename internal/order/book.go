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

// Wanted returns the units that the customer still wants by line, whatever the seller can deliver; lines without any
// are left out.
func (b *Book) Wanted() Quantities {
	wanted := Quantities{}
	for _, line := range b.Lines {
		if units := line.Ordered - line.CustomerCancelled; units > 0 {
			wanted[line.OrderItemID] = units
		}
	}
	return wanted
}

// SellerCancelled returns the units that the seller cancelled by line; lines without any are left out.
func (b *Book) SellerCancelled() Quantities {
	cancelled := Quantities{}
	for _, line := range b.Lines {
		if line.SellerCancelled > 0 {
			cancelled[line.OrderItemID] = line.SellerCancelled
		}
	}
	return cancelled
}

// Acknowledged books what the acknowledgement settled: the customer's cancellations are what is not wanted, the
// seller's what is wanted but not confirmed, whatever was booked before.
func (b *Book) Acknowledged(wanted, confirmed Quantities) {
	for i := range b.Lines {
		line := &b.Lines[i]
		line.CustomerCancelled = line.Ordered - wanted[line.OrderItemID]
		line.SellerCancelled = wanted[line.OrderItemID] - confirmed[line.OrderItemID]
	}
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
