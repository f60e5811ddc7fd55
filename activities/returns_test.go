package activities_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"vmsflow/activities"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/workflows/contract"
)

// goods are the books of returns to one POB.
type goods struct {
	*testing.T
	db      *postgres.DB
	returns *activities.Returns
}

func newGoods(t *testing.T) *goods {
	t.Helper()
	db := pgtest.New(t)
	return &goods{T: t, db: db, returns: &activities.Returns{DB: db}}
}

// ordered enters order S1 of two shirts and a polo.
func (g *goods) ordered() {
	g.Helper()
	_, err := g.db.RegisterOrder(g.Context(), order.Order{
		Pob: pob, ID: "S1", OrderTime: time.Now(), Carrier: "DELHIVERY", TrackingNumber: "AWB-order",
		Lines: []order.Line{{OrderItemID: "L1", ItemCode: "A", Ordered: 2}, {OrderItemID: "L2", ItemCode: "B", Ordered: 1}},
	}, order.ERPModel)
	require.NoError(g, err)
}

var invoiced = order.Quantities{"L1": 2}

func (g *goods) purchased() {
	g.Helper()
	require.NoError(g, g.db.SavePO(g.Context(), pob, "S1", order.PurchaseOrder{
		Number: "P1", Carrier: "XPRESSBEES", TrackingNumber: "AWB-po", Lines: []order.POLine{{OrderItemID: "L1", ItemCode: "A", Units: 2, BasePrice: 10000, IGST: 1000}},
	}))
}

func (g *goods) packed() {
	g.Helper()
	require.NoError(g, g.db.SavePacked(g.Context(), pob, "S1", invoiced))
}

func (g *goods) invoiced() {
	g.Helper()
	require.NoError(g, g.db.SaveInvoice(g.Context(), pob, "S1", order.Invoice{Number: "I1", IRN: "f57c", SignedQR: "qr", Quantities: invoiced}))
}

func (g *goods) enter(orderID, returnID string, kind order.ReturnKind) activities.ReturnRef {
	g.Helper()
	r, err := g.db.EnterReturn(g.Context(), pob, orderID, returnID, kind)
	require.NoError(g, err)
	return activities.ReturnRef{Row: r.ID, Pob: pob, OrderID: orderID, ReturnID: returnID}
}

// find runs FindForward once, as an activity that is repeated would be.
func (g *goods) find(ref activities.ReturnRef) (order.Shipped, error) {
	g.Helper()
	return g.returns.FindForward(g.Context(), ref)
}

func (g *goods) record(ref activities.ReturnRef, units ...order.UnitResult) {
	g.Helper()
	require.NoError(g, runner()(g.returns.RecordQC, activities.RecordQCInput{Row: ref.Row, Units: units, Restock: true}))
}

func TestAReturnWaitsForAForwardOrderThatIsStillOnItsWay(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	g.ordered()
	ref := g.enter("S1", "R1", order.CustomerReturn)
	waits := func(why string) {
		t.Helper()
		_, err := g.find(ref)
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.Equal(t, "ForwardOrderOpen", app.Type())
		require.Equal(t, time.Minute, app.NextRetryDelay())
		require.False(t, app.NonRetryable())
		require.ErrorContains(t, err, why)
	}
	waits("S1, which is not packed yet")
	g.purchased()
	g.packed()
	waits("is packed and not invoiced yet")
	g.invoiced()
	waits("is packed and not handed over yet")
	require.NoError(t, g.db.MarkEnding(t.Context(), pob, "S1", "short"))
	waits("is being taken back")
	require.NoError(t, g.db.EndOrder(t.Context(), pob, "S1", order.CancelledBySeller, "short"))
	found, err := g.find(ref)
	require.NoError(t, err)
	require.Equal(t, order.Shipped{
		Known: true, Why: "cancelled_by_seller: short", Quantities: order.Quantities{"L1": 2, "L2": 0}, Elsewhere: order.Quantities{},
		Lines: []order.Line{{OrderItemID: "L1", ItemCode: "A", Ordered: 2}, {OrderItemID: "L2", ItemCode: "B", Ordered: 1}},
	}, found)
}

func TestWhatLeftTheHouseIsWhatWasInvoiced(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	ctx := t.Context()
	g.ordered()
	ref := g.enter("S1", "R1", order.CustomerReturn)
	g.packed()
	g.invoiced()
	require.NoError(t, g.db.EndOrder(ctx, pob, "S1", order.Completed, ""))
	found, err := g.find(ref)
	require.NoError(t, err)
	require.True(t, found.Known && found.Shipped)
	require.Equal(t, invoiced, found.Quantities)
	require.Equal(t, order.Invoice{Number: "I1", IRN: "f57c", Quantities: invoiced}, found.Invoice, "the signed QR stays in the books")
	require.Equal(t, []string{"DELHIVERY", "AWB-order"}, []string{found.Carrier, found.TrackingNumber})

	g.purchased()
	found, err = g.find(ref)
	require.NoError(t, err)
	require.Equal(t, "P1", found.PO.Number)
	require.Equal(t, []string{"XPRESSBEES", "AWB-po"}, []string{found.Carrier, found.TrackingNumber})

	_, err = g.db.SaveDocument(ctx, postgres.Document{Pob: pob, OrderID: "S1", Kind: postgres.KindShippingLabel, Number: "AWB-label"})
	require.NoError(t, err)
	found, err = g.find(ref)
	require.NoError(t, err)
	require.Equal(t, "AWB-label", found.TrackingNumber)
}

func TestAnOrderWhoseStepsWereDoneByHandWasShippedInFull(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	g.ordered()
	require.NoError(t, g.db.MarkAcknowledged(t.Context(), pob, "S1", invoiced, time.Now()))
	require.NoError(t, g.db.EndOrder(t.Context(), pob, "S1", order.Completed, ""))
	found, err := g.find(g.enter("S1", "R1", order.CustomerReturn))
	require.NoError(t, err)
	require.True(t, found.Shipped)
	require.Equal(t, order.Quantities{"L1": 2, "L2": 0}, found.Quantities)
}

func TestAReturnOfAnOrderThatWeDoNotKnowIsToldSo(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	found, err := g.find(g.enter("S9", "R1", order.CustomerReturn))
	require.NoError(t, err)
	require.Equal(t, order.Shipped{Why: "vmsflow has no order S9 at " + pob, Elsewhere: order.Quantities{}}, found)
}

func TestUnitsOfOtherReturnsAreElsewhereAndTheirNotesCount(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	ctx := t.Context()
	g.ordered()
	g.packed()
	g.invoiced()
	expects := func(ref activities.ReturnRef, status order.ReturnStatus, line string) {
		require.NoError(t, g.db.SaveExpectation(ctx, ref.Row, order.Expectation{
			Pob: pob, ReturnID: ref.ReturnID, OrderID: "S1", Kind: order.CustomerReturn, Status: status,
			Items: []order.ExpectedItem{{ReturnItemID: "1", OrderItemID: line, ItemCode: "A", Units: 1}},
		}))
	}
	own, expected, checked := g.enter("S1", "R1", order.CustomerReturn), g.enter("S1", "R2", order.CustomerReturn), g.enter("S1", "R3", order.CustomerReturn)
	withdrawn, cancelled := g.enter("S1", "R4", order.CustomerReturn), g.enter("S1", "R5", order.CustomerReturn)
	g.enter("S1", "", order.RTO) // of which nothing is known
	expects(own, order.StatusReturnCreated, "L1")
	expects(expected, order.StatusReturnCreated, "L1")
	expects(checked, order.StatusReturnProcessed, "L2")
	g.record(checked, order.UnitResult{OrderItemID: "L1", ItemCode: "A", Code: order.Good}, order.UnitResult{ItemCode: "X", Code: order.Bad})
	expects(withdrawn, order.StatusReturnCancelled, "L1")
	expects(cancelled, order.StatusReturnCreated, "L1")
	require.NoError(t, g.db.EndReturn(ctx, cancelled.Row, order.ReturnCancelled, ""))
	closed := g.enter("S1", "R6", order.CustomerReturn)
	expects(closed, order.StatusReturnCreated, "L1")
	require.NoError(t, g.db.EndReturn(ctx, closed.Row, order.ReturnClosed, ""))
	missing := g.enter("S1", "R7", order.CustomerReturn)
	g.record(missing, order.UnitResult{OrderItemID: "L1", ItemCode: "A", Code: order.Missing})
	require.NoError(t, g.db.SaveCreditNote(ctx, own.Row, order.CreditNote{Number: "CN/1", IRN: "1", Value: 7}))
	require.NoError(t, g.db.SaveCreditNote(ctx, checked.Row, order.CreditNote{Number: "CN/2", IRN: "2", Value: 100}))
	require.NoError(t, g.db.EndOrder(ctx, pob, "S1", order.Completed, ""))

	found, err := g.find(own)
	require.NoError(t, err)
	require.Equal(t, order.Quantities{"L1": 2}, found.Elsewhere)
	require.Equal(t, order.Paise(100), found.Credited)
}

// What if the process dies after each effect? Each is repeated, and nothing happens twice.
func TestTheBooksOfAReturnAreWrittenOnce(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	ctx := t.Context()
	g.ordered()
	g.purchased()
	ref := g.enter("S1", "R1", order.CustomerReturn)
	units := []order.UnitResult{{OrderItemID: "L1", ItemCode: "A", Code: order.Good}, {OrderItemID: "L1", ItemCode: "A", Code: order.Bad}}
	note := order.CreditNote{Number: "CN/1", IRN: "d9b8", AckNumber: "1"}
	pdf := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 a credit note"))
	for range 2 {
		g.record(ref, units...)
		require.NoError(t, runner()(g.returns.ListForSettlement, activities.ListInput{Row: ref.Row, Units: units[1:], Why: order.SettleQC}))
		require.NoError(t, runner()(g.returns.SaveCreditNote, activities.SaveCreditNoteInput{Ref: ref, Note: note, PDF: pdf}))
		require.NoError(t, runner()(g.returns.EndReturn, activities.EndReturnInput{Row: ref.Row, Outcome: order.ReturnCompleted, Reason: "done"}))
	}
	stock, err := g.db.Stock(ctx, pob)
	require.NoError(t, err)
	require.Equal(t, []postgres.StockRow{{ItemCode: "A", OnHand: 1}}, stock)
	list, err := g.db.Settlements(ctx, postgres.SettlementFilter{Pobs: []string{pob}})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, order.Paise(10500), *list[0].Value)

	saved, err := g.db.CreditNote(ctx, ref.Row)
	require.NoError(t, err)
	document, err := g.db.Document(ctx, saved.DocumentID)
	require.NoError(t, err)
	require.Equal(t, []string{"R1", postgres.KindCreditNote, "CN/1"}, []string{document.OrderID, document.Kind, document.Number})
	record, err := g.returns.ReadReturn(ctx, ref)
	require.NoError(t, err)
	note.DocumentID = document.ID
	require.Equal(t, activities.ReturnRecord{
		Units: units, CreditNote: &note, Offline: true, LateUnits: []string{}, Outcome: order.ReturnCompleted, Reason: "done",
	}, record)
}

func TestBooksThatContradictAReturnParkItsStep(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	ref := g.enter("S1", "R1", order.CustomerReturn)
	unit := order.UnitResult{OrderItemID: "L1", ItemCode: "A", Code: order.Good}
	g.record(ref, unit)
	parks := func(activity, in any) {
		t.Helper()
		err := runner()(activity, in)
		require.Equal(t, activities.AttentionConflict, activities.RefusalOf(err).Attention, "%v", err)
	}
	parks(g.returns.RecordQC, activities.RecordQCInput{Row: ref.Row, Restock: true})
	require.NoError(t, g.returns.ListForSettlement(t.Context(), activities.ListInput{Row: ref.Row, Units: []order.UnitResult{unit}, Why: order.SettleQC}))
	parks(g.returns.ListForSettlement, activities.ListInput{Row: ref.Row, Units: []order.UnitResult{unit, unit}, Why: order.SettleQC})
	note := activities.SaveCreditNoteInput{Ref: ref, Note: order.CreditNote{Number: "CN/1", IRN: "d9b8"}}
	note.Note.SignedQR = "\x00"
	parks(g.returns.SaveCreditNote, note)
	require.NoError(t, g.returns.EndReturn(t.Context(), activities.EndReturnInput{Row: ref.Row, Outcome: order.ReturnClosed}))
	parks(g.returns.EndReturn, activities.EndReturnInput{Row: ref.Row, Outcome: order.ReturnCompleted})
}

func TestWhatIsOnRecordOfAReturnThatEnded(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	ref := g.enter("S1", "R1", order.CustomerReturn)
	read := func() (record activities.ReturnRecord) {
		require.NoError(t, runner()(func(ctx context.Context, ref activities.ReturnRef) error {
			found, err := g.returns.ReadReturn(ctx, ref)
			text, _ := json.Marshal(found) // as the workflow gets it
			require.NoError(t, json.Unmarshal(text, &record))
			return err
		}, ref))
		return record
	}
	require.Equal(t, activities.ReturnRecord{}, read(), "no QC")
	surplus := []order.UnitResult{{UnitCode: "R1-1", ItemCode: "A", Code: order.Good}}
	require.NoError(t, runner()(g.returns.RecordQC, activities.RecordQCInput{Row: ref.Row, Surplus: surplus, Revision: 1}))
	require.NoError(t, g.db.SaveCreditNote(t.Context(), ref.Row, order.CreditNote{Number: "CN/1", IRN: "d9b8", SignedQR: "qr"}))
	require.Equal(t, activities.ReturnRecord{
		Units: []order.UnitResult{}, Surplus: surplus, CreditNote: &order.CreditNote{Number: "CN/1", IRN: "d9b8"},
	}, read())
}

func TestACreditNoteThatContradictsOthersIsAProblemForTheERP(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	g.ordered()
	g.purchased() // two units of 105 rupees each
	g.packed()
	g.invoiced()
	first, second, third := g.enter("S1", "R1", order.CustomerReturn), g.enter("S1", "R2", order.CustomerReturn), g.enter("S1", "R3", order.CustomerReturn)
	save := func(ref activities.ReturnRef, number, irn string, value order.Paise) string {
		t.Helper()
		problem, err := g.returns.SaveCreditNote(t.Context(), activities.SaveCreditNoteInput{
			Ref: ref, Note: order.CreditNote{Number: number, IRN: irn, Value: value},
		})
		require.NoError(t, err)
		return problem
	}
	for range 2 { // the answer to the first was lost
		require.Empty(t, save(first, "CN/1", "d9b8", 10500))
	}
	require.Equal(t, "creditNoteNumber: CN-2 the return already has the accepted credit note CN/1", save(first, "CN/2", "f22a", 10500))
	require.Equal(t, "creditNoteNumber: CN-1 DOC-002 is the number of the credit note over return R1 already", save(second, "cn/1", "d9b8", 10500))
	require.Equal(t, "signedQrCode: CN-3 CRN-002 TotInvVal: 120.00 is above 105.00, what earlier credit notes left of the invoice",
		save(second, "CN/2", "f22a", 12000))
	require.Empty(t, save(second, "CN/2", "f22a", 10550), "within the tolerance")
	require.Contains(t, save(third, "CN/3", "0a4f", 10500), "CRN-002")
}

func TestACreditNoteWhoseDocumentIsNoPDFIsNotEntered(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	ref := g.enter("S1", "R1", order.CustomerReturn)
	problem, err := g.returns.SaveCreditNote(t.Context(), activities.SaveCreditNoteInput{
		Ref: ref, Note: order.CreditNote{Number: "CN/1", IRN: "d9b8"}, PDF: base64.StdEncoding.EncodeToString([]byte("a letter")),
	})
	require.NoError(t, err)
	require.Contains(t, problem, "signedCreditNotePdf: ")
	_, err = g.db.CreditNote(t.Context(), ref.Row)
	require.ErrorIs(t, err, postgres.ErrNotFound)
}

func TestARefusedCreditNoteLetsTheERPPostAnother(t *testing.T) {
	t.Parallel()
	g := newGoods(t)
	messages := &activities.Messages{DB: g.db}
	post := func(number string) postgres.Verdict {
		_, verdict, err := g.db.Accept(t.Context(), postgres.Message{
			Kind: contract.SignalCreditNote, Key: contract.CreditNoteKey(pob, "R1"), Pob: pob, OrderID: "S1",
			Body: []byte(number), Payload: []byte(`{"creditNoteNumber": "` + number + `"}`),
		})
		require.NoError(t, err)
		return verdict
	}
	require.Equal(t, postgres.New, post("CN/1"))
	require.Equal(t, postgres.Different, post("CN/2"))
	for range 2 {
		require.NoError(t, runner()(func(ctx context.Context, in activities.RefuseCreditNoteInput) error {
			return messages.RefuseCreditNote(ctx, in)
		}, activities.RefuseCreditNoteInput{Pob: pob, ReturnID: "R1", Number: "CN/1"}))
	}
	require.Equal(t, postgres.New, post("CN/2"))
}
