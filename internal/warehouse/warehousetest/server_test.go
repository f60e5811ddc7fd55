package warehousetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
	"vmsflow/internal/warehouse"
	"vmsflow/internal/warehouse/warehousetest"
)

// gateway answers packs with a label, or as pack says, and manifests with all their orders, or as manifest says.
type gateway struct {
	url      string
	pack     func(w http.ResponseWriter, p increff.PackRequest, n int) (answered bool)
	manifest func(w http.ResponseWriter, m increff.ManifestRequest, n int) (answered bool)

	mu        sync.Mutex
	packs     []increff.PackRequest
	rawPacks  [][]byte
	manifests []increff.ManifestRequest
	handovers []increff.CombinedHandoverRequest
}

func listen(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /usp/order/pack", func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var p increff.PackRequest
		if json.Unmarshal(raw, &p) != nil || r.Header.Get("authUsername") != "wms" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		g.mu.Lock()
		n := len(g.packs)
		g.packs, g.rawPacks = append(g.packs, p), append(g.rawPacks, raw)
		g.mu.Unlock()
		if g.pack == nil || !g.pack(w, p, n) {
			label(w, p)
		}
	})
	mux.HandleFunc("POST /manifests", func(w http.ResponseWriter, r *http.Request) {
		var m increff.ManifestRequest
		_ = json.NewDecoder(r.Body).Decode(&m)
		g.mu.Lock()
		n := len(g.manifests)
		g.manifests = append(g.manifests, m)
		g.mu.Unlock()
		if g.manifest == nil || !g.manifest(w, m, n) {
			g.take(w, m, len(m.ManifestItems))
		}
	})
	mux.HandleFunc("POST /ewms/push/usp/handover/combined", func(w http.ResponseWriter, r *http.Request) {
		var h increff.CombinedHandoverRequest
		_ = json.NewDecoder(r.Body).Decode(&h)
		g.mu.Lock()
		g.handovers = append(g.handovers, h)
		g.mu.Unlock()
		simulate.WriteJSON(w, increff.CombinedHandoverResponse{HandoverDocumentURL: "https://v.example/documents/manifest/MF9"})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func label(w http.ResponseWriter, p increff.PackRequest) {
	simulate.WriteJSON(w, increff.PackResponse{
		OrderCode: p.OrderCode, LocationCode: p.LocationCode, ShipmentCode: p.OrderCode,
		ShippingLabel: increff.ShippingLabel{Transporter: "DELHIVERY", AwbNumber: "AWB-" + p.OrderCode, ShippingLabelURL: "https://v.example/l"},
		InvoiceURL:    "https://v.example/i", InvoiceDate: increff.At(time.Unix(1763375400, 0)),
	})
}

// take answers a manifest with its first n orders.
func (g *gateway) take(w http.ResponseWriter, m increff.ManifestRequest, n int) {
	answer := increff.ManifestResponse{ManifestCode: fmt.Sprintf("MF%d", *m.ManifestID)}
	for _, item := range m.ManifestItems[:n] {
		answer.ManifestItems = append(answer.ManifestItems, increff.ManifestedItem{OrderCode: item.OrderCode, ShipmentCode: item.ShipmentCode})
	}
	simulate.WriteJSON(w, answer)
}

func (g *gateway) received() ([]increff.PackRequest, []increff.ManifestRequest, []increff.CombinedHandoverRequest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]increff.PackRequest{}, g.packs...), append([]increff.ManifestRequest{}, g.manifests...),
		append([]increff.CombinedHandoverRequest{}, g.handovers...)
}

// site is a warehouse and a client for it.
type site struct {
	*warehousetest.Server
	t      *testing.T
	client *warehouse.Client
}

func start(t *testing.T, g *gateway, behaviour warehousetest.Behaviour, change ...func(*warehousetest.Options)) site {
	t.Helper()
	options := warehousetest.Options{
		GatewayUsername: "wms", GatewayPassword: "secret", RetryEvery: time.Millisecond, MaxRetryAfter: time.Millisecond,
		ManifestEvery: time.Hour, FirstManifest: 1, Behaviour: func(string) warehousetest.Behaviour { return behaviour },
	}
	if g != nil {
		options.GatewayURL = g.url
	}
	for _, c := range change {
		c(&options)
	}
	server := warehousetest.NewServer(options)
	t.Cleanup(server.Close)
	client, err := warehouse.New(warehouse.Config{BaseURL: server.URL, Headers: map[string]string{"authUsername": "vmsflow"}})
	require.NoError(t, err)
	return site{Server: server, t: t, client: client}
}

// hold sends an order of two shirts and a polo.
func (s site) hold(code string) error {
	return s.client.CreateOrder(s.t.Context(), warehouse.NewOutwardOrder(
		order.Order{Pob: "DV0012345", ID: code, OrderTime: time.Now(), PaymentMethod: "COD"},
		order.PurchaseOrder{Lines: []order.POLine{
			{OrderItemID: "1", ItemCode: "SHIRT", Units: 2, BasePrice: 95000, IGST: 9500},
			{OrderItemID: "2", ItemCode: "POLO", Units: 1, BasePrice: 120000, IGST: 6000},
		}}, time.Now()))
}

func (s site) release(code string) error {
	return s.client.Release(s.t.Context(), warehouse.Release{OrderID: code, Pob: "DV0012345", DispatchBy: time.Now(), StartProcessing: time.Now()})
}

func (s site) take(code string, shirts, polos int) error {
	return s.client.Stop(s.t.Context(), warehouse.Stop{OrderID: code, Pob: "DV0012345", Items: []warehouse.StopItem{
		{ChannelSKUCode: "SHIRT", OrderItemCode: "1", Cancelled: shirts}, {ChannelSKUCode: "POLO", OrderItemCode: "2", Cancelled: polos},
	}})
}

func (s site) ship(code string) {
	s.t.Helper()
	require.NoError(s.t, s.hold(code))
	require.NoError(s.t, s.release(code))
}

func (s site) first() warehousetest.OrderState { return s.State().Orders[0] }

func (s site) becomes(status warehousetest.Status) {
	s.t.Helper()
	eventually(s.t, func() bool {
		orders := s.State().Orders
		return len(orders) > 0 && orders[0].Status == status
	})
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 10*time.Second, 2*time.Millisecond)
}

func quantities(p increff.PackRequest) map[string]int {
	units := map[string]int{}
	for _, item := range p.ShipmentItems {
		units[item.ChannelSkuCode] = *item.QuantityToPack
	}
	return units
}

func TestAnOrderIsHeldUntilItsRelease(t *testing.T) {
	t.Parallel()
	g := listen(t)
	s := start(t, g, warehousetest.Full)
	require.NoError(t, s.hold("S1"))
	require.NoError(t, s.hold("S1"), "a repeat is answered with success")
	require.Equal(t, warehousetest.OnHold, s.first().Status)
	require.True(t, s.first().OnHold)
	require.Empty(t, s.Ledger.Named(warehousetest.CallPack))

	require.NoError(t, s.release("S1"))
	require.NoError(t, s.release("S1"))
	s.becomes(warehousetest.Labelled)
	packs, _, _ := g.received()
	require.Len(t, packs, 1)
	require.Equal(t, map[string]int{"SHIRT": 2, "POLO": 1}, quantities(packs[0]))
	require.Equal(t, increff.BlockComplete, packs[0].FulfillmentType)
	require.Equal(t, "AWB-S1", s.first().AWB)
	require.Empty(t, s.Violations())
	for name, effects := range map[string]int{warehousetest.CallOrder: 1, warehousetest.CallRelease: 1, warehousetest.CallPack: 1} {
		require.Len(t, s.Ledger.Calls(func(c simulate.Call) bool { return c.Name == name && c.Effect }), effects, name)
	}
}

func TestBehaviours(t *testing.T) {
	t.Parallel()
	// inRMSModel answers as the gateway must where the RMS makes the invoice after packing: no pack before the release,
	// none above it, a label for whatever was found, and for nothing the cancellation (contracts/increff-erp.md §4.1).
	inRMSModel := func(s *site) func(http.ResponseWriter, increff.PackRequest, int) bool {
		return func(w http.ResponseWriter, p increff.PackRequest, _ int) bool {
			switch state := s.first(); {
			case state.OnHold || quantities(p)["SHIRT"] > 2:
				increfftest.BadData(w, "not released")
			case quantities(p)["SHIRT"]+quantities(p)["POLO"] == 0:
				increfftest.Refuse(w, http.StatusBadRequest, increff.OrderCancelled, "put the goods back")
			default:
				return false
			}
			return true
		}
	}
	for behaviour, want := range map[warehousetest.Behaviour]struct {
		calls         int
		status        warehousetest.Status
		packed, short map[string]int
	}{
		warehousetest.Full:          {1, warehousetest.Labelled, map[string]int{"SHIRT": 2, "POLO": 1}, nil},
		warehousetest.Short:         {1, warehousetest.Labelled, map[string]int{"SHIRT": 1, "POLO": 1}, map[string]int{"SHIRT": 1}},
		warehousetest.Nothing:       {1, warehousetest.PutBack, nil, nil},
		warehousetest.Twice:         {2, warehousetest.Labelled, map[string]int{"SHIRT": 2, "POLO": 1}, nil},
		warehousetest.BeforeRelease: {2, warehousetest.Labelled, map[string]int{"SHIRT": 2, "POLO": 1}, nil},
		warehousetest.TooMany:       {2, warehousetest.Labelled, map[string]int{"SHIRT": 2, "POLO": 1}, nil},
	} {
		t.Run(string(behaviour), func(t *testing.T) {
			t.Parallel()
			g := listen(t)
			var s site
			g.pack = inRMSModel(&s)
			s = start(t, nil, behaviour)
			s.SetGatewayURL(g.url)
			require.NoError(t, s.hold("S1"))
			if behaviour == warehousetest.BeforeRelease {
				eventually(t, func() bool { return len(s.Ledger.Named(warehousetest.CallPack)) == 1 })
			}
			require.NoError(t, s.release("S1"))
			s.becomes(want.status)
			eventually(t, func() bool { return len(s.Ledger.Named(warehousetest.CallPack)) == want.calls })
			require.Equal(t, want.packed, s.first().Packed)
			require.Equal(t, want.short, s.first().Short)
			require.Empty(t, s.Violations())
		})
	}
}

func TestWhatIsNotAllInTheParcelIsReportedAsPartial(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[warehousetest.Behaviour]string{
		warehousetest.Full: increff.BlockComplete, warehousetest.Short: increff.SingleShipmentPartial, warehousetest.Nothing: increff.SingleShipmentPartial,
	} {
		g := listen(t)
		s := start(t, g, behaviour)
		s.ship("S1")
		s.becomes(warehousetest.Labelled)
		packs, _, _ := g.received()
		require.Equal(t, want, packs[0].FulfillmentType, behaviour)
		require.Len(t, packs[0].ShipmentItems, 2, "a SKU of which nothing was found is named with 0")
	}
}

func TestALabelForAnEmptyParcelIsAViolation(t *testing.T) {
	t.Parallel()
	s := start(t, listen(t), warehousetest.Nothing)
	s.ship("S1")
	s.becomes(warehousetest.Labelled)
	require.Equal(t, []string{"order S1: the pack got a label although nothing is packed"}, s.Violations())
}

func TestWhatTheGatewayMustRefuseIsAViolationWhenAccepted(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []warehousetest.Behaviour{warehousetest.BeforeRelease, warehousetest.TooMany} {
		s := start(t, listen(t), behaviour)
		require.NoError(t, s.hold("S1"))
		if behaviour == warehousetest.TooMany {
			require.NoError(t, s.release("S1"))
		}
		eventually(t, func() bool { return len(s.Violations()) == 1 })
	}
}

func TestThePackerRepeatsUntilHeHasTheLabel(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.pack = func(w http.ResponseWriter, _ increff.PackRequest, n int) bool {
		switch n {
		case 0:
			w.Header().Set("Retry-After", "3600") // capped by MaxRetryAfter
			increfftest.Refuse(w, http.StatusServiceUnavailable, increff.InProgress, "being packed")
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			w.WriteHeader(http.StatusBadGateway)
		default:
			return false
		}
		return true
	}
	s := start(t, g, warehousetest.Short)
	s.ship("S1")
	s.becomes(warehousetest.Labelled)
	require.Len(t, g.rawPacks, 5)
	for _, raw := range g.rawPacks {
		require.Equal(t, string(g.rawPacks[0]), string(raw))
	}
	require.Equal(t, 5, s.first().Attempts)
}

func TestACancelledOrderGoesBackToTheShelf(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.pack = func(w http.ResponseWriter, _ increff.PackRequest, _ int) bool {
		increfftest.Refuse(w, http.StatusBadRequest, increff.OrderCancelled, "put the goods back")
		return true
	}
	s := start(t, g, warehousetest.Short)
	s.ship("S1")
	s.becomes(warehousetest.PutBack)
	require.True(t, s.first().PutBack)
	require.Empty(t, s.first().AWB)
	require.Empty(t, s.first().Packed)
}

func TestARefusedPackIsTriedAgain(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.pack = func(w http.ResponseWriter, _ increff.PackRequest, n int) bool {
		if n < 2 {
			increfftest.BadData(w, "not released")
		}
		return n < 2
	}
	s := start(t, g, warehousetest.Full)
	s.ship("S1")
	s.becomes(warehousetest.Labelled)
	require.Equal(t, 2, s.first().Refusals)
}

func TestAnAnswerWithoutLabelIsAViolation(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.pack = func(w http.ResponseWriter, p increff.PackRequest, n int) bool {
		if n == 0 {
			simulate.WriteJSON(w, increff.PackResponse{OrderCode: p.OrderCode})
		}
		return n == 0
	}
	s := start(t, g, warehousetest.Full)
	s.ship("S1")
	s.becomes(warehousetest.Labelled)
	require.Len(t, s.Violations(), 1)
}

func TestAnotherAnswerToTheSamePackIsAViolation(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.pack = func(w http.ResponseWriter, p increff.PackRequest, n int) bool {
		p.OrderCode += string(rune('a' + n)) // another AWB each time
		label(w, p)
		return true
	}
	s := start(t, g, warehousetest.Twice)
	s.ship("S1")
	eventually(t, func() bool { return len(s.Violations()) == 1 })
}

func TestManifestsAreClosedBySizeAndByTime(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*warehousetest.Options){
		"by size": func(o *warehousetest.Options) { o.ManifestSize = 2 },
		"by time": func(o *warehousetest.Options) { o.ManifestEvery = 5 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := listen(t)
			s := start(t, g, warehousetest.Full, change)
			s.ship("S1")
			s.ship("S2")
			eventually(t, func() bool {
				orders := s.State().Orders
				return orders[0].ManifestCode != "" && orders[1].ManifestCode != ""
			})
			_, manifests, _ := g.received()
			require.EqualValues(t, 1, *manifests[0].ManifestID)
			require.Equal(t, "DELHIVERY", manifests[0].Transporter)
			require.Equal(t, "AWB-"+manifests[0].ManifestItems[0].OrderCode, manifests[0].ManifestItems[0].AwbNumber)
			require.Empty(t, s.Violations())
		})
	}
}

func TestAManifestIsRepeatedUnchanged(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.manifest = func(w http.ResponseWriter, _ increff.ManifestRequest, n int) bool {
		if n < 3 {
			increfftest.Refuse(w, http.StatusServiceUnavailable, increff.InProgress, "")
		}
		return n < 3
	}
	s := start(t, g, warehousetest.Full, func(o *warehousetest.Options) { o.ManifestSize = 1 })
	s.ship("S1")
	s.becomes(warehousetest.Manifested)
	_, manifests, _ := g.received()
	require.Len(t, manifests, 4)
	for _, m := range manifests {
		require.Equal(t, manifests[0], m)
	}
}

func TestAShipmentThatAjioRefusesIsLeftToVmsflow(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.manifest = func(w http.ResponseWriter, m increff.ManifestRequest, _ int) bool {
		g.take(w, m, len(m.ManifestItems)-1)
		return true
	}
	s := start(t, g, warehousetest.Full, func(o *warehousetest.Options) { o.ManifestSize = 2 })
	s.ship("S1")
	s.ship("S2")
	eventually(t, func() bool {
		states := map[warehousetest.Status]int{}
		for _, o := range s.State().Orders {
			states[o.Status]++
		}
		return states[warehousetest.Manifested] == 1 && states[warehousetest.LeftToVmsflow] == 1
	})
	require.Len(t, s.Ledger.Named(warehousetest.CallManifest), 1)
	require.Empty(t, s.Violations())
}

func TestAManifestThatAjioRefusesAsAWholeIsLeftToVmsflow(t *testing.T) {
	t.Parallel()
	for name, problem := range map[string]string{
		"now":                       "manifestItems[0].orderCode: S1 was refused by Ajio: SIM_STATE: refused on demand",
		"before, and it went alone": "manifestItems[0].orderCode: S1 is already in manifest MF2511170008",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := listen(t)
			g.manifest = func(w http.ResponseWriter, _ increff.ManifestRequest, _ int) bool {
				increfftest.BadData(w, problem)
				return true
			}
			s := start(t, g, warehousetest.Full, func(o *warehousetest.Options) { o.ManifestSize = 1 })
			s.ship("S1")
			s.becomes(warehousetest.LeftToVmsflow)
			require.True(t, s.first().LeftToVmsflow)
			require.Empty(t, s.Violations())
		})
	}
}

func TestThe251stShipmentGoesIntoAnotherManifest(t *testing.T) {
	t.Parallel()
	g := listen(t)
	g.manifest = func(w http.ResponseWriter, m increff.ManifestRequest, _ int) bool {
		if len(m.ManifestItems) > increff.ManifestLimit {
			increfftest.BadData(w, "manifestItems: more than 250")
			return true
		}
		return false
	}
	s := start(t, g, warehousetest.Full, func(o *warehousetest.Options) { o.ManifestSize = 251 })
	for i := range 251 {
		s.ship(fmt.Sprintf("S%03d", i))
	}
	eventually(t, func() bool {
		for _, o := range s.State().Orders {
			if o.Status != warehousetest.Manifested {
				return false
			}
		}
		return true
	})
	_, manifests, _ := g.received()
	sizes := map[int]int{}
	for _, m := range manifests {
		sizes[len(m.ManifestItems)]++
	}
	require.Equal(t, map[int]int{251: 1, 250: 1, 1: 1}, sizes)
}

func TestAShareGoesThroughTheCombinedHandover(t *testing.T) {
	t.Parallel()
	g := listen(t)
	s := start(t, g, warehousetest.Full, func(o *warehousetest.Options) { o.ManifestSize, o.CombinedShare = 1, 0.5 })
	for i := range 4 {
		s.ship(fmt.Sprintf("S%d", i))
	}
	eventually(t, func() bool {
		_, manifests, handovers := g.received()
		return len(manifests) == 2 && len(handovers) == 2
	})
	_, _, handovers := g.received()
	require.Equal(t, "DELHIVERY", handovers[0].Transporter)
	require.Len(t, handovers[0].OrderCodes, 1)
	eventually(t, func() bool {
		codes := map[string]int{}
		for _, o := range s.State().Orders {
			codes[o.ManifestCode]++
		}
		return codes["MF9"] == 2 && codes[""] == 0
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[simulate.Fault]struct {
		kind   increff.Kind
		effect bool
	}{
		simulate.TokenExpired: {increff.KindAuth, false}, simulate.Refused: {increff.KindRefused, false},
		simulate.ServerError: {increff.KindTransport, false}, simulate.TooManyRequests: {increff.KindThrottled, false},
		simulate.AnswerLost: {increff.KindTransport, true}, simulate.Timeout: {increff.KindTransport, false},
		simulate.Slow: {"", true},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := start(t, listen(t), warehousetest.Full, func(o *warehousetest.Options) { o.PackDelay = time.Hour })
			s.Faults.SlowFor, s.Faults.HangFor = time.Millisecond, time.Millisecond
			for name, call := range map[string]func() error{
				warehousetest.CallOrder: func() error { return s.hold("S1") },
				warehousetest.CallStop:  func() error { return s.take("S1", 1, 0) },
			} {
				if name == warehousetest.CallStop {
					require.NoError(t, s.hold("S1"))
				}
				s.Faults.Next(name, fault, 1)
				err := call()
				if want.kind == "" {
					require.NoError(t, err)
				} else {
					require.True(t, increff.IsKind(err, want.kind), "%v", err)
				}
				calls := s.Ledger.Named(name)
				require.Equal(t, fault, calls[len(calls)-1].Fault)
			}
			s.Faults.Next(warehousetest.CallRelease, fault, 1)
			_ = s.release("S1")
			require.Equal(t, want.effect, s.first().Released)
			require.NoError(t, s.release("S1"))
			require.NoError(t, s.take("S1", 1, 0))
			require.Empty(t, s.Violations())
		})
	}
}

func TestEveryNthCallIsRefusedAndTakenWhenItIsSentAgain(t *testing.T) {
	t.Parallel()
	s := start(t, nil, warehousetest.Full, func(o *warehousetest.Options) { o.RefuseEvery, o.PackDelay = 2, time.Hour })
	var refusals []bool
	for _, call := range []func() error{
		func() error { return s.hold("S1") },
		func() error { return s.take("S1", 1, 0) }, func() error { return s.take("S1", 1, 0) },
		func() error { return s.release("S1") },
		func() error { return s.hold("S2") }, func() error { return s.hold("S2") },
		func() error { return s.release("S2") },
		func() error { return s.take("S2", 1, 0) }, func() error { return s.take("S2", 1, 0) },
	} {
		err := call()
		refusals = append(refusals, increff.IsKind(err, increff.KindRefused))
		require.Equal(t, err != nil, refusals[len(refusals)-1])
	}
	require.Equal(t, []bool{false, true, false, false, true, false, false, true, false}, refusals)
	for _, o := range s.State().Orders {
		require.True(t, o.Released)
		require.Equal(t, map[string]int{"SHIRT": 1, "POLO": 0}, o.Stopped)
	}
	require.Empty(t, s.Violations())
}

func TestMalformedOrdersAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil, warehousetest.Full)
	for _, body := range []string{
		`{`, `{}`, `{"orderCode":"S1","onHold":false}`,
		`{"orderCode":"S1","orderItems":[{"channelSkuCode":"A","quantity":1},{"channelSkuCode":"A","quantity":1}]}`,
	} {
		resp, err := http.Post(s.URL+"/orders/outward", "application/json", bytes.NewBufferString(body))
		require.NoError(t, err)
		var refusal increff.ErrorBody
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&refusal))
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.Equal(t, increff.BadData, refusal.Code)
	}
	require.Empty(t, s.State().Orders)
	require.Len(t, s.Violations(), 4)
}

func TestAnotherProcessLooksIn(t *testing.T) {
	t.Parallel()
	s := start(t, nil, warehousetest.Full)
	require.NoError(t, s.hold("S1"))
	for path, want := range map[string]string{"ledger": `"name":"order"`, "state": `"order_id":"S1"`} {
		resp, err := http.Get(s.URL + "/_sim/warehouse/" + path)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Contains(t, string(body), want)
	}
}
