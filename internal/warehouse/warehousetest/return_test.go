package warehousetest_test

import (
	"encoding/json"
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

// bay is a gateway that keeps every report of a return and answers with judge; nil accepts.
type bay struct {
	url string

	mu      sync.Mutex
	reports []increff.ReturnProcessed
	raw     [][]byte
}

func listenAtTheBay(t *testing.T, judge func(http.ResponseWriter, increff.ReturnProcessed, int)) *bay {
	t.Helper()
	g := &bay{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /usp/order/pack", func(w http.ResponseWriter, r *http.Request) {
		var p increff.PackRequest
		_ = json.NewDecoder(r.Body).Decode(&p)
		label(w, p)
	})
	mux.HandleFunc("POST /usp/return", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var p increff.ReturnProcessed
		if r.Header.Get("authUsername") != "wms" || json.Unmarshal(body, &p) != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		g.mu.Lock()
		n := len(g.reports)
		g.reports, g.raw = append(g.reports, p), append(g.raw, body)
		g.mu.Unlock()
		if judge != nil {
			judge(w, p, n)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *bay) received() []increff.ReturnProcessed {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]increff.ReturnProcessed{}, g.reports...)
}

// calls are the unit codes of each report with their result.
func (g *bay) calls() [][]string {
	var calls [][]string
	for _, report := range g.received() {
		units := []string{}
		for _, item := range report.OrderItems {
			units = append(units, item.ReturnItemCode+" "+item.QcStatus+item.QcReason)
		}
		calls = append(calls, units)
	}
	return calls
}

func startBay(t *testing.T, g *bay) site {
	t.Helper()
	return start(t, nil, warehousetest.Full, func(o *warehousetest.Options) { o.GatewayURL = g.url })
}

// expect announces that two shirts and a polo of order S1 come back as return R1.
func (s site) expect(change ...func(*order.Expectation)) error {
	e := order.Expectation{
		Pob: "DV0012345", ReturnID: "R1", OrderID: "S1", Kind: order.CustomerReturn, ReturnDate: time.Now(), TrackingNumber: "BACK1",
		Items: []order.ExpectedItem{
			{ReturnItemID: "R11", OrderItemID: "1", ItemCode: "SHIRT", Units: 2}, {ReturnItemID: "R12", OrderItemID: "2", ItemCode: "POLO", Units: 1},
		},
	}
	for _, c := range change {
		c(&e)
	}
	return s.client.ExpectReturn(s.t.Context(), warehouse.NewReturnOrder(e, "DELHIVERY"))
}

func (s site) comesBack() {
	s.t.Helper()
	eventually(s.t, func() bool { return s.State().Returns[0].Status == warehousetest.Reported })
}

var back = warehousetest.Return{Pob: "DV0012345", OrderCode: "S1", ReturnCode: "R1"}

func TestAReturnIsExpectedOnce(t *testing.T) {
	t.Parallel()
	s := startBay(t, listenAtTheBay(t, nil))
	_, announced := s.Expected("DV0012345", "R1")
	require.False(t, announced)
	require.NoError(t, s.expect())
	require.NoError(t, s.expect(), "a repeat is answered with success")
	units, announced := s.Expected("DV0012345", "R1")
	require.True(t, announced)
	require.Equal(t, []warehousetest.Unit{{Code: "R11-1", SKU: "SHIRT"}, {Code: "R11-2", SKU: "SHIRT"}, {Code: "R12-1", SKU: "POLO"}}, units)
	require.Equal(t, "CUSTOMER_RETURN", s.State().Expected[0].OrderType)
	require.Len(t, s.Ledger.Calls(func(c simulate.Call) bool { return c.Name == warehousetest.CallExpect && c.Effect }), 1)
	require.Empty(t, s.Violations())

	require.NoError(t, s.expect(func(e *order.Expectation) { e.Items[0].Units = 1 }))
	require.Len(t, s.Violations(), 1, "the warehouse would not learn of it")
}

func TestAReturnThatCannotBeExpectedIsAViolation(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*order.Expectation){
		"without an id":      func(e *order.Expectation) { e.ReturnID = "" },
		"without its order":  func(e *order.Expectation) { e.OrderID = "" },
		"without units":      func(e *order.Expectation) { e.Items = nil },
		"without a time":     func(e *order.Expectation) { e.ReturnDate = time.Time{} },
		"of an unknown item": func(e *order.Expectation) { e.Items[0].ItemCode = "COAT" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBay(t, listenAtTheBay(t, nil))
			require.NoError(t, s.hold("S1"))
			require.True(t, increff.IsKind(s.expect(change), increff.KindRefused))
			require.Len(t, s.Violations(), 1)
			require.Empty(t, s.State().Expected)
		})
	}
}

func TestWhatComesBackIsReportedAsItWasFound(t *testing.T) {
	t.Parallel()
	pass := []string{"R11-1 PASS", "R11-2 PASS", "R12-1 PASS"}
	for name, c := range map[string]struct {
		parcel    warehousetest.Return
		calls     [][]string
		restocked map[string]int
	}{
		"all is well":       {back, [][]string{pass}, map[string]int{"SHIRT": 2, "POLO": 1}},
		"a standard reason": {found("STAIN_DAMAGE"), [][]string{{"R11-1 FAILSTAIN_DAMAGE", pass[1], pass[2]}}, map[string]int{"SHIRT": 1, "POLO": 1}},
		"the brand's own":   {found("", "GLUE_ON_COLLAR"), [][]string{{pass[0], "R11-2 FAILGLUE_ON_COLLAR", pass[2]}}, map[string]int{"SHIRT": 1, "POLO": 1}},
		"said to be missing": {found("", "", increff.ProductMissing),
			[][]string{{pass[0], pass[1], "R12-1 FAILPRODUCT_MISSING"}}, map[string]int{"SHIRT": 2}},
		"nobody names it": {with(func(r *warehousetest.Return) { r.Findings = []warehousetest.Finding{{Unnamed: true}} }),
			[][]string{pass[1:]}, map[string]int{"SHIRT": 1, "POLO": 1}},
		"nothing in it": {with(func(r *warehousetest.Return) {
			r.Findings = []warehousetest.Finding{{Unnamed: true}, {Unnamed: true}, {Unnamed: true}}
		}), [][]string{{}}, map[string]int{}},
		"a notice first":   {with(func(r *warehousetest.Return) { r.Notice = true }), [][]string{{}, pass}, map[string]int{"SHIRT": 2, "POLO": 1}},
		"in several calls": {with(func(r *warehousetest.Return) { r.PerMessage = 2 }), [][]string{pass[:2], pass[2:]}, map[string]int{"SHIRT": 2, "POLO": 1}},
		"each call twice": {with(func(r *warehousetest.Return) { r.PerMessage, r.Twice = 2, true }),
			[][]string{pass[:2], pass[:2], pass[2:], pass[2:]}, map[string]int{"SHIRT": 2, "POLO": 1}},
		"a unit too many": {with(func(r *warehousetest.Return) {
			r.Units = []warehousetest.Unit{{Code: "R12-1", SKU: "POLO"}, {Code: "R12-2", SKU: "POLO"}}
		}),
			[][]string{{"R12-1 PASS", "R12-2 PASS"}}, map[string]int{"POLO": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := listenAtTheBay(t, nil)
			s := startBay(t, g)
			require.NoError(t, s.expect())
			require.NoError(t, s.Return(c.parcel))
			s.comesBack()
			require.Equal(t, c.calls, g.calls())
			require.Equal(t, c.restocked, s.State().Returns[0].Restocked)
			for _, report := range g.received() {
				require.Equal(t, []string{"R1", "S1", "DV0012345", "AJIO", "BACK1", "DELHIVERY"}, []string{
					report.ReturnOrderCode, report.ForwardOrderCode, report.LocationCode, report.ChannelName, report.AwbNumber, report.Transporter,
				})
				for _, item := range report.OrderItems {
					failed := item.QcStatus == increff.QCFail && item.QcReason != increff.ProductMissing
					require.Equal(t, failed, item.ImageUrls != nil, "images only with FAIL, of a unit that is there")
				}
			}
			require.Empty(t, s.Violations())
			require.Len(t, s.Ledger.Named(warehousetest.CallReturn), len(c.calls))
		})
	}
}

func with(change func(*warehousetest.Return)) warehousetest.Return {
	r := back
	change(&r)
	return r
}

// found is the parcel with these reasons for its first units; an empty one passes.
func found(reasons ...string) warehousetest.Return {
	return with(func(r *warehousetest.Return) {
		for _, reason := range reasons {
			r.Findings = append(r.Findings, warehousetest.Finding{Reason: reason})
		}
	})
}

func TestAnRTOThatNobodyAnnouncedBringsBackWhatWasPacked(t *testing.T) {
	t.Parallel()
	g := listenAtTheBay(t, nil)
	s := startBay(t, g)
	rto := warehousetest.Return{Pob: "DV0012345", OrderCode: "S1"}
	require.Error(t, s.Return(rto), "nothing was packed")
	s.ship("S1")
	s.becomes(warehousetest.Labelled)
	require.NoError(t, s.Return(rto))
	require.Error(t, s.Return(rto), "it came back before")
	s.comesBack()
	require.Equal(t, [][]string{{"1-1 PASS", "1-2 PASS", "2-1 PASS"}}, g.calls())
	report := g.received()[0]
	require.Equal(t, []string{"", "S1", "AWB-S1"}, []string{report.ReturnOrderCode, report.ForwardOrderCode, report.AwbNumber})
	require.Contains(t, string(g.raw[0]), `"returnOrderCode":""`)
	require.Equal(t, "S1", s.Ledger.Named(warehousetest.CallReturn)[0].Key)
}

func TestWhatWasNeverShippedFromHereIsRefusedAndNotRepeated(t *testing.T) {
	t.Parallel()
	g := listenAtTheBay(t, func(w http.ResponseWriter, _ increff.ReturnProcessed, _ int) {
		increfftest.BadData(w, "forwardOrderCode: unknown")
	})
	s := startBay(t, g)
	stranger := warehousetest.Return{Pob: "DV0012345", OrderCode: "S9", ReturnCode: "R9", PerMessage: 1}
	require.Error(t, s.Return(stranger), "its units are not known")
	stranger.Units = []warehousetest.Unit{{Code: "R91-1", SKU: "SHIRT"}, {Code: "R91-2", SKU: "SHIRT"}}
	require.NoError(t, s.Return(stranger))
	eventually(t, func() bool { return s.State().Returns[0].Status == warehousetest.Refused })
	state := s.State().Returns[0]
	require.Equal(t, "400 BAD_DATA [forwardOrderCode: unknown]", state.Answer)
	require.Equal(t, 1, state.Attempts)
	require.Empty(t, state.Restocked)
	require.Empty(t, s.Violations())
}

func TestAReportIsRepeatedUnchangedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	g := listenAtTheBay(t, func(w http.ResponseWriter, _ increff.ReturnProcessed, n int) {
		switch {
		case n < 3:
			w.WriteHeader([]int{500, 429, 503}[n])
		case n == 3:
			panic(http.ErrAbortHandler)
		}
	})
	s := startBay(t, g)
	require.NoError(t, s.expect())
	require.NoError(t, s.Return(back))
	s.comesBack()
	require.Len(t, g.received(), 5)
	for _, raw := range g.raw {
		require.Equal(t, string(g.raw[0]), string(raw))
	}
}

func TestACallThatContradictsAnotherMustBeRefused(t *testing.T) {
	t.Parallel()
	for status, violations := range map[int]int{http.StatusBadRequest: 0, http.StatusOK: 1} {
		g := listenAtTheBay(t, func(w http.ResponseWriter, _ increff.ReturnProcessed, n int) {
			if n > 0 {
				w.WriteHeader(status)
			}
		})
		s := startBay(t, g)
		require.NoError(t, s.expect())
		require.NoError(t, s.Return(with(func(r *warehousetest.Return) { r.Contradicts = true })))
		s.comesBack()
		require.Equal(t, [][]string{{"R11-1 PASS", "R11-2 PASS", "R12-1 PASS"}, {"R11-1 FAILOTHER_DAMAGE"}}, g.calls())
		require.Len(t, s.Violations(), violations)
		require.Equal(t, map[string]int{"SHIRT": 2, "POLO": 1}, s.State().Returns[0].Restocked, "the first word stands")
	}
}

func TestARepeatThatIsRefusedIsAViolation(t *testing.T) {
	t.Parallel()
	g := listenAtTheBay(t, func(w http.ResponseWriter, _ increff.ReturnProcessed, n int) {
		if n > 0 {
			increfftest.BadData(w, "later call with other rows")
		}
	})
	s := startBay(t, g)
	require.NoError(t, s.expect())
	require.NoError(t, s.Return(with(func(r *warehousetest.Return) { r.Twice = true })))
	s.comesBack()
	require.Len(t, s.Violations(), 1)
}
