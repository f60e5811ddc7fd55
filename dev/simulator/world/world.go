package world

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/order"
)

// World is what a simulator plays.
type World struct {
	Options
	Pobs   []Pob   `json:"pobs"`
	Orders []Order `json:"orders"` // in the order of their arrival
	Timing Timing  `json:"timing"`
}

// Pob is a point of business: a location of the seller with a credential at Ajio, an ERP and a warehouse.
type Pob struct {
	Code  string               `json:"code"`
	Name  string               `json:"name"`
	Model order.InvoicingModel `json:"model"`
	// GSTIN is the seller's. All POBs of a model have one, as a seller's locations in one state do.
	GSTIN string `json:"gstin"`
	// Buyer is Ajio's buying unit. In the RMS model it is the same for all orders, because our invoices name it.
	Buyer Buyer `json:"buyer"`
	// Settlement is the document that settles its returns.
	Settlement order.SettlementModel `json:"settlement"`
}

// Buyer is a buying unit of Ajio.
type Buyer struct {
	GSTIN string `json:"gstin"`
	City  string `json:"city"`
	State string `json:"state"`
	Zip   string `json:"zip"`
}

// The sellers.
const (
	erpSeller = "07AAPFU0939F1ZX" // in Delhi
	rmsSeller = "27AAPFU0939F1ZV" // in Maharashtra
)

// buyers take turns at the POBs of the RMS model, so that our own invoices carry CGST and SGST, or IGST.
var buyers = []Buyer{
	{GSTIN: "27AAGCB7383J1Z8", City: "Thane", State: "Maharashtra", Zip: "421302"},
	{GSTIN: "29AAGCB7383J1Z4", City: "Bengaluru", State: "Karnataka", Zip: "560001"},
}

// What everybody in the simulated world agrees on.
const (
	Partner  = "demo" // the integrator's name in Ajio's paths
	Password = "demo" // of every credential
	// ClientID is the integrator's at the IRP.
	ClientID = "demo"
	// RequestsPerMinute is Ajio's throttle per POB: far above that of production, so that a demo does not stand
	// still, and still there.
	RequestsPerMinute = 3000
)

// ordersPerPob is how many orders share a POB. The gateway serves a client 200 calls a minute
// (contracts/increff-erp.md §2.1), which two calls an order and their repeats would soon use up. More POBs than
// mostPobs are of no use: by then it is the machine that sets the pace.
const (
	ordersPerPob = 70
	mostPobs     = 6
)

// Options are what a world is made from.
type Options struct {
	Count  int           `json:"count"`
	Seed   uint64        `json:"seed"`
	Hold   time.Duration `json:"hold"` // of the acknowledgement; customers cancel within it
	Faults Faults        `json:"faults"`
	// Story, when set, is that of every order, Return of every order that is shipped, Model that of every POB.
	Story  Story                `json:"story,omitempty"`
	Return ReturnStory          `json:"return,omitempty"`
	Model  order.InvoicingModel `json:"model,omitempty"`
	// IRPLoseEvery loses the answer to every n-th registration at the IRP, RefuseEvery has Ajio refuse every n-th
	// business call until a person tries it again; 0 none.
	IRPLoseEvery int `json:"irp_lose_every,omitempty"`
	RefuseEvery  int `json:"refuse_every,omitempty"`
}

// Timing is how fast the parties act. A real PO takes hours, a real pack minutes.
type Timing struct {
	ArriveWithin  time.Duration `json:"arrive_within"` // from the first order to the last
	CancelAfter   time.Duration `json:"cancel_after"`  // from when vmsflow has seen the order
	POAfter       time.Duration `json:"po_after"`      // from the acknowledgement, and up to
	POWithin      time.Duration `json:"po_within"`
	LatePOAfter   time.Duration `json:"late_po_after"`
	InvoiceAfter  time.Duration `json:"invoice_after"`  // from the posting to the ERP
	PackAfter     time.Duration `json:"pack_after"`     // from the release
	DocumentAfter time.Duration `json:"document_after"` // from the upload to Ajio's label and B2C invoice
	ManifestEvery time.Duration `json:"manifest_every"`
	SyncEvery     time.Duration `json:"sync_every"` // vmsflow's own, of orders and of returns

	ReturnAfter   time.Duration `json:"return_after"`   // from the end of the order to its return
	ParcelAfter   time.Duration `json:"parcel_after"`   // from when the warehouse expects it
	AnnounceAfter time.Duration `json:"announce_after"` // from an RTO's parcel to Ajio's word of it
	QCStep        time.Duration `json:"qc_step"`        // from one call with QC to the next
	HeardWithin   time.Duration `json:"heard_within"`   // by when vmsflow has heard what changed at Ajio or with an order
	ShowRTOAfter  time.Duration `json:"show_rto_after"` // from when vmsflow asked for it
	NoteAfter     time.Duration `json:"note_after"`     // from the posting to the ERP to its credit note
	NoteLateBy    time.Duration `json:"note_late_by"`
	RTOGrace      time.Duration `json:"rto_grace"` // vmsflow's own, as the next
	QCGap         time.Duration `json:"qc_gap"`
}

// Order is one order with its story. Its id is Ajio's to give.
type Order struct {
	Pob     string        `json:"pob"`
	Story   Story         `json:"story"`
	Arrives time.Duration `json:"arrives"`  // from the beginning
	POAfter time.Duration `json:"po_after"` // from the acknowledgement
	Lines   []Line        `json:"lines"`
	Return  ReturnStory   `json:"return"`
}

// Line is a line of an order.
type Line struct {
	ItemCode string `json:"item_code"`
	Units    int    `json:"units"`
}

// soldOut is how many items at the head of Ajio's catalogue have no stock anywhere.
const soldOut = 3

// New makes the world that follows from the options.
func New(o Options) (World, error) {
	if o.Count < 1 || o.Count > 100_000 {
		return World{}, fmt.Errorf("%d orders: expected 1 to 100000", o.Count)
	}
	if err := o.Faults.check(); err != nil {
		return World{}, err
	}
	if err := o.check(); err != nil {
		return World{}, err
	}
	w := World{Options: o, Timing: timing(o)}
	random := rand.New(rand.NewPCG(o.Seed, 1))
	w.Pobs = pobs(o)
	step := w.Timing.ArriveWithin / time.Duration(o.Count)
	cast := w.cast()
	for place, i := range arrivals(o.Count, random) {
		w.Orders = append(w.Orders, w.order(cast[i], time.Duration(place)*step, random))
	}
	return w, nil
}

func (o Options) check() error {
	switch {
	case o.Return == NeverShipped:
		return errors.New("return never_shipped: it is for orders that are not shipped, and comes by itself")
	case o.Return != "" && !slices.Contains(ReturnStories(), o.Return):
		return fmt.Errorf("return %q: no such story", o.Return)
	case o.Model != "" && stories[o.Model] == nil:
		return fmt.Errorf("model %q: write erp or rms, or leave it empty for both", o.Model)
	case o.IRPLoseEvery < 0 || o.RefuseEvery < 0:
		return errors.New("how often the IRP loses an answer and Ajio refuses a call: expected 0, for never, or more")
	default:
		return nil
	}
}

// withRSI is the place, among every so many POBs, of the one whose returns Ajio settles by return sales invoice.
const withRSI, everyRSI = 2, 3

// pobs makes as many POBs as the orders need, the models in turn: both, unless the options want one, and both ways to
// settle returns if there are any.
func pobs(o Options) []Pob {
	needed := 1 + (o.Count-1)/ordersPerPob
	if o.Model == "" {
		needed = 2 * (1 + (o.Count-1)/(2*ordersPerPob))
		if o.Return == "" {
			needed = max(needed, withRSI+1)
		}
	}
	var made []Pob
	ours := 0
	for i := range min(mostPobs, needed) {
		pob := Pob{Code: fmt.Sprintf("DV%07d", 12345+i), Name: fmt.Sprintf("Nilaya %d", i+1), Model: o.Model, GSTIN: erpSeller, Buyer: buyers[1]}
		pob.Settlement = order.CreditNoteModel
		if i%everyRSI == withRSI {
			pob.Settlement = order.RSIModel
		}
		if pob.Model == "" {
			pob.Model = []order.InvoicingModel{order.ERPModel, order.RMSModel}[i%2]
		}
		if pob.Model == order.RMSModel {
			pob.GSTIN, pob.Buyer = rmsSeller, buyers[ours%len(buyers)]
			ours++
		}
		made = append(made, pob)
	}
	return made
}

// part is who an order is: where it comes in, what becomes of it, and what comes back.
type part struct {
	pob     Pob
	story   Story
	returns ReturnStory
}

// cast lets the orders take turns at the models, each of which goes through its stories and its POBs.
func (w *World) cast() []part {
	pobs := map[order.InvoicingModel][]Pob{}
	var models []order.InvoicingModel
	for _, pob := range w.Pobs {
		if pobs[pob.Model] == nil {
			models = append(models, pob.Model)
		}
		pobs[pob.Model] = append(pobs[pob.Model], pob)
	}
	parts := make([]part, w.Count)
	back := returning{world: w, shipped: map[[2]string]int{}}
	for i := range parts {
		model, turn := models[i%len(models)], i/len(models)
		p := part{pob: pobs[model][turn%len(pobs[model])], story: w.Story}
		if w.Story == "" {
			p.story = storyOf(model, turn)
		}
		p.returns = back.next(p)
		parts[i] = p
	}
	return parts
}

// arrivals shuffles the places of the stories, but never over a block of stories, so that every outcome is in
// reach from the beginning.
func arrivals(n int, random *rand.Rand) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	const together = 25
	for start := 0; start < n; start += together {
		block := places[start:min(start+together, n)]
		random.Shuffle(len(block), func(i, j int) { block[i], block[j] = block[j], block[i] })
	}
	return places
}

func timing(o Options) Timing {
	return Timing{
		ArriveWithin:  arriveWithin(o.Count),
		CancelAfter:   o.Hold * 3 / 10,
		POAfter:       time.Second,
		POWithin:      4 * time.Second,
		LatePOAfter:   8 * time.Second,
		InvoiceAfter:  time.Second,
		PackAfter:     time.Second,
		DocumentAfter: documentAfter(o.Faults),
		// Rarer in a big world, so that manifests fill up.
		ManifestEvery: max(3*time.Second, time.Duration(o.Count)*20*time.Millisecond),
		SyncEvery:     2 * time.Second,

		// By then the order has heard of its manifest; a return that is faster waits a minute for it.
		ReturnAfter:   3 * time.Second,
		ParcelAfter:   time.Second,
		AnnounceAfter: time.Second,
		QCStep:        time.Second,
		HeardWithin:   heardWithin(o.Faults),
		ShowRTOAfter:  time.Second,
		NoteAfter:     time.Second,
		NoteLateBy:    5 * time.Second,
		RTOGrace:      5 * time.Second,
		QCGap:         qcGap(o.Faults),
	}
}

// heardWithin is a few turns of the sync, of which a storm may take some away.
func heardWithin(f Faults) time.Duration {
	if f == Storm {
		return 20 * time.Second
	}
	return 8 * time.Second
}

// qcGap is how long vmsflow waits for the next call with QC: longer than a warehouse that repeats its calls needs from one
// to the next.
func qcGap(f Faults) time.Duration {
	if f == Storm {
		return 15 * time.Second
	}
	return 6 * time.Second
}

// arriveWithin lets ten orders a second come in, and when there are many five: what Temporal on SQLite keeps up with
// on two cores.
func arriveWithin(orders int) time.Duration {
	const few, fast, steady = 50, 100 * time.Millisecond, 200 * time.Millisecond
	return time.Duration(min(orders, few))*fast + time.Duration(max(0, orders-few))*steady
}

// documentAfter is how long Ajio takes over its label and B2C invoice. In a storm vmsflow asks too early and has to
// ask again.
func documentAfter(f Faults) time.Duration {
	if f == Storm {
		return 300 * time.Millisecond
	}
	return 0
}

func (w *World) order(p part, arrives time.Duration, random *rand.Rand) Order {
	story := p.story
	o := Order{
		Pob: p.pob.Code, Story: story, Arrives: arrives, Return: p.returns,
		POAfter: w.Timing.POAfter + time.Duration(random.Int64N(int64(w.Timing.POWithin-w.Timing.POAfter))),
	}
	if story == LatePO {
		o.POAfter = w.Timing.LatePOAfter
	}
	lines := max(story.leastLines(), 1+random.IntN(3))
	for i, item := range itemsFor(story, lines, random) {
		line := Line{ItemCode: item, Units: 1 + random.IntN(2)}
		if i == 0 { // what the story takes away must not be missing to what comes back
			line.Units = max(line.Units, story.leastUnits()+p.returns.leastUnits()-1)
		}
		o.Lines = append(o.Lines, line)
	}
	return o
}

// itemsFor chooses the items of an order, each once unless the story wants otherwise.
func itemsFor(story Story, lines int, random *rand.Rand) []string {
	catalogue := ajiotest.Catalogue()
	var items []string
	for _, i := range random.Perm(len(catalogue) - soldOut)[:lines] {
		items = append(items, catalogue[i+soldOut].ItemCode)
	}
	switch story {
	case NoStock:
		for i := range items {
			items[i] = catalogue[i%soldOut].ItemCode
		}
	case LineWithoutStock:
		items[len(items)-1] = catalogue[0].ItemCode
	case SameItemTwice:
		items[1] = items[0]
	}
	return items
}

// Pob is the POB with a code; the zero Pob for any other.
func (w *World) Pob(code string) Pob {
	for _, pob := range w.Pobs {
		if pob.Code == code {
			return pob
		}
	}
	return Pob{}
}

// Returns is how many returns come of all orders.
func (w *World) Returns() int {
	returns := 0
	for _, o := range w.Orders {
		returns += o.Return.Returns()
	}
	return returns
}

// Stock is what a POB has on hand in the beginning, by item code: so much that only the items that are sold out
// are ever short.
func (w *World) Stock(pob string) map[string]int {
	const margin = 5
	stock := map[string]int{}
	for _, article := range ajiotest.Catalogue()[soldOut:] {
		stock[article.ItemCode] = margin
	}
	for _, o := range w.Orders {
		for _, line := range o.Lines {
			if units, sold := stock[line.ItemCode]; sold && o.Pob == pob {
				stock[line.ItemCode] = units + line.Units
			}
		}
	}
	return stock
}
