package workflows_test

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows"
	"vmsflow/workflows/contract"
	"vmsflow/workflows/searchattr"
)

// world stands in for everything outside an order. It takes every call, can refuse the first ones of a kind, and
// keeps the list of what was done, in order.
type world struct {
	t        *testing.T
	env      *testsuite.TestWorkflowEnvironment // nil on a real server
	registry registry

	attributes map[string]string
	attentions []string // one after the other
	mustTake   []*answer

	mu sync.Mutex // the activities of a real server run side by side
	story
}

// story is what goes wrong with one order, and what came of it.
type story struct {
	done     []string          // activities that had their effect
	refuse   map[string]int    // how many calls of an activity are refused first
	refuseAs map[string]string // with which attention; test_refused unless it is named here
	outages  map[string]int    // how many calls of an activity go unanswered for over an hour first
	during   map[string]func()

	// What the others answer.
	reserved    order.Quantities              // what stock there is; nil: everything
	acknowledge *activities.AcknowledgeResult // what Ajio makes of the acknowledgement; nil: what we asked
	verdict     func(*einvoice.Verdict)
	po          order.PurchaseOrder // as Ajio shows it when it is read again
	irnTooLate  bool
	manifest    contract.ManifestResult

	// What they were told.
	acknowledged order.Quantities
	released     order.Quantities
	releasedOf   order.Quantities // what the warehouse has of it
	made         activities.MakeInvoiceInput
	uploaded     int64            // the id of the B2B invoice's document
	kept         order.Quantities // in stock
	stopped      []activities.StopInput
	cutAjio      activities.CancelUnitsInput
	cancelAjio   activities.CancelInput
	cancelERP    activities.CancelPostingInput
	ended        activities.EndInput
}

// registry takes the stand-ins: the test environment, or the workers of a real server.
type registry interface {
	RegisterActivityWithOptions(any, activity.RegisterOptions)
}

const (
	pob       = "DV0012345"
	orderID   = "S1725110042"
	firstLine = orderID + "0001"
)

// The story order: two lines, three units.
func storyOrder() order.Order {
	return order.Order{
		Pob: pob, ID: orderID, OrderTime: time.Date(2025, 11, 17, 4, 35, 0, 0, time.UTC), PaymentMethod: "PREPAID",
		Carrier: "DELHIVERY", TrackingNumber: "AJ7700012345",
		Lines: []order.Line{
			{OrderItemID: "S17251100420001", ItemCode: "469876543001", EAN: "8901234567890", Ordered: 2},
			{OrderItemID: "S17251100420002", ItemCode: "469880012004", EAN: "8901234567906", Ordered: 1},
		},
	}
}

func storyInput() contract.ForwardOrderInput {
	return contract.ForwardOrderInput{Order: storyOrder(), Policy: contract.Policy{
		Model: order.ERPModel, PostToERP: true, AckHold: 4 * time.Hour, POOverdueAfter: 48 * time.Hour,
		InvoiceOverdueAfter: 24 * time.Hour, PackOverdueAfter: 24 * time.Hour,
	}}
}

func units(first, second int) order.Quantities {
	q := order.Quantities{}
	if first > 0 {
		q["S17251100420001"] = first
	}
	if second > 0 {
		q["S17251100420002"] = second
	}
	return q
}

func storyPO(first, second int) order.PurchaseOrder {
	return order.PurchaseOrder{
		Number: "4700123456", Date: time.Date(2025, 11, 17, 10, 12, 10, 0, time.UTC), Amount: 325500,
		BuyerGSTIN: "29AAGCB7383J1Z4",
		Lines: []order.POLine{
			{OrderItemID: "S17251100420001", ItemCode: "469876543001", HSN: "62052000", Units: first, BasePrice: 95000, IGST: 9500, TaxRate: 500},
			{OrderItemID: "S17251100420002", ItemCode: "469880012004", HSN: "61091000", Units: second, BasePrice: 120000, IGST: 6000, TaxRate: 500},
		},
	}
}

func storyInvoice(change ...func(*contract.ERPInvoice)) contract.ERPInvoice {
	full := false
	invoice := contract.ERPInvoice{DocumentID: 7, B2BInvoicePosting: increff.B2BInvoicePosting{
		InvoiceNumber: "AJ/25-26/000421", InvoiceDate: increff.At(time.Date(2025, 11, 17, 10, 30, 0, 0, time.UTC)),
		ForwardPurchaseOrder: "4700123456", IrnNumber: "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130",
		QrCode: "signed.qr.code", IsPartialInvoice: &full,
	}}
	for _, c := range change {
		c(&invoice)
	}
	return invoice
}

func storyPack(first, second int) increff.PackRequest {
	return increff.PackRequest{
		OrderCode: orderID, LocationCode: pob, ChannelName: "AJIO",
		ShipmentItems: []increff.ShipmentItem{
			{ChannelSkuCode: "469876543001", QuantityToPack: &first}, {ChannelSkuCode: "469880012004", QuantityToPack: &second},
		},
	}
}

func manifested() contract.ManifestOutcome {
	return contract.ManifestOutcome{Key: "87456", ManifestID: "MF2511170008", Carrier: "DELHIVERY"}
}

// newWorld sets an order's world up, in which everything goes well.
func newWorld(t *testing.T) *world {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	w := newActors(t, env)
	w.env = env
	workflows.Register(w.env)
	w.env.SetTestTimeout(20 * time.Second)
	w.env.SetStartTime(time.Date(2025, 11, 17, 5, 0, 0, 0, time.UTC))

	w.attributes = map[string]string{}
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		for key, value := range args.Get(0).(temporal.SearchAttributes).GetUntypedValues() {
			text, _ := value.(string)
			w.attributes[key.GetName()] = text
			if key.GetName() == searchattr.Attention.GetName() {
				w.attentions = append(w.attentions, text)
			}
		}
	}).Return(nil).Maybe()
	return w
}

// newStory is one in which nothing goes wrong.
func newStory() story {
	return story{refuse: map[string]int{}, outages: map[string]int{}, during: map[string]func(){}, po: storyPO(2, 1)}
}

// newActors registers everybody with whom an order has to do; all goes well with them.
func newActors(t *testing.T, r registry) *world {
	t.Helper()
	w := &world{t: t, registry: r, story: newStory()}
	fake(w, "SoftReserve", func(o order.Order) order.Quantities {
		if w.reserved != nil {
			return w.reserved
		}
		q := order.Quantities{}
		for _, line := range o.Lines {
			q[line.OrderItemID] = line.Ordered
		}
		return q
	})
	fake(w, "Acknowledge", func(in activities.AcknowledgeInput) activities.AcknowledgeResult {
		if w.acknowledge != nil {
			return *w.acknowledge
		}
		confirmed := order.Quantities{}
		for id, n := range in.Wanted {
			if kept := min(n, in.Reserved[id]); kept > 0 {
				confirmed[id] = kept
			}
		}
		w.acknowledged = confirmed
		return activities.AcknowledgeResult{Wanted: in.Wanted, Confirmed: confirmed}
	})
	fake(w, "ReadPurchaseOrder", func(activities.OrderRef) order.PurchaseOrder { return w.po })
	fake(w, "AnnounceOrder", func(activities.PostOrderInput) struct{} { return struct{}{} })
	fake(w, "PostOrder", func(activities.PostOrderInput) struct{} { return struct{}{} })
	fake(w, "ArchiveInvoice", func(in activities.ArchiveInput) activities.ArchiveResult {
		if in.PDF == "broken" {
			return activities.ArchiveResult{Problem: "invoicePdf: INV-4 is not base64"}
		}
		return activities.ArchiveResult{Document: activities.DocumentRef{Kind: "b2b_invoice", ID: 8}}
	})
	// Judged without keys, whose place is in the tests of internal/einvoice.
	w.registry.RegisterActivityWithOptions(func(in activities.JudgeInput) (einvoice.Verdict, error) {
		in.Facts.Now = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)
		in.Posting.SignedQR = "" // it would be refused or unknown
		verdict := einvoice.Check(in.Posting, in.Facts, einvoice.Rules{SellerGSTIN: "27AAPFU0939F1ZV"})
		verdict.Refused = slices.DeleteFunc(verdict.Refused, func(v einvoice.Violation) bool { return v.Rule == "INV-3" })
		if w.verdict != nil {
			w.verdict(&verdict)
		}
		return verdict, nil
	}, activity.RegisterOptions{Name: activities.JudgeInvoice})
	fake(w, "RefuseInvoice", func(activities.RefuseInput) struct{} { return struct{}{} })
	fake(w, "FetchInvoice", func(activities.FetchInput) activities.DocumentRef {
		return activities.DocumentRef{Kind: "b2b_invoice", ID: 11}
	})
	fake(w, "MakeInvoice", func(in activities.MakeInvoiceInput) activities.MadeInvoice {
		w.made = in
		return activities.MadeInvoice{Invoice: order.Invoice{Number: "AJ/25-26/000001", SignedQR: "signed.qr.code", Quantities: in.Packed, DocumentID: 12}}
	})
	fake(w, "CancelIRN", func(activities.OrderRef) activities.CancelIRNResult {
		return activities.CancelIRNResult{TooLate: w.irnTooLate}
	})
	fake(w, "ReleaseForPicking", func(in activities.ReleaseInput) struct{} {
		w.released, w.releasedOf = in.Keep, in.Announced
		return struct{}{}
	})
	fake(w, "GenerateB2BInvoice", func(activities.InvoiceInput) struct{} { return struct{}{} })
	fake(w, "AttachIRN", func(in activities.InvoiceInput) struct{} {
		require.NotEmpty(w.t, in.Invoice.SignedQR, "the IRN goes with its QR")
		return struct{}{}
	})
	fake(w, "UploadB2BInvoice", func(in activities.InvoiceInput) struct{} { w.uploaded = in.Invoice.DocumentID; return struct{}{} })
	fake(w, "FetchB2CInvoice", func(activities.OrderRef) activities.DocumentRef {
		return activities.DocumentRef{Kind: "b2c_invoice", ID: 9}
	})
	fake(w, "FetchLabel", func(activities.OrderRef) activities.Label {
		return activities.Label{DocumentRef: activities.DocumentRef{Kind: "shipping_label", ID: 10}, TrackingNumber: "AJ7700012345"}
	})
	fake(w, "CreateManifest", func(in contract.ManifestInput) contract.ManifestResult {
		if w.manifest.ManifestID != "" || w.manifest.Refused != nil {
			return w.manifest
		}
		return contract.ManifestResult{ManifestID: "MF2511170009", Included: []string{orderID}}
	})
	fake(w, "MarkEnding", func(activities.EndInput) struct{} { return struct{}{} })
	stop := func(in activities.StopInput) struct{} { w.stopped = append(w.stopped, in); return struct{}{} }
	fake(w, "StopOrder", stop)
	fake(w, "StopUnits", stop)
	fake(w, "KeepReserved", func(in activities.KeepInput) struct{} { w.kept = in.Keep; return struct{}{} })
	fake(w, "CancelUnits", func(in activities.CancelUnitsInput) struct{} { w.cutAjio = in; return struct{}{} })
	fake(w, "CancelOrder", func(in activities.CancelInput) activities.CancelResult {
		w.cancelAjio = in
		return activities.CancelResult{}
	})
	fake(w, "CancelPosting", func(in activities.CancelPostingInput) struct{} { w.cancelERP = in; return struct{}{} })
	fake(w, "EndOrder", func(in activities.EndInput) struct{} { w.ended = in; return struct{}{} })
	return w
}

// fake registers a stand-in for an activity.
func fake[I, O any](w *world, name string, act func(I) O) {
	w.registry.RegisterActivityWithOptions(func(in I) (O, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.refuse[name] > 0 {
			w.refuse[name]--
			var none O
			return none, activities.Refuse(cmp.Or(w.refuseAs[name], "test_refused"), nil, "%s was refused", name)
		}
		if w.outages[name] > 0 {
			w.outages[name]--
			var none O
			return none, temporal.NewNonRetryableApplicationError("connection refused", "Outage", nil)
		}
		if during := w.during[name]; during != nil {
			during()
		}
		w.done = append(w.done, name)
		return act(in), nil
	}, activity.RegisterOptions{Name: name})
}

// at does something after a delay of workflow time.
func (w *world) at(delay time.Duration, do func()) { w.env.RegisterDelayedCallback(do, delay) }

func (w *world) signal(name string, payload any) { w.env.SignalWorkflow(name, payload) }

// happen lets the usual messages come in, after the hold and one hour apart.
func (w *world) happen() {
	w.at(5*time.Hour, func() { w.signal(contract.SignalPODetails, storyPO(2, 1)) })
	w.at(6*time.Hour, func() { w.signal(contract.SignalERPInvoice, storyInvoice()) })
	w.at(7*time.Hour, func() { w.signal(contract.SignalPacked, storyPack(2, 1)) })
	w.at(8*time.Hour, func() { w.signal(contract.SignalManifested, manifested()) })
}

// run runs the story order to its end and returns the state it ended in.
func (w *world) run() contract.OrderState {
	w.t.Helper()
	return w.runWith(storyInput())
}

func (w *world) runWith(in contract.ForwardOrderInput) contract.OrderState {
	w.t.Helper()
	w.env.ExecuteWorkflow(contract.ForwardOrder, in)
	require.True(w.t, w.env.IsWorkflowCompleted(), "the order is still open")
	require.NoError(w.t, w.env.GetWorkflowError())
	for _, a := range w.mustTake {
		require.NoError(w.t, a.err)
		require.True(w.t, a.accepted)
	}
	var state contract.OrderState
	require.NoError(w.t, w.env.GetWorkflowResult(&state))
	for _, line := range state.Lines {
		require.Equal(w.t, line.Ordered, line.Live+line.CustomerCancelled+line.SellerCancelled+line.ShortPicked,
			"the units of line %s add up", line.OrderItemID)
	}
	return state
}

// state asks the running order where it stands.
func (w *world) state() contract.OrderState {
	w.t.Helper()
	value, err := w.env.QueryWorkflow(contract.QueryState)
	require.NoError(w.t, err)
	var state contract.OrderState
	require.NoError(w.t, value.Get(&state))
	return state
}

// attribute is the last value that was set for a search attribute.
func (w *world) attribute(key temporal.SearchAttributeKeyKeyword) string {
	return w.attributes[key.GetName()]
}

// update sends an operator's update and returns what became of it, once the order has taken or refused it.
func (w *world) update(name string, payload any) *answer {
	a := &answer{}
	w.env.UpdateWorkflow(name, fmt.Sprintf("%s-%p", name, a), a, payload)
	return a
}

// accepted sends an update that the order must take; the run checks that it did.
func (w *world) accepted(name string, payload any) {
	w.mustTake = append(w.mustTake, w.update(name, payload))
}

func (w *world) did(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.done, name)
}

// answer takes the callbacks of an update.
type answer struct {
	accepted bool
	err      error
}

func (a *answer) Accept()                   { a.accepted = true }
func (a *answer) Reject(err error)          { a.err = err }
func (a *answer) Complete(_ any, err error) { a.err = err }

// quiet drops the SDK's log.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
