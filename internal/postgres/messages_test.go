package postgres_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

func invoiceMessage(body string) postgres.Message {
	return postgres.Message{
		Kind: "erp-invoice", Key: "4700123456/INV-1", Client: "northline", Pob: pob, OrderID: "S1",
		Body: []byte(body), Payload: []byte(`{"invoice_number": "INV-1"}`),
	}
}

func TestTheFirstMessageWithAKeyStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	body := "{ \"b\":1,\n\t\"a\": 2.50, \"\u00fc\": \"\x00\xff\" }" // not even valid JSON: kept byte for byte
	stored, verdict, err := db.Accept(t.Context(), invoiceMessage(body))
	require.NoError(t, err)
	require.Equal(t, postgres.New, verdict)
	require.Equal(t, body, string(stored.Body))
	require.Equal(t, invoiceMessage(body).Payload, stored.Payload)
	require.Nil(t, stored.SignalledAt)
	require.WithinDuration(t, time.Now(), stored.ReceivedAt, time.Minute)

	again, verdict, err := db.Accept(t.Context(), invoiceMessage(body))
	require.NoError(t, err)
	require.Equal(t, postgres.Same, verdict)
	require.Equal(t, stored, again)

	other, verdict, err := db.Accept(t.Context(), invoiceMessage(`{}`))
	require.NoError(t, err)
	require.Equal(t, postgres.Different, verdict)
	require.Equal(t, stored, other)
}

func TestTheContentHashDecidesWhatIsTheSame(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	spaced, plain := invoiceMessage(`{ }`), invoiceMessage(`{}`)
	spaced.ContentHash, plain.ContentHash = []byte{1}, []byte{1}
	_, _, err := db.Accept(t.Context(), spaced)
	require.NoError(t, err)
	_, verdict, err := db.Accept(t.Context(), plain)
	require.NoError(t, err)
	require.Equal(t, postgres.Same, verdict)
}

func TestOfManyWhoBringOneDocumentExactlyOneIsNew(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	const callers = 64
	verdicts := make(chan postgres.Verdict, callers)
	require.Empty(t, together(callers, func(i int) error {
		_, verdict, err := db.Accept(t.Context(), invoiceMessage(fmt.Sprintf(`{"content": %d}`, i%2)))
		verdicts <- verdict
		return err
	}))
	count := map[postgres.Verdict]int{}
	for range callers {
		count[<-verdicts]++
	}
	require.Equal(t, map[postgres.Verdict]int{postgres.New: 1, postgres.Same: callers/2 - 1, postgres.Different: callers / 2}, count)
}

func TestAMessageIsListedUntilItIsSignalledOrUndeliverable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	var ids []int64
	for i := range 3 {
		m := invoiceMessage(`{}`)
		m.Key = fmt.Sprint(i)
		stored, _, err := db.Accept(ctx, m)
		require.NoError(t, err)
		ids = append(ids, stored.ID)
	}
	waiting := func(olderThan time.Duration, limit int) (found []int64) {
		list, err := db.Unsignalled(ctx, olderThan, limit)
		require.NoError(t, err)
		for _, m := range list {
			found = append(found, m.ID)
		}
		return found
	}
	require.Equal(t, ids, waiting(0, 10))
	require.Equal(t, ids[:2], waiting(0, 2))
	require.Empty(t, waiting(time.Hour, 10))

	require.NoError(t, db.MarkSignalled(ctx, ids[0]))
	require.NoError(t, db.MarkSignalled(ctx, ids[0]))
	require.NoError(t, db.MarkUndeliverable(ctx, ids[1], "the order has ended"))
	require.Equal(t, ids[2:], waiting(0, 10))

	require.ErrorIs(t, db.MarkSignalled(ctx, 999), postgres.ErrNotFound)
	require.ErrorIs(t, db.MarkUndeliverable(ctx, 999, "x"), postgres.ErrNotFound)
	require.Error(t, db.MarkUndeliverable(ctx, ids[2], ""))
}

func TestANULInWhatOthersSayHoldsNothingUp(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for _, id := range []string{"S1", "S2"} {
		register(t, db, anOrder(id, 1))
	}
	m, _, err := db.Accept(ctx, invoiceMessage(`{}`))
	require.NoError(t, err)
	require.NoError(t, db.MarkUndeliverable(ctx, m.ID, "a\x00b"))
	require.NoError(t, db.MarkEnding(ctx, pob, "S1", "a\x00b"))
	require.Equal(t, "a\uFFFDb", read(t, db, "S1").EndReason)
	require.NoError(t, db.EndOrder(ctx, pob, "S1", order.CancelledBySeller, "c\x00d"))
	require.Equal(t, "c\uFFFDd", read(t, db, "S1").EndReason)
	_, err = db.SaveDocument(ctx, postgres.Document{Pob: pob, OrderID: "S1", Kind: "label", Number: "A\x00", SourceURL: "\x00"})
	require.NoError(t, err)
	require.NoError(t, db.SaveManifest(ctx, postgres.Manifest{
		Pob: pob, Key: "1", AjioManifestID: "MF1", Carrier: "\x00", URL: "\x00", Refused: map[string]string{"S1": "no\x00"},
	}))

	// Where the text would go on to others, a person has to look.
	po := order.PurchaseOrder{Number: "P1", Lines: []order.POLine{{OrderItemID: "L1", EAN: "89\x00"}}}
	require.ErrorIs(t, db.SavePO(ctx, pob, "S2", po), postgres.ErrConflict)
	require.ErrorIs(t, db.SavePO(ctx, pob, "S2", order.PurchaseOrder{Number: "P\x00"}), postgres.ErrConflict)
	require.NoError(t, db.SavePO(ctx, pob, "S2", order.PurchaseOrder{Number: `P\u0000`}), "six harmless characters")
}

func buildBody(id int64) ([]byte, error) {
	return fmt.Appendf(nil, "{ \"messageId\": %d,\n  \"amount\": 997.50 }", id), nil
}

func TestARepeatedPostingIsTheSameMessageByteForByte(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	first, err := db.StoreERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CREATE", buildBody)
	require.NoError(t, err)
	require.EqualValues(t, 900000000001, first.MessageID)
	want, _ := buildBody(first.MessageID)
	require.Equal(t, string(want), string(first.Body))

	again, err := db.StoreERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CREATE", func(int64) ([]byte, error) {
		return nil, errors.New("not asked to build again")
	})
	require.NoError(t, err)
	require.Equal(t, first, again)
	found, err := db.FindERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CREATE")
	require.NoError(t, err)
	require.Equal(t, first, found)

	cancel, err := db.StoreERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CANCEL", buildBody)
	require.NoError(t, err)
	require.Greater(t, cancel.MessageID, first.MessageID)
	_, err = db.FindERPMessage(ctx, pob, "S2", "OUTWARD_ORDER_CREATE")
	require.ErrorIs(t, err, postgres.ErrNotFound)
}

func TestPostingsAtTheSameTimeAgreeOnOneMessage(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	const callers = 32
	bodies := make(chan string, callers)
	require.Empty(t, together(callers, func(int) error {
		m, err := db.StoreERPMessage(t.Context(), pob, "S1", "OUTWARD_ORDER_CREATE", buildBody)
		bodies <- string(m.Body)
		return err
	}))
	first := <-bodies
	for range callers - 1 {
		require.Equal(t, first, <-bodies)
	}
}

func TestAMessageThatCannotBeBuiltIsNotStored(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	noPO := errors.New("no PO")
	_, err := db.StoreERPMessage(t.Context(), pob, "S1", "OUTWARD_ORDER_CREATE", func(int64) ([]byte, error) { return nil, noPO })
	require.ErrorIs(t, err, noPO)
	_, err = db.FindERPMessage(t.Context(), pob, "S1", "OUTWARD_ORDER_CREATE")
	require.ErrorIs(t, err, postgres.ErrNotFound)
}

func TestAnOrderIsPostedWhenTheERPAcceptsItsCreation(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	register(t, db, anOrder("S1", 1))
	create, err := db.StoreERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CREATE", buildBody)
	require.NoError(t, err)
	cancel, err := db.StoreERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CANCEL", buildBody)
	require.NoError(t, err)

	require.NoError(t, db.MarkERPAccepted(ctx, cancel.MessageID, 200, nil))
	require.Nil(t, read(t, db, "S1").PostedAt, "a cancellation does not post")
	require.NoError(t, db.MarkERPAccepted(ctx, create.MessageID, 202, []byte("ok\x00")))
	posted := read(t, db, "S1")
	require.NotNil(t, posted.PostedAt)

	require.NoError(t, db.MarkERPAccepted(ctx, create.MessageID, 200, []byte("again")))
	require.Equal(t, posted, read(t, db, "S1"))
	stored, err := db.FindERPMessage(ctx, pob, "S1", "OUTWARD_ORDER_CREATE")
	require.NoError(t, err)
	require.Equal(t, 202, value[int](t, db, `SELECT answer_status FROM erp_messages WHERE message_id = $1`, create.MessageID), "the first answer stays")
	require.Equal(t, "ok\x00", string(value[[]byte](t, db, `SELECT answer FROM erp_messages WHERE message_id = $1`, create.MessageID)))
	require.Equal(t, posted.PostedAt, stored.AcceptedAt)
	require.ErrorIs(t, db.MarkERPAccepted(ctx, 1, 200, nil), postgres.ErrNotFound)
}

func TestTheSameContentIsTheSameDocument(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	ctx := t.Context()
	label := postgres.Document{Pob: pob, OrderID: "S1", Kind: "label", Number: "AWB1", ContentType: "application/pdf", Content: []byte("%PDF-1")}
	refs := make(chan postgres.DocumentRef, 16)
	require.Empty(t, together(16, func(int) error {
		ref, err := db.SaveDocument(ctx, label)
		refs <- ref
		return err
	}))
	ref := <-refs
	for range 15 {
		require.Equal(t, ref, <-refs)
	}
	require.Equal(t, "label", ref.Kind)
	require.Len(t, ref.SHA256, 64)

	stored, err := db.Document(ctx, ref.ID)
	require.NoError(t, err)
	require.Equal(t, label.Content, stored.Content)
	require.Equal(t, ref.SHA256, stored.SHA256)
	require.Equal(t, "AWB1", stored.Number)

	label.Content = []byte("%PDF-2")
	newer, err := db.SaveDocument(ctx, label)
	require.NoError(t, err)
	require.NotEqual(t, ref, newer)
	latest, err := db.LatestDocument(ctx, pob, "S1", "label")
	require.NoError(t, err)
	require.Equal(t, newer.ID, latest.ID)

	list, err := db.Documents(ctx, pob, "S1")
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, postgres.DocumentInfo{
		DocumentRef: newer, Number: "AWB1", ContentType: "application/pdf", Size: 6, CreatedAt: latest.CreatedAt,
	}, list[1])
	list, err = db.Documents(ctx, "another POB", "S1")
	require.NoError(t, err)
	require.Empty(t, list)

	_, err = db.LatestDocument(ctx, pob, "S1", "b2c-invoice")
	require.ErrorIs(t, err, postgres.ErrNotFound)
	_, err = db.Document(ctx, 999)
	require.ErrorIs(t, err, postgres.ErrNotFound)
}

func TestADocumentReferenceIsWrittenAsHistoryKeepsIt(t *testing.T) {
	t.Parallel()
	written, err := json.Marshal(postgres.DocumentRef{Kind: "label", ID: 421, SHA256: "ab"})
	require.NoError(t, err)
	require.JSONEq(t, `{"kind": "label", "id": 421, "sha256": "ab"}`, string(written))
}

func TestAManifestMarksTheOrdersThatAjioTook(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	for _, id := range []string{"S1", "S2"} {
		register(t, db, anOrder(id, 1))
	}
	manifest := postgres.Manifest{
		Pob: pob, Key: "87456", AjioManifestID: "MF1", Carrier: "DELHIVERY", URL: "https://ajio.example/MF1",
		OrderIDs: []string{"S1"}, Refused: map[string]string{"S2": "AWB unknown"},
	}
	for range 2 {
		require.NoError(t, db.SaveManifest(ctx, manifest))
		require.Equal(t, "MF1", read(t, db, "S1").ManifestID)
		require.Empty(t, read(t, db, "S2").ManifestID, "a refused order stands in no manifest")
	}
	found, err := db.FindManifest(ctx, "MF1", []string{"DV9", pob})
	require.NoError(t, err)
	require.Equal(t, manifest, found)
	_, err = db.FindManifest(ctx, "MF1", []string{"DV9"})
	require.ErrorIs(t, err, postgres.ErrNotFound)

	other := manifest
	other.AjioManifestID = "MF2"
	require.ErrorIs(t, db.SaveManifest(ctx, other), postgres.ErrConflict)

	alone := postgres.Manifest{Pob: pob, Key: "87456-S2", AjioManifestID: "MF3", OrderIDs: []string{"S1", "S2"}}
	require.NoError(t, db.SaveManifest(ctx, alone))
	require.Equal(t, "MF3", read(t, db, "S2").ManifestID)
	require.Equal(t, "MF1", read(t, db, "S1").ManifestID, "an order keeps its manifest")
}

func TestAManifestHoldsAtMost250Orders(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	manifest := postgres.Manifest{Pob: pob, Key: "1", AjioManifestID: "MF1", OrderIDs: make([]string, 251)}
	require.Error(t, db.SaveManifest(t.Context(), manifest))
	manifest.OrderIDs = manifest.OrderIDs[:250]
	require.NoError(t, db.SaveManifest(t.Context(), manifest))
}

func TestManifestsWithTheSameOrdersInOppositeOrderDoNotDeadlock(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	for _, id := range []string{"S1", "S2", "S3"} {
		register(t, db, anOrder(id, 1))
	}
	require.Empty(t, together(32, func(i int) error {
		ids := []string{"S1", "S2", "S3"}
		if i%2 == 0 {
			ids = []string{"S3", "S2", "S1"}
		}
		return db.SaveManifest(t.Context(), postgres.Manifest{Pob: pob, Key: fmt.Sprint(i), AjioManifestID: fmt.Sprint(i), OrderIDs: ids})
	}))
	require.Equal(t, read(t, db, "S1").ManifestID, read(t, db, "S3").ManifestID)
}

func TestAClientGetsExactlyItsLimitInAMinute(t *testing.T) {
	t.Parallel()
	db := crowded(t)
	now := time.Date(2025, 11, 17, 10, 5, 20, 0, time.UTC)
	const limit, callers = 50, 128
	taken := make(chan bool, callers)
	require.Empty(t, together(callers, func(i int) error {
		ok, retryAfter, err := db.TakeRequest(t.Context(), "northline", limit, now)
		if !ok && retryAfter != 40*time.Second {
			return fmt.Errorf("retry after %s", retryAfter)
		}
		taken <- ok
		return err
	}))
	count := 0
	for range callers {
		if <-taken {
			count++
		}
	}
	require.Equal(t, limit, count)

	take := func(client string, limit int, at time.Time) bool {
		ok, _, err := db.TakeRequest(t.Context(), client, limit, at)
		require.NoError(t, err)
		return ok
	}
	require.True(t, take("southline", limit, now), "clients do not share a limit")
	require.False(t, take("southline", 0, now))
	require.True(t, take("northline", 1, now.Add(40*time.Second)), "a new minute starts anew")
	require.False(t, take("northline", 1, now.Add(41*time.Second)))
	require.False(t, take("northline", 1, now), "a clock that is late opens no old minute again")
}

func TestTheMessagesOfAReturnAreListedInTheirOrder(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	one, two := enter(t, db, "S1", "R1", order.CustomerReturn), enter(t, db, "S1", "R2", order.CustomerReturn)
	accept := func(kind, key string, row int64) {
		stored, verdict, err := db.Accept(t.Context(), postgres.Message{Kind: kind, Key: key, OrderID: "S1", ReturnRow: row})
		require.NoError(t, err)
		require.Equal(t, postgres.New, verdict)
		require.Equal(t, row, stored.ReturnRow)
	}
	accept("return-qc", "2", one.ID)
	accept("return-qc", "1", one.ID)
	accept("return-parcel", "1", one.ID)
	accept("return-qc", "3", two.ID)
	accept("packed", "S1", 0)
	list, err := db.ReturnMessages(t.Context(), one.ID, "return-qc")
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []string{"2", "1"}, []string{list[0].Key, list[1].Key})
}
