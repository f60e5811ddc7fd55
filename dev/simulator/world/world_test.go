package world_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

func TestEveryOutcomeIsInEveryWorld(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5, 6, 12, 25, 26, 57, 1000} {
		for seed := range uint64(20) {
			w := newWorld(t, n, seed)
			outcomes := map[order.Outcome]int{}
			for _, o := range w.Orders {
				outcomes[o.Story.Outcome(w.Pob(o.Pob).Model)]++
			}
			require.Len(t, outcomes, 4, "%d orders, seed %d: %v", n, seed, outcomes)
		}
	}
}

func TestEveryOutcomeOfBothModelsIsInTheDefaultDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 25, 1)
	outcomes := map[order.InvoicingModel]map[order.Outcome]int{order.ERPModel: {}, order.RMSModel: {}}
	for _, o := range w.Orders {
		model := w.Pob(o.Pob).Model
		outcomes[model][o.Story.Outcome(model)]++
	}
	require.Equal(t, map[order.InvoicingModel]map[order.Outcome]int{
		order.ERPModel: {order.Completed: 10, order.CancelledByCustomer: 1, order.CancelledBySeller: 1, order.Rejected: 1},
		order.RMSModel: {order.Completed: 9, order.CancelledByCustomer: 1, order.CancelledBySeller: 1, order.Rejected: 1},
	}, outcomes)
}

func TestThereAreAlwaysPOBsOfBothModelsUnlessOneIsWanted(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 25, 200, 1000} {
		models := map[order.InvoicingModel]int{}
		for _, pob := range newWorld(t, n, 1).Pobs {
			models[pob.Model]++
			require.NoError(t, gst.ValidateGSTIN(pob.GSTIN, nil))
			require.NoError(t, gst.ValidateGSTIN(pob.Buyer.GSTIN, nil))
		}
		require.Len(t, models, 2, "%d orders", n)
	}
	for _, model := range []order.InvoicingModel{order.ERPModel, order.RMSModel} {
		w, err := world.New(world.Options{Count: 1, Faults: world.NoFaults, Story: world.Plain, Model: model})
		require.NoError(t, err)
		require.Len(t, w.Pobs, 1)
		require.Equal(t, model, w.Pob(w.Orders[0].Pob).Model)
	}
}

func TestAWorldFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	first, again, other := newWorld(t, 60, 7), newWorld(t, 60, 7), newWorld(t, 60, 8)
	require.Equal(t, first, again)
	require.NotEqual(t, first, other)
}

func TestEveryStoryIsPossible(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		w := newWorld(t, 25, seed)
		stocks := map[string]map[string]int{}
		for _, pob := range w.Pobs {
			stocks[pob.Code] = w.Stock(pob.Code)
		}
		for i, o := range w.Orders {
			about := fmt.Sprintf("seed %d, order %d, %s", seed, i, o.Story)
			stock := stocks[o.Pob]
			inStock, units, items := 0, 0, map[string]bool{}
			for _, line := range o.Lines {
				require.Positive(t, line.Units, about)
				units += line.Units
				items[line.ItemCode] = true
				if stock[line.ItemCode] > 0 {
					inStock++
				}
			}
			switch o.Story {
			case world.NoStock:
				require.Zero(t, inStock, about)
			case world.LineWithoutStock:
				require.Positive(t, inStock, about)
				require.Less(t, inStock, len(o.Lines), about)
			case world.PartlyInvoiced, world.CustomerTakesLess, world.ShortPacked:
				require.GreaterOrEqual(t, o.Lines[0].Units, 2, about)
			case world.SameItemTwice:
				require.Less(t, len(items), len(o.Lines), about)
			case world.LatePO:
				require.Greater(t, o.POAfter, w.Timing.POWithin, about)
			default:
				require.Equal(t, len(o.Lines), inStock, about)
			}
			require.Equal(t, o.Story != world.SameItemTwice, len(items) == len(o.Lines), about)
		}
	}
}

func TestThereIsStockForEverythingThatIsNotSoldOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 250, 3)
	require.Len(t, w.Pobs, 4)
	ordered := map[string]map[string]int{}
	for _, o := range w.Orders {
		if ordered[o.Pob] == nil {
			ordered[o.Pob] = map[string]int{}
		}
		for _, line := range o.Lines {
			ordered[o.Pob][line.ItemCode] += line.Units
		}
	}
	for _, pob := range w.Pobs {
		stock := w.Stock(pob.Code)
		for i, article := range ajiotest.Catalogue() {
			units, has := stock[article.ItemCode]
			require.Equal(t, i >= 3, has, "the first three are sold out")
			if has {
				require.GreaterOrEqual(t, units, ordered[pob.Code][article.ItemCode], article.ItemCode)
			}
		}
	}
}

func TestAnUnknownLevelOfFaultsIsRefused(t *testing.T) {
	t.Parallel()
	_, err := world.New(world.Options{Count: 5, Faults: "plenty"})
	require.EqualError(t, err, `faults "plenty": write none, some or storm`)
}

func TestSenselessOptionsAreRefused(t *testing.T) {
	t.Parallel()
	_, err := world.New(world.Options{Count: 5, Faults: world.NoFaults, Model: "pos"})
	require.EqualError(t, err, `model "pos": write erp or rms, or leave it empty for both`)
	_, err = world.New(world.Options{Count: 5, Faults: world.NoFaults, RefuseEvery: -1})
	require.EqualError(t, err, "how often the IRP loses an answer and Ajio refuses a call: expected 0, for never, or more")
}

func TestAStormIsMoreThanAQuarterOfAllCalls(t *testing.T) {
	t.Parallel()
	sum := 0.0
	for _, rate := range world.Storm.Rates() {
		sum += rate.Chance
	}
	require.InDelta(t, 0.28, sum, 0.03)
	require.Empty(t, world.NoFaults.Rates())
}

func newWorld(t *testing.T, orders int, seed uint64) world.World {
	t.Helper()
	w, err := world.New(world.Options{Count: orders, Seed: seed, Hold: 5 * time.Second, Faults: world.SomeFaults})
	require.NoError(t, err)
	return w
}
