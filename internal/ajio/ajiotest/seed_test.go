package ajiotest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/gst"
)

func TestTheCatalogueHoldsPlausibleArticlesOfBothTaxRates(t *testing.T) {
	t.Parallel()
	catalogue := ajiotest.Catalogue()
	require.Len(t, catalogue, 42)
	require.Equal(t, catalogue, ajiotest.Catalogue())
	codes, rates := map[string]bool{}, map[gst.Rate]int{}
	for _, a := range catalogue {
		require.False(t, codes[a.ItemCode] || codes[a.EAN])
		codes[a.ItemCode], codes[a.EAN] = true, true
		require.Len(t, a.EAN, 13)
		require.True(t, strings.HasPrefix(a.EAN, "890"))
		sum := 0
		for i, digit := range a.EAN {
			sum += int(digit-'0') * []int{1, 3}[i%2]
		}
		require.Zero(t, sum%10, "EAN %s has a wrong check digit", a.EAN)
		require.Contains(t, []string{"61", "62"}, a.HSN[:2])
		require.Len(t, a.HSN, 8)
		require.Less(t, a.BasePrice, a.ListingPrice)
		require.Less(t, a.ListingPrice, a.MRP)
		rate, err := gst.RateFor(gst.DefaultRates(), a.HSN, int64(a.BasePrice), time.Unix(1763354100, 0))
		require.NoError(t, err)
		rates[rate]++
	}
	require.Equal(t, map[gst.Rate]int{500: 40, 1800: 2}, rates)
}

func TestTheSameSeedMakesTheSameOrders(t *testing.T) {
	t.Parallel()
	seeded := func(seed uint64) []ajiotest.OrderState {
		b := setup(t, func(o *ajiotest.Options) { o.Seed = seed })
		require.Len(t, b.SeedOrders(30, "BLR1", ajiotest.SeedOptions{}), 30)
		return b.Orders()
	}
	first, again, another := seeded(1), seeded(1), seeded(2)
	require.Equal(t, first, again)
	require.NotEqual(t, first, another)
	for _, o := range seeded(3) {
		require.Regexp(t, `^S172511\d{5}$`, o.OrderID)
		require.True(t, len(o.Lines) >= 1 && len(o.Lines) <= 4)
		for _, line := range o.Lines {
			require.True(t, line.Ordered >= 1 && line.Ordered <= 3)
		}
	}
}

func TestCustomersOfTheMixCancelWithinTheHold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mix := ajiotest.SeedOptions{CancelShare: 0.3, CancelUnitsShare: 0.3, CancelWithinSeconds: 4 * 3600}
	ids := b.SeedOrders(200, "BLR1", mix)
	count := func() (whole, touched int) {
		for _, o := range b.Orders() {
			if o.Status == wire.StatusCancelled {
				whole++
			}
			if o.CustomerCancelledAt != nil {
				touched++
				require.False(t, o.CustomerCancelledAt.After(b.now()))
			}
		}
		return whole, touched
	}
	_, touched := count()
	require.Zero(t, touched)
	b.later(2 * time.Hour)
	_, half := count()
	b.later(2 * time.Hour)
	whole, touched := count()
	require.Less(t, half, touched)
	require.InDelta(t, 120, touched, 25)
	require.InDelta(t, 80, whole, 25, "a share of the units is all there was")

	// An acknowledgement comes before the customer: nothing is cancelled any more.
	late := b.SeedOrders(1, "BLR1", ajiotest.SeedOptions{CancelShare: 1, CancelWithinSeconds: 3600})[0]
	require.NotContains(t, ids, late)
	request := object{"order_id": late, "status": "Acknowledge"}
	lines := []object{}
	for _, line := range b.state(late).Lines {
		lines = append(lines, object{"order_item_id": line.OrderItemID, "confirmed_quantity": line.Ordered, "cancelled_quantity": 0})
	}
	request["order_lines"] = lines
	require.Contains(t, b.ds("POST", "/orders", request).body, `"failed_items":[]`)
	b.advance(time.Hour)
	require.Equal(t, wire.StatusConfirmed, b.state(late).Status)
}

func TestThePurchaseOrderMayNeverCome(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *ajiotest.Options) { o.PODelay = func(string) time.Duration { return -1 } })
	id := b.place()
	b.acknowledge(id)
	b.advance(1000 * time.Hour)
	require.Empty(t, b.state(id).PONumber)
}

func TestAnotherProcessSeedsCancelsUpsetsAndReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := func(method, path, body string) answer { return b.callAs("", method, ajiotest.AdminPrefix+path, body) }

	got := admin("POST", "/orders", `{"pob": "BLR1", "count": 3, "span_seconds": 60}`)
	var seeded ajiotest.SeededOrders
	require.NoError(t, json.Unmarshal([]byte(got.body), &seeded))
	require.Len(t, seeded.OrderIDs, 3)
	require.Equal(t, 400, admin("POST", "/orders", `{"pob": "NOWHERE", "count": 1}`).status)
	require.Equal(t, 400, admin("POST", "/orders", `{"pob": "BLR1"}`).status)

	require.Equal(t, 204, admin("POST", "/cancel", `{"order_id": "`+seeded.OrderIDs[0]+`"}`).status)
	require.Equal(t, 409, admin("POST", "/cancel", `{"order_id": "`+seeded.OrderIDs[0]+`"}`).status)
	line := b.state(seeded.OrderIDs[1]).Lines[0].OrderItemID
	require.Equal(t, 204, admin("POST", "/cancel", `{"order_id": "`+seeded.OrderIDs[1]+`", "order_item_id": "`+line+`", "units": 1}`).status)

	var orders []ajiotest.OrderState
	require.NoError(t, json.Unmarshal([]byte(admin("GET", "/orders", "").body), &orders))
	require.Equal(t, b.Orders(), orders)
	require.Equal(t, wire.StatusCancelled, orders[0].Status)

	var catalogue []ajiotest.Article
	require.NoError(t, json.Unmarshal([]byte(admin("GET", "/catalogue", "").body), &catalogue))
	require.Equal(t, ajiotest.Catalogue(), catalogue)

	require.Equal(t, 204, admin("POST", "/faults", `{"seed": 1, "rates": [{"fault": "server_error", "chance": 1, "names": ["pendency"]}]}`).status)
	require.Equal(t, 500, b.ds("GET", "/orders/pendency", nil).status)
	require.Equal(t, 204, admin("POST", "/faults", `{}`).status)
	require.Equal(t, 200, b.ds("GET", "/orders/pendency", nil).status)
	require.Contains(t, admin("GET", "/ledger", "").body, `"fault":"server_error"`)
}
