package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/erp"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse"
	"vmsflow/internal/warehouse/warehousetest"
)

// site is a seller's ERP and warehouse, simulated over real HTTP, and a registered order with its PO.
type site struct {
	db        *postgres.DB
	erpSim    *erptest.Server
	wmsSim    *warehousetest.Server
	erp       *activities.ERP
	warehouse *activities.Warehouse
	in        activities.PostOrderInput
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		db:     pgtest.New(t),
		erpSim: erptest.NewServer(erptest.Options{Behaviour: func(string) erptest.Behaviour { return erptest.Never }}),
		wmsSim: warehousetest.NewServer(warehousetest.Options{PackDelay: time.Hour}),
	}
	t.Cleanup(s.erpSim.Close)
	t.Cleanup(s.wmsSim.Close)
	for _, faults := range []*simulate.Plan{s.erpSim.Faults, s.wmsSim.Faults} {
		faults.HangFor, faults.SlowFor = 100*time.Millisecond, time.Millisecond
	}
	erpClient, err := erp.New(erp.Config{
		OrderURL: s.erpSim.URL + "/orders", ReturnURL: s.erpSim.URL + "/returns", CredentialURL: s.erpSim.URL + "/credential",
	})
	require.NoError(t, err)
	warehouseClient, err := warehouse.New(warehouse.Config{BaseURL: s.wmsSim.URL})
	require.NoError(t, err)
	s.erp = &activities.ERP{DB: s.db, Channels: map[string]activities.ERPChannel{
		pob: {Client: erpClient, Channel: erp.Channel{Pob: pob, SellerGSTIN: "27AAPFU0939F1ZV", PartnerCode: "1100045678", PartnerLocationCode: "KA01"}},
	}}
	s.warehouse = &activities.Warehouse{DB: s.db, Clients: map[string]*warehouse.Client{pob: warehouseClient}}

	o := order.Order{Pob: pob, ID: "S1725110042", OrderTime: time.Now().Add(-5 * time.Hour), PaymentMethod: "PREPAID", Lines: []order.Line{
		{OrderItemID: "1", ItemCode: "469876543001", EAN: "8901234567890", Ordered: 2},
		{OrderItemID: "2", ItemCode: "469880012004", EAN: "8901234567906", Ordered: 1},
	}}
	po := order.PurchaseOrder{Number: "4700123456", Date: time.Now(), Amount: 325500, BuyerGSTIN: "29AAGCB7383J1Z4", Lines: []order.POLine{
		{OrderItemID: "1", ItemCode: "469876543001", EAN: "8901234567890", HSN: "62052000", Units: 2, BasePrice: 95000, IGST: 9500, TaxRate: 500},
		{OrderItemID: "2", ItemCode: "469880012004", EAN: "8901234567906", HSN: "61091000", Units: 1, BasePrice: 120000, IGST: 6000, TaxRate: 500},
	}}
	s.in = activities.PostOrderInput{Order: o, PO: po}
	_, err = s.db.RegisterOrder(t.Context(), o, order.ERPModel)
	require.NoError(t, err)
	require.NoError(t, s.db.LoadStock(t.Context(), pob, []postgres.StockLevel{{ItemCode: "469876543001", OnHand: 5}, {ItemCode: "469880012004", OnHand: 5}}))
	_, err = s.db.Reserve(t.Context(), pob, o.ID, o.Lines)
	require.NoError(t, err)
	return s
}

// stop keeps some units of what the warehouse was given.
func (s *site) stop(keep order.Quantities) activities.StopInput {
	return activities.StopInput{PostOrderInput: s.in, Announced: s.in.PO.Units(), Keep: keep}
}

func TestUnitsAreStoppedInTheWarehouseInAbsoluteTotals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	require.NoError(t, runner()(s.warehouse.AnnounceOrder, s.in))
	require.NoError(t, runner()(s.warehouse.ReleaseForPicking, activities.ReleaseInput{StopInput: s.stop(s.in.PO.Units())}))
	cut := s.stop(order.Quantities{"1": 1, "2": 1})
	cut.Before = s.in.PO.Units()
	for range 2 { // a repeat names the same totals
		require.NoError(t, runner()(s.warehouse.StopUnits, cut))
	}
	known, err := s.db.Order(t.Context(), pob, s.in.Order.ID)
	require.NoError(t, err)
	require.Equal(t, order.Quantities{"1": 1, "2": 1}, known.Released, "the gateway takes no more than is left for packed")
	require.NoError(t, runner()(s.warehouse.StopOrder, s.stop(nil)))
	require.Empty(t, s.wmsSim.Violations())
}

func TestAWarehouseThatRefusesAStopKeepsWhatItHad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	require.NoError(t, runner()(s.warehouse.AnnounceOrder, s.in))
	require.NoError(t, runner()(s.warehouse.ReleaseForPicking, activities.ReleaseInput{StopInput: s.stop(s.in.PO.Units())}))
	s.wmsSim.Faults.Next(warehousetest.CallStop, simulate.Refused, 1)
	cut := s.stop(order.Quantities{"1": 1})
	cut.Before = s.in.PO.Units()
	err := runner()(s.warehouse.StopUnits, cut)
	require.Equal(t, activities.AttentionWarehouseRefused, activities.RefusalOf(err).Attention)
	known, err := s.db.Order(t.Context(), pob, s.in.Order.ID)
	require.NoError(t, err)
	require.Equal(t, s.in.PO.Units(), known.Released)
}

func effects(ledger *simulate.Ledger, name string) int {
	return len(ledger.Calls(func(c simulate.Call) bool { return c.Name == name && c.Effect }))
}

var transportFaults = []simulate.Fault{
	simulate.None, simulate.TooManyRequests, simulate.ServerError, simulate.Unavailable, simulate.Timeout, simulate.Slow, simulate.AnswerLost,
}

func TestTheERPHearsOfAnOrderOnceAndOfItsCancellationOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range transportFaults {
		t.Run(string("fault "+fault), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.erpSim.Faults.Next(erptest.CallCreate, fault, 2)
			s.erpSim.Faults.Next(erptest.CallCancel, fault, 2)
			cancel := activities.CancelPostingInput{PostOrderInput: s.in, Reason: "SHORT_AFTER_EINVOICE"}
			for range 2 { // a step that is retried after it had succeeded changes nothing
				require.NoError(t, runner()(s.erp.PostOrder, s.in))
			}
			for range 2 {
				require.NoError(t, runner()(s.erp.CancelPosting, cancel))
			}
			require.Equal(t, 1, effects(s.erpSim.Ledger, erptest.CallCreate))
			require.Equal(t, 1, effects(s.erpSim.Ledger, erptest.CallCancel))
			require.Empty(t, s.erpSim.Violations())
		})
	}
}

func TestTheERPIsToldOfACancellationOnlyIfItMayKnowTheOrder(t *testing.T) {
	t.Parallel()
	t.Run("never posted: it hears nothing", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		require.NoError(t, runner()(s.erp.CancelPosting, activities.CancelPostingInput{PostOrderInput: s.in}))
		require.Empty(t, s.erpSim.Ledger.Calls(nil))
	})
	t.Run("posted, and the worker died before the answer: CREATE again, then CANCEL", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.erpSim.Faults.Next(erptest.CallCreate, simulate.Refused, 1)
		require.Error(t, runner()(s.erp.PostOrder, s.in)) // the message is stored, not accepted
		require.NoError(t, runner()(s.erp.CancelPosting, activities.CancelPostingInput{PostOrderInput: s.in}))
		require.Equal(t, 1, effects(s.erpSim.Ledger, erptest.CallCreate))
		require.Equal(t, 1, effects(s.erpSim.Ledger, erptest.CallCancel))
		require.Empty(t, s.erpSim.Violations())
	})
}

func TestTheWarehouseGetsAnOrderOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for _, fault := range transportFaults {
		t.Run(string("fault "+fault), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			for _, call := range []string{warehousetest.CallOrder, warehousetest.CallRelease, warehousetest.CallStop} {
				s.wmsSim.Faults.Next(call, fault, 2)
			}
			require.NoError(t, runner()(s.warehouse.AnnounceOrder, s.in))
			// One unit of the first line was not invoiced: it is stopped, then the rest released.
			release := activities.ReleaseInput{StopInput: s.stop(order.Quantities{"1": 1, "2": 1}), Invoice: &order.Invoice{Number: "AJ/25-26/000421"}}
			for range 2 {
				require.NoError(t, runner()(s.warehouse.ReleaseForPicking, release))
			}
			require.NoError(t, runner()(s.warehouse.StopOrder, s.stop(nil)))
			require.Equal(t, 1, effects(s.wmsSim.Ledger, warehousetest.CallOrder))
			require.Equal(t, 1, effects(s.wmsSim.Ledger, warehousetest.CallRelease))
			known, err := s.db.Order(t.Context(), pob, s.in.Order.ID)
			require.NoError(t, err)
			require.Equal(t, order.Quantities{"1": 1, "2": 1}, known.Reserved)
			require.Equal(t, order.Quantities{"1": 1, "2": 1}, known.Released)
			require.Equal(t, "AJ/25-26/000421", known.Invoice.Number)
		})
	}
}

func TestAnOrderIsStoppedWhetherOrNotTheWarehouseHeardOfIt(t *testing.T) {
	t.Parallel()
	t.Run("the answer to the announcement was lost", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		require.NoError(t, runner()(s.warehouse.StopOrder, s.stop(nil)))
		require.Equal(t, 1, effects(s.wmsSim.Ledger, warehousetest.CallStop))
	})
	t.Run("it refused the announcement", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.wmsSim.Faults.Next(warehousetest.CallOrder, simulate.Refused, 2)
		require.Error(t, runner()(s.warehouse.AnnounceOrder, s.in))
		require.NoError(t, runner()(s.warehouse.StopOrder, s.stop(nil)))
		require.Zero(t, effects(s.wmsSim.Ledger, warehousetest.CallStop))
	})
}

func TestRefusalsOfERPAndWarehouseAreForAPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.erpSim.Faults.Next(erptest.CallCreate, simulate.Refused, 1)
	s.wmsSim.Faults.Next(warehousetest.CallOrder, simulate.Refused, 1)
	require.Equal(t, activities.AttentionERPRefused, activities.RefusalOf(runner()(s.erp.PostOrder, s.in)).Attention)
	require.Equal(t, activities.AttentionWarehouseRefused, activities.RefusalOf(runner()(s.warehouse.AnnounceOrder, s.in)).Attention)
}
