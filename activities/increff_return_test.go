package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/erp"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
)

// back is a shirt of the site's order that comes back, with its QC.
func (s *site) back() activities.PostReturnInput {
	return activities.PostReturnInput{
		Expectation: order.Expectation{
			Pob: pob, ReturnID: "R2511240077", OrderID: s.in.Order.ID, Kind: order.CustomerReturn, ReturnDate: time.Now(),
			Items: []order.ExpectedItem{{ReturnItemID: "R1", OrderItemID: "1", ItemCode: "469876543001", Units: 1}},
		},
		Units: []order.UnitResult{{OrderItemID: "1", ReturnItemID: "R1", ItemCode: "469876543001", Code: order.Good}},
		Shipped: order.Shipped{
			Known: true, Shipped: true, PO: s.in.PO, Carrier: "DELHIVERY",
			Invoice: order.Invoice{Number: "AJ/25-26/000421", Date: time.Now(), IRN: "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130"},
		},
		Model: order.CreditNoteModel,
	}
}

func TestTheERPHearsOfAReturnOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for _, fault := range transportFaults {
		t.Run(string("fault "+fault), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.erpSim.Faults.Next(erptest.CallReturn, fault, 2)
			for range 2 { // a step that is retried after it had succeeded changes nothing
				require.NoError(t, runner()(s.erp.PostReturn, s.back()))
			}
			require.Equal(t, 1, effects(s.erpSim.Ledger, erptest.CallReturn))
			require.Empty(t, s.erpSim.Violations())
			message, err := s.db.FindERPMessage(t.Context(), pob, "R2511240077", erp.ReturnOrderComplete)
			require.NoError(t, err)
			require.NotNil(t, message.AcceptedAt)
			require.Equal(t, message.MessageID, s.erpSim.State().Returns[0].Messages[0].MessageID)
		})
	}
}

func TestAnExpiredCredentialIsRenewedForAReturnAndASecond401Parks(t *testing.T) {
	t.Parallel()
	for times, attention := range map[int]string{1: "", 2: activities.AttentionERPAuth} {
		s := newSite(t)
		s.erpSim.Faults.Next(erptest.CallReturn, simulate.TokenExpired, times)
		err := runner()(s.erp.PostReturn, s.back())
		if attention == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, attention, activities.RefusalOf(err).Attention)
		require.NoError(t, runner()(s.erp.PostReturn, s.back()), "after the credential was mended")
		require.Equal(t, 1, effects(s.erpSim.Ledger, erptest.CallReturn))
	}
}

func TestAReturnThatTheERPRefusesIsForAPersonAndRepeatedAsItWas(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.erpSim.Faults.Next(erptest.CallReturn, simulate.Refused, 1)
	require.Equal(t, activities.AttentionERPRefused, activities.RefusalOf(runner()(s.erp.PostReturn, s.back())).Attention)
	first, err := s.db.FindERPMessage(t.Context(), pob, "R2511240077", erp.ReturnOrderComplete)
	require.NoError(t, err)
	require.Nil(t, first.AcceptedAt)
	require.NoError(t, runner()(s.erp.PostReturn, s.back()))
	again, err := s.db.FindERPMessage(t.Context(), pob, "R2511240077", erp.ReturnOrderComplete)
	require.NoError(t, err)
	require.Equal(t, string(first.Body), string(again.Body))
}

func TestAReturnNeedsAURLOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	client, err := erp.New(erp.Config{OrderURL: s.erpSim.URL + "/orders"})
	require.NoError(t, err)
	s.erp.Channels[pob] = activities.ERPChannel{Client: client}
	refusal := activities.RefusalOf(runner()(s.erp.PostReturn, s.back()))
	require.Equal(t, activities.AttentionConfiguration, refusal.Attention)
	require.Contains(t, refusal.Message, "erp.return_url")
}

func TestTheWarehouseExpectsAReturnOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for _, fault := range transportFaults {
		t.Run(string("fault "+fault), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.wmsSim.Faults.Next(warehousetest.CallExpect, fault, 2)
			in := activities.AnnounceReturnInput{Expectation: s.back().Expectation, Carrier: "DELHIVERY"}
			for range 2 {
				require.NoError(t, runner()(s.warehouse.AnnounceReturn, in))
			}
			require.Equal(t, 1, effects(s.wmsSim.Ledger, warehousetest.CallExpect))
			require.Empty(t, s.wmsSim.Violations())
		})
	}
}

func TestAWarehouseThatRefusesAReturnParksIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.wmsSim.Faults.Next(warehousetest.CallExpect, simulate.Refused, 1)
	err := runner()(s.warehouse.AnnounceReturn, activities.AnnounceReturnInput{Expectation: s.back().Expectation})
	require.Equal(t, activities.AttentionWarehouseRefused, activities.RefusalOf(err).Attention)
}

func TestAReturnWithoutUnitsIsNotAnnounced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	e := s.back().Expectation
	e.Items[0].Units = 0 // all cancelled
	require.NoError(t, runner()(s.warehouse.AnnounceReturn, activities.AnnounceReturnInput{Expectation: e}))
	require.Empty(t, s.wmsSim.Ledger.Calls(nil))
}
