package world_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/order"
)

func TestEveryOutcomeOfAReturnAndEveryWayToSettleItIsInTheDefaultDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 25, 1)
	outcomes, settled, kinds, models := map[order.ReturnOutcome]bool{}, map[order.SettlementModel]bool{}, map[order.ReturnKind]bool{}, map[order.InvoicingModel]bool{}
	stories := map[world.ReturnStory]bool{}
	for _, o := range w.Orders {
		stories[o.Return] = true
		if o.Return.Returns() > 0 {
			pob := w.Pob(o.Pob)
			outcomes[o.Return.Outcome()], settled[pob.Settlement], kinds[o.Return.Kind()], models[pob.Model] = true, true, true, true
		}
	}
	require.Len(t, outcomes, 3)
	require.Len(t, settled, 2)
	require.Len(t, kinds, 2)
	require.Len(t, models, 2)
	require.Greater(t, len(stories), 15)
}

func TestEveryStoryOfAReturnIsInAWorldOfAHundredOrders(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		stories := map[world.ReturnStory]bool{}
		for _, o := range newWorld(t, 100, seed).Orders {
			stories[o.Return] = true
		}
		for _, story := range world.ReturnStories() {
			require.True(t, stories[story], "%s, seed %d", story, seed)
		}
	}
}

func TestEveryReturnIsPossible(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		w := newWorld(t, 100, seed)
		for i, o := range w.Orders {
			about := fmt.Sprintf("seed %d, order %d, %s, then %s", seed, i, o.Story, o.Return)
			shipped := o.Story.Outcome(w.Pob(o.Pob).Model) == order.Completed
			require.Equal(t, shipped || o.Return == world.Kept, o.Return != world.NeverShipped, about)
			if !shipped {
				continue
			}
			left := o.Lines[0].Units
			switch o.Story {
			case world.PartlyInvoiced, world.CustomerTakesLess, world.ShortPacked:
				left--
			}
			bad, missing := o.Return.Unsound()
			require.GreaterOrEqual(t, left, o.Return.Returns(), about)
			if bad+missing > 0 && !o.Return.Single() {
				require.Greater(t, left, bad+missing, about)
			}
			if w.Pob(o.Pob).Settlement == order.RSIModel {
				require.Empty(t, o.Return.Settlement(), "%s: nobody closes what Ajio invoices", about)
			}
		}
	}
}

func TestNothingComesBackWhereNothingShould(t *testing.T) {
	t.Parallel()
	w, err := world.New(world.Options{Count: 100, Seed: 1, Hold: 5 * time.Second, Faults: world.NoFaults, Return: world.Kept})
	require.NoError(t, err)
	require.Zero(t, w.Returns())
	require.Len(t, w.Pobs, 2)
	_, err = world.New(world.Options{Count: 100, Faults: world.NoFaults, Return: world.NeverShipped})
	require.EqualError(t, err, "return never_shipped: it is for orders that are not shipped, and comes by itself")
	_, err = world.New(world.Options{Count: 100, Faults: world.NoFaults, Return: "lost"})
	require.EqualError(t, err, `return "lost": no such story`)
}
