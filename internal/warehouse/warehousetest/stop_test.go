package warehousetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse/warehousetest"
)

// busy keeps the packer waiting until it is told otherwise.
func busy(g *gateway) (done func()) {
	free := make(chan struct{})
	g.pack = func(w http.ResponseWriter, _ increff.PackRequest, _ int) bool {
		select {
		case <-free:
			return false
		default:
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
	}
	return func() { close(free) }
}

// addsUp holds that every unit of a labelled parcel is accounted for once.
func addsUp(t *testing.T, o warehousetest.OrderState) {
	t.Helper()
	for sku, ordered := range o.Ordered {
		require.Equal(t, ordered, o.Stopped[sku]+o.Packed[sku]+o.Short[sku], sku)
	}
}

func TestSomeUnitsAreStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behaviour     warehousetest.Behaviour
		beforeRelease bool
		shirts, polos int
		packed, short map[string]int
	}{
		"before the release":               {warehousetest.Full, true, 1, 0, map[string]int{"SHIRT": 1, "POLO": 1}, nil},
		"a whole line before the release":  {warehousetest.Full, true, 0, 1, map[string]int{"SHIRT": 2, "POLO": 0}, nil},
		"and one of the others is missing": {warehousetest.Short, true, 0, 1, map[string]int{"SHIRT": 1, "POLO": 0}, map[string]int{"SHIRT": 1}},
		"while the packer waits":           {warehousetest.Full, false, 1, 0, map[string]int{"SHIRT": 1, "POLO": 1}, nil},
		"the unit that he did not find":    {warehousetest.Short, false, 1, 0, map[string]int{"SHIRT": 1, "POLO": 1}, nil},
		"another unit than he missed":      {warehousetest.Short, false, 0, 1, map[string]int{"SHIRT": 1, "POLO": 0}, map[string]int{"SHIRT": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := listen(t)
			done := busy(g)
			s := start(t, g, c.behaviour)
			require.NoError(t, s.hold("S1"))
			if !c.beforeRelease {
				require.NoError(t, s.release("S1"))
				eventually(t, func() bool { return s.first().Attempts > 0 })
			}
			require.NoError(t, s.take("S1", c.shirts, c.polos))
			require.NoError(t, s.take("S1", c.shirts, c.polos), "the total is reached already")
			require.NoError(t, s.release("S1"))
			require.Nil(t, s.first().Short, "not packed yet")
			if !c.beforeRelease { // one that is under way has the units of before
				under := s.first().Attempts
				eventually(t, func() bool { return s.first().Attempts >= under+2 })
			}
			done()
			s.becomes(warehousetest.Labelled)

			packs, _, _ := g.received()
			require.Equal(t, c.packed, quantities(packs[len(packs)-1]))
			require.Equal(t, c.packed, s.first().Packed)
			require.Equal(t, c.short, s.first().Short)
			addsUp(t, s.first())
			require.Len(t, s.Ledger.Calls(func(c simulate.Call) bool { return c.Name == warehousetest.CallStop && c.Effect }), 1)
			require.Empty(t, s.Violations())
		})
	}
}

func TestAStopAfterPackingIsRefusedWithoutBeingAViolation(t *testing.T) {
	t.Parallel()
	s := start(t, listen(t), warehousetest.Short)
	s.ship("S1")
	s.becomes(warehousetest.Labelled)
	require.True(t, increff.IsKind(s.take("S1", 2, 1), increff.KindRefused), "the whole order")
	require.True(t, increff.IsKind(s.take("S1", 0, 1), increff.KindRefused), "a unit in the parcel")
	require.Empty(t, s.first().Stopped)
	require.NoError(t, s.take("S1", 1, 0), "the unit that is not in it")
	require.Equal(t, map[string]int{"SHIRT": 1, "POLO": 0}, s.first().Stopped)
	require.Nil(t, s.first().Short)
	addsUp(t, s.first())
	require.Empty(t, s.Violations())
}

func TestTheWholeOrderIsStopped(t *testing.T) {
	t.Parallel()
	t.Run("while it is on hold", func(t *testing.T) {
		t.Parallel()
		s := start(t, listen(t), warehousetest.Full)
		require.NoError(t, s.hold("S1"))
		require.NoError(t, s.take("S1", 1, 0))
		require.NoError(t, s.take("S1", 2, 1))
		require.Equal(t, warehousetest.Stopped, s.first().Status)
		require.False(t, s.first().PutBack, "nothing was picked")
		require.Empty(t, s.Violations())
		require.True(t, increff.IsKind(s.release("S1"), increff.KindRefused))
		require.Len(t, s.Violations(), 1)
	})
	t.Run("while the packer waits", func(t *testing.T) {
		t.Parallel()
		g := listen(t)
		busy(g)
		s := start(t, g, warehousetest.Full)
		s.ship("S1")
		eventually(t, func() bool { return s.first().Attempts > 0 })
		require.NoError(t, s.take("S1", 2, 1))
		require.Equal(t, warehousetest.Stopped, s.first().Status)
		require.True(t, s.first().PutBack)
		require.Empty(t, s.Violations())
	})
	t.Run("after the pack was answered ORDER_CANCELLED", func(t *testing.T) {
		t.Parallel()
		g := listen(t)
		g.pack = func(w http.ResponseWriter, _ increff.PackRequest, _ int) bool {
			increfftest.Refuse(w, http.StatusBadRequest, increff.OrderCancelled, "put the goods back")
			return true
		}
		s := start(t, g, warehousetest.Nothing)
		s.ship("S1")
		s.becomes(warehousetest.PutBack)
		require.NoError(t, s.take("S1", 2, 1))
		require.Equal(t, warehousetest.Stopped, s.first().Status)
		require.Empty(t, s.Violations())
	})
}

func TestAStopThatCannotBeIsAViolation(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(site) error{
		"of an unknown order":  func(s site) error { return s.take("S2", 1, 0) },
		"above the order":      func(s site) error { return s.take("S1", 3, 0) },
		"below an earlier one": func(s site) error { return s.take("S1", 0, 1) },
		"below zero":           func(s site) error { return s.take("S1", 1, -1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil, warehousetest.Full)
			require.NoError(t, s.hold("S1"))
			require.NoError(t, s.take("S1", 1, 0))
			require.True(t, increff.IsKind(stop(s), increff.KindRefused))
			require.Len(t, s.Violations(), 1)
			require.Equal(t, map[string]int{"SHIRT": 1, "POLO": 0}, s.first().Stopped, "none of it happened")
		})
	}
}

func TestALabelForUnitsThatWereStoppedIsAViolation(t *testing.T) {
	t.Parallel()
	g := listen(t)
	asked, stopped := make(chan struct{}), make(chan struct{})
	g.pack = func(http.ResponseWriter, increff.PackRequest, int) bool {
		close(asked)
		<-stopped // the gateway answers the pack after the stop, as if there had been none
		return false
	}
	s := start(t, g, warehousetest.Full)
	s.ship("S1")
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		require.Fail(t, "no pack")
	}
	require.NoError(t, s.take("S1", 1, 0))
	close(stopped)
	s.becomes(warehousetest.Labelled)
	require.Equal(t, []string{"order S1: the pack got a label although 2 units of SHIRT are packed and only 1 are left to pack"}, s.Violations())
}
