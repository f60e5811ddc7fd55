package erptest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/erp"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/gst"
	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/order"
	"vmsflow/internal/simulate"
)

// The story's credit note.
const (
	noteNumber = "CN/25-26/000042"
	noteIRN    = "d9b80a4fd36ada6b0a6240f9171301b98ad12e7da835b347db0c8316f75eabc1"
)

// notes is a gateway that keeps every credit note and answers with judge; nil accepts.
type notes struct {
	url string

	mu       sync.Mutex
	postings []increff.CreditNotePosting
	raw      [][]byte
}

func listenForNotes(t *testing.T, judge func(http.ResponseWriter, increff.CreditNotePosting, int)) *notes {
	t.Helper()
	g := &notes{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ajio-vms/b2bInvoice/posting", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /ajio-vms/creditNote/posting", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var p increff.CreditNotePosting
		if r.Header.Get("authUsername") != "erp" || json.Unmarshal(body, &p) != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		g.mu.Lock()
		n := len(g.postings)
		g.postings, g.raw = append(g.postings, p), append(g.raw, body)
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

func (g *notes) received() []increff.CreditNotePosting {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]increff.CreditNotePosting{}, g.postings...)
}

// startReturning starts an ERP that treats every note alike and has the story's order, with its invoice not yet made.
func startReturning(t *testing.T, g *notes, plan erptest.Note, change ...func(*erptest.Options)) (*erptest.Server, *erp.Client) {
	t.Helper()
	server, _ := start(t, nil, erptest.Never, append([]func(*erptest.Options){func(o *erptest.Options) {
		o.FirstNote, o.Note = 42, func(string, string) erptest.Note { return plan }
		if g != nil {
			o.GatewayURL = g.url
		}
	}}, change...)...)
	client, err := erp.New(erp.Config{OrderURL: server.URL + "/orders", ReturnURL: server.URL + "/returns"})
	require.NoError(t, err)
	return server, client
}

// returning is the story's order back: a shirt that passes, then the rest with these results.
func returning(id int64, rest ...order.UnitResult) erp.ReturnPosting {
	forward := posting(0)
	return erp.ReturnPosting{
		MessageID: id, EventTime: noon.AddDate(0, 0, 8),
		Expectation: order.Expectation{
			Pob: "DV0012345", ReturnID: "R2511240077", OrderID: "S1725110042", Kind: order.CustomerReturn, ReturnDate: noon.AddDate(0, 0, 7),
		},
		Units: append([]order.UnitResult{shirt(order.Good)}, rest...),
		Shipped: order.Shipped{
			PO: forward.PO, Carrier: "DELHIVERY",
			Invoice: order.Invoice{Number: "AJ/25-26/000421", Date: noon, IRN: "f57c9c12882370cfbf816f938f5d95ce35e2e747c5dd8cb9ed7310d58044c130"},
		},
		Model: order.CreditNoteModel, Channel: forward.Channel,
	}
}

func shirt(code order.QCCode) order.UnitResult {
	return order.UnitResult{OrderItemID: "1", ReturnItemID: "R1", ItemCode: "469876543001", Code: code, Said: "STAIN_DAMAGE"}
}

func polo(code order.QCCode) order.UnitResult {
	return order.UnitResult{OrderItemID: "2", ReturnItemID: "R2", ItemCode: "469880012004", Code: code, Said: "STAIN_DAMAGE"}
}

func postReturn(t *testing.T, client *erp.Client, p erp.ReturnPosting) {
	t.Helper()
	_, err := client.Post(t.Context(), erp.Returns, encode(t, erp.NewReturn(p)))
	require.NoError(t, err)
}

// brokenNote lists what is wrong with a note as vmsflow must find it (contracts/increff-erp.md §3.2, CN-1), and its value.
func brokenNote(p increff.CreditNotePosting) (found []string, value int64) {
	note := func(err error) {
		for _, v := range gst.ViolationsIn(err) {
			found = append(found, strings.TrimSpace(string(v.ID)+" "+v.Field))
		}
	}
	note(gst.ValidateDocNo(p.CreditNoteNumber))
	qr, err := gst.ParseSignedQR(p.SignedQrCode, pinned())
	if err != nil {
		note(err)
		return found, 0
	}
	note(gst.MatchesIRN(p.IrnNumber, "27AAPFU0939F1ZV", qr.DocDate, gst.CreditNote, p.CreditNoteNumber))
	note(gst.CompareQR(qr, gst.QR{
		SellerGSTIN: "27AAPFU0939F1ZV", BuyerGSTIN: "29AAGCB7383J1Z4", DocNo: p.CreditNoteNumber, DocType: gst.CreditNote,
		DocDate: p.AckDate.Time, IRN: p.IrnNumber,
	}, gst.FieldIRNDate, gst.FieldTotal, gst.FieldItemCount, gst.FieldMainHSNCode))
	return found, qr.TotalPaise
}

// strictOnNotes accepts what vmsflow must accept of a return of a good and a stained shirt, and nothing else.
func strictOnNotes(w http.ResponseWriter, p increff.CreditNotePosting, n int) {
	problems, value := brokenNote(p)
	if p.ReturnOrderID != "R2511240077" {
		problems = append(problems, "CN-2")
	}
	if value > 199500+100 {
		problems = append(problems, "CN-3")
	}
	if n > 0 && (p.AckDate.Second() == 1 || p.CreditNoteNumber != noteNumber) {
		problems = append(problems, "changed")
	}
	if problems != nil {
		increfftest.BadData(w, problems...)
	}
}

func TestAReturnGetsOneValidCreditNoteOverWhatPassed(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, strictOnNotes)
	server, client := startReturning(t, g, "")
	post(t, client, create(t, 1))
	postReturn(t, client, returning(2, shirt(order.Bad)))
	postReturn(t, client, returning(2, shirt(order.Bad)))
	eventually(t, func() bool { return server.State().Returns[0].Note.Status == erptest.Accepted })

	require.Len(t, g.received(), 1)
	p := g.received()[0]
	require.Equal(t, []string{noteNumber, noteIRN, "R2511240077", "112511000000042"}, []string{p.CreditNoteNumber, p.IrnNumber, p.ReturnOrderID, p.AckNumber})
	problems, value := brokenNote(p)
	require.Empty(t, problems)
	require.EqualValues(t, 99750, value, "one shirt by the purchase order")
	require.NotEmpty(t, p.SignedCreditNotePdf)

	state := server.State().Returns[0]
	require.Equal(t, []erptest.UnitState{
		{ItemCode: "R1-1", OrderItemCode: "1", SKU: "469876543001", QcStatus: "PASS"},
		{ItemCode: "R1-2", OrderItemCode: "1", SKU: "469876543001", QcStatus: "FAIL", QcReason: "STAIN_DAMAGE"},
	}, state.Units)
	require.Equal(t, []any{noteNumber, noteIRN, order.Paise(99750)}, []any{state.Note.Number, state.Note.IRN, state.Note.Value})
	require.Empty(t, server.Violations())
	require.Len(t, server.Ledger.Calls(func(c simulate.Call) bool { return c.Name == erptest.CallReturn && c.Effect }), 1)
	require.True(t, server.Ledger.Named(erptest.CallNote)[0].Effect)
}

func TestNotesAreRightOrWrongAsPlanned(t *testing.T) {
	t.Parallel()
	valid := []string(nil)
	for plan, want := range map[erptest.Note][][]string{ // what is broken, by document
		erptest.NoteRight:         {valid},
		erptest.NoteLate:          {valid},
		erptest.NoteByURL:         {valid},
		erptest.NoteAboveQC:       {valid},
		erptest.NoteTwice:         {valid, valid},
		erptest.NoteChanged:       {valid, valid},
		erptest.NoteRenumbered:    {valid, valid},
		erptest.NoteUnknownReturn: {valid, valid},
		erptest.NoteOverValue:     {valid, valid},
		erptest.NoteWrongIRN:      {{"IRN-002 Irn", "QR-004 Irn"}, valid},
		erptest.NoteWrongQR:       {{"QR-003"}, valid},
	} {
		t.Run(string(plan), func(t *testing.T) {
			t.Parallel()
			g := listenForNotes(t, strictOnNotes)
			server, client := startReturning(t, g, plan, func(o *erptest.Options) { o.VaryForms = true })
			post(t, client, create(t, 1))
			postReturn(t, client, returning(2, shirt(order.Bad)))
			eventually(t, func() bool { return len(server.Ledger.Named(erptest.CallNote)) == len(want) })
			eventually(t, func() bool { return server.State().Returns[0].Note.Status == erptest.Accepted })
			for i, p := range g.received() {
				problems, _ := brokenNote(p)
				require.Equal(t, want[i], problems)
			}
			require.Empty(t, server.Violations())
			note := server.State().Returns[0].Note
			require.Len(t, note.Documents, len(want))
			require.Equal(t, noteNumber, note.Number)
			require.Empty(t, note.Answer)
			if plan == erptest.NoteAboveQC {
				require.Equal(t, order.Paise(199500), note.Value, "both shirts")
			}
		})
	}
}

func TestASpoiltNoteThatIsAcceptedIsAViolation(t *testing.T) {
	t.Parallel()
	for _, plan := range []erptest.Note{
		erptest.NoteChanged, erptest.NoteRenumbered, erptest.NoteUnknownReturn, erptest.NoteWrongIRN, erptest.NoteWrongQR, erptest.NoteOverValue,
	} {
		server, client := startReturning(t, listenForNotes(t, nil), plan)
		post(t, client, create(t, 1))
		postReturn(t, client, returning(2))
		eventually(t, func() bool { return len(server.Violations()) == 1 })
	}
}

func TestANoteIsRepeatedUnchangedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, func(w http.ResponseWriter, _ increff.CreditNotePosting, n int) {
		if n < 3 {
			w.WriteHeader([]int{500, 429, 503}[n])
		}
	})
	server, client := startReturning(t, g, "")
	post(t, client, create(t, 1))
	postReturn(t, client, returning(2))
	eventually(t, func() bool { return server.State().Returns[0].Note.Status == erptest.Accepted })
	require.Equal(t, 4, server.State().Returns[0].Note.Attempts)
	for _, raw := range g.raw {
		require.Equal(t, string(g.raw[0]), string(raw))
	}
}

func TestNoNoteIsMadeWhereNoneIsDue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan   erptest.Note
		change func(*erp.ReturnPosting)
		status erptest.Status
		answer string
	}{
		"nothing passed":          {"", func(p *erp.ReturnPosting) { p.Units = []order.UnitResult{shirt(order.Bad)} }, erptest.NotDue, "no unit passed the QC"},
		"Ajio invoices it itself": {"", func(p *erp.ReturnPosting) { p.Model = order.RSIModel }, erptest.NotDue, "settled by RSI"},
		"never":                   {erptest.NoteNever, func(*erp.ReturnPosting) {}, erptest.Pending, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := startReturning(t, listenForNotes(t, nil), c.plan)
			post(t, client, create(t, 1))
			p := returning(2)
			c.change(&p)
			postReturn(t, client, p)
			note := server.State().Returns[0].Note
			require.Equal(t, []any{c.status, c.answer, ""}, []any{note.Status, note.Answer, note.Number})
			require.Empty(t, server.Violations())
		})
	}
}

// In the RMS model an ERP need hear of returns only: it has the prices from the seller's own books.
func TestPricesComeFromTheOrderPostingOrFromTheSellersBooks(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, strictOnNotes)
	server, client := startReturning(t, g, "")
	server.LearnOrder(erp.NewCreate(posting(0)))
	postReturn(t, client, returning(2))
	eventually(t, func() bool { return server.State().Returns[0].Note.Status == erptest.Accepted })

	server, client = startReturning(t, g, "")
	postReturn(t, client, returning(2))
	note := server.State().Returns[0].Note
	require.Equal(t, erptest.Withheld, note.Status)
	require.Equal(t, `not all of map[1:1] are lines of order "" as the ERP knows it`, note.Answer)
}

func TestANoteBeforeTheQCIsTheOnlyOne(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, strictOnNotes)
	server, client := startReturning(t, g, "")
	require.Error(t, server.CreditEarly("R2511240077", "S1725110042", map[string]int{"1": 1}), "the order is not known")
	post(t, client, create(t, 1))
	require.Error(t, server.CreditEarly("R2511240077", "S1725110042", map[string]int{"7": 1}), "nor is that line")
	require.NoError(t, server.CreditEarly("R2511240077", "S1725110042", map[string]int{"1": 1}))
	eventually(t, func() bool { return server.State().Returns[0].Note.Status == erptest.Accepted })
	require.Empty(t, server.State().Returns[0].Messages)

	postReturn(t, client, returning(2))
	require.Len(t, server.State().Returns, 1)
	require.Len(t, server.State().Returns[0].Messages, 1)
	require.True(t, server.State().Returns[0].Note.Early)
	require.Len(t, g.received(), 1)
	require.Error(t, server.CreditEarly("R2511240077", "S1725110042", map[string]int{"1": 1}), "too late to be early")
	require.Empty(t, server.Violations())
}

func TestANoteByURLIsServed(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, strictOnNotes)
	server, client := startReturning(t, g, erptest.NoteByURL)
	post(t, client, create(t, 1))
	postReturn(t, client, returning(2))
	eventually(t, func() bool { return len(g.received()) == 1 })
	p := g.received()[0]
	require.Empty(t, p.SignedCreditNotePdf)
	require.Equal(t, server.URL+"/documents/CN%2F25-26%2F000042.pdf", p.CreditNotePdfURL)
	status, document := get(t, p.CreditNotePdfURL)
	require.Equal(t, http.StatusOK, status)
	require.True(t, strings.HasPrefix(document, "%PDF-"))
	require.Equal(t, "R2511240077", server.Ledger.Named(erptest.CallDocument)[0].Key)
}

func TestReturnsHaveOneEffectAndTheRightShape(t *testing.T) {
	t.Parallel()
	body := func(p erp.ReturnPosting) []byte { return encode(t, erp.NewReturn(p)) }
	swap := func(old, replacement string) []byte {
		return bytes.Replace(body(returning(2)), []byte(old), []byte(replacement), 1)
	}
	another := returning(3)
	another.Expectation.ReturnID = "R9"
	for name, c := range map[string]struct {
		bodies     [][]byte
		effects    int
		violations int
		lastStatus int
	}{
		"a repeat is dropped":            {[][]byte{body(returning(2)), body(returning(2))}, 1, 0, 200},
		"several returns of an order":    {[][]byte{body(returning(2)), body(another)}, 2, 0, 200},
		"a second posting":               {[][]byte{body(returning(2)), body(returning(3))}, 1, 1, 200},
		"one messageId, another content": {[][]byte{body(returning(2)), body(returning(2, shirt(order.Bad)))}, 1, 1, 200},
		"the message of an order":        {[][]byte{body(returning(1))}, 0, 1, 200},
		"not JSON":                       {[][]byte{[]byte("{")}, 0, 1, 400},
		"nothing in it":                  {[][]byte{[]byte("{}")}, 0, 1, 400},
		"with shipments":                 {[][]byte{swap(`"shipments":[]`, `"shipments":[{}]`)}, 0, 1, 400},
		"without shipments":              {[][]byte{swap(`,"shipments":[]`, ``)}, 0, 1, 400},
		"another kind of return":         {[][]byte{swap(`"CUSTOMER_RETURN"`, `"SELF_SHIP"`)}, 0, 1, 400},
		"a PASS with a reason":           {[][]byte{swap(`"qcReason":null`, `"qcReason":"STAIN_DAMAGE"`)}, 0, 1, 400},
		"another line's SKU":             {[][]byte{swap(`"orderItemCode":"1"`, `"orderItemCode":"2"`)}, 0, 1, 400},
		"more than was sold":             {[][]byte{body(returning(2, polo(order.Good), polo(order.Good)))}, 0, 1, 400},
		"more than was sold, in two":     {[][]byte{body(returning(2, shirt(order.Bad))), body(another)}, 1, 1, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := startReturning(t, nil, erptest.NoteNever)
			post(t, client, create(t, 1))
			status := 0
			for _, body := range c.bodies {
				answer, _ := client.Post(t.Context(), erp.Returns, body)
				status = answer.Status
			}
			require.Equal(t, c.lastStatus, status)
			require.Len(t, server.Ledger.Calls(func(c simulate.Call) bool { return c.Name == erptest.CallReturn && c.Effect }), c.effects)
			require.Len(t, server.Violations(), c.violations)
		})
	}
}

func TestAReturnQuotesTheInvoiceOfAnOrderThatStands(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, nil)
	server, client := startReturning(t, g, erptest.NoteNever, func(o *erptest.Options) { o.Behaviour = nil })
	post(t, client, create(t, 1))
	eventually(t, func() bool { return server.State().Orders[0].Invoice.Status == erptest.Accepted })
	p := returning(3)
	p.Shipped.Invoice.IRN = noteIRN
	_, err := client.Post(t.Context(), erp.Returns, encode(t, erp.NewReturn(p)))
	require.True(t, increff.IsKind(err, increff.KindRefused))
	postReturn(t, client, returning(4))
	post(t, client, cancel(t, 5))
	p = returning(6)
	p.Expectation.ReturnID = "R9"
	_, err = client.Post(t.Context(), erp.Returns, encode(t, erp.NewReturn(p)))
	require.True(t, increff.IsKind(err, increff.KindRefused))
	require.Len(t, server.Violations(), 2)
}

func TestALateNoteComesLater(t *testing.T) {
	t.Parallel()
	g := listenForNotes(t, nil)
	server, client := startReturning(t, g, erptest.NoteLate, func(o *erptest.Options) { o.LateBy = time.Hour })
	post(t, client, create(t, 1))
	postReturn(t, client, returning(2))
	require.Equal(t, noteNumber, server.State().Returns[0].Note.Number, "it is made, and not posted")
	require.Equal(t, erptest.Pending, server.State().Returns[0].Note.Status)
	require.Empty(t, g.received())
}
