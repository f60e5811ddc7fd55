package activities_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/activities"
	"vmsflow/internal/gst"
	"vmsflow/internal/irp"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
	"vmsflow/internal/rms"
	"vmsflow/internal/simulate"
)

const (
	rmsSeller = "27AAPFU0939F1ZV"
	rmsBuyer  = "29AAGCB7383J1Z4"
)

// taxOffice is a seller's database and the IRP.
type taxOffice struct {
	db       *postgres.DB
	irp      *irptest.Server
	einvoice *activities.EInvoice

	mu  sync.Mutex
	now time.Time // the IRP's
}

func newTaxOffice(t *testing.T) *taxOffice {
	t.Helper()
	o := &taxOffice{now: time.Now()}
	o.irp = irptest.NewServer(irptest.Options{
		Accounts: []irptest.Account{{GSTIN: rmsSeller, ClientID: "c", ClientSecret: "s", Username: "u", Password: "p"}},
		Now: func() time.Time {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.now
		},
	})
	t.Cleanup(o.irp.Close)
	o.irp.Faults.HangFor, o.irp.Faults.SlowFor = 100*time.Millisecond, time.Millisecond
	o.open(t)
	return o
}

// open gives the office books of its own and the seller's credential at its IRP.
func (o *taxOffice) open(t *testing.T) {
	t.Helper()
	o.db = pgtest.New(t)
	client, err := irp.New(irp.Config{BaseURL: o.irp.URL, ClientID: "c", ClientSecret: "s", GSTIN: rmsSeller, Username: "u", Password: "p"})
	require.NoError(t, err)
	keys, err := gst.NewQRKeys(map[string]string{o.irp.KeyID(): o.irp.PublicKeyPEM()}, []string{irptest.Issuer})
	require.NoError(t, err)
	o.einvoice = &activities.EInvoice{DB: o.db, Channels: map[string]activities.EInvoiceChannel{pob: {
		IRP: client, Keys: keys, PlaceOfSupply: "29", Prefix: "AJ",
		Seller: rms.Party{GSTIN: rmsSeller, LegalName: "Northline Apparel Private Limited", Address1: "12 Example Estate", Location: "Bhiwandi", StateCode: "27", PIN: "421302"},
		Buyer:  rms.Party{GSTIN: rmsBuyer, LegalName: "Ajio buying entity", Address1: "1 Example Road", Location: "Bengaluru", StateCode: "29", PIN: "560001"},
	}}}
}

// packed enters an order that is packed in full.
func (o *taxOffice) packed(t *testing.T, id string) activities.MakeInvoiceInput {
	t.Helper()
	placed := order.Order{Pob: pob, ID: id, OrderTime: time.Now(), Lines: []order.Line{
		{OrderItemID: "1", ItemCode: "469876543001", EAN: "8901234567890", Name: "Slim Fit Cotton Shirt", Ordered: 2},
		{OrderItemID: "2", ItemCode: "469880012004", EAN: "8901234567906", Name: "Polo T-shirt", Ordered: 1},
	}}
	_, err := o.db.RegisterOrder(t.Context(), placed, order.RMSModel)
	require.NoError(t, err)
	return activities.MakeInvoiceInput{Packed: order.Quantities{"1": 2, "2": 1}, PostOrderInput: activities.PostOrderInput{Order: placed, PO: order.PurchaseOrder{
		Number: "PO-" + id, Date: time.Now(), Amount: 325500, BuyerGSTIN: rmsBuyer, Lines: []order.POLine{
			{OrderItemID: "1", ItemCode: "469876543001", HSN: "62052000", Units: 2, BasePrice: 95000, IGST: 9500, TaxRate: 500},
			{OrderItemID: "2", ItemCode: "469880012004", HSN: "61091000", Units: 1, BasePrice: 120000, IGST: 6000, TaxRate: 500},
		},
	}}}
}

func (o *taxOffice) make(in activities.MakeInvoiceInput) (made activities.MadeInvoice, err error) {
	err = runner()(func(ctx context.Context, in activities.MakeInvoiceInput) (err error) {
		made, err = o.einvoice.MakeInvoice(ctx, in)
		return err
	}, in)
	return made, err
}

func (o *taxOffice) cancelIRN(id string) (result activities.CancelIRNResult, err error) {
	err = runner()(func(ctx context.Context, ref activities.OrderRef) (err error) {
		result, err = o.einvoice.CancelIRN(ctx, ref)
		return err
	}, activities.OrderRef{Pob: pob, OrderID: id})
	return result, err
}

func TestOurInvoiceIsMadeRegisteredAndArchivedOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	for _, call := range []string{irptest.CallLogin, irptest.CallRegister} {
		for _, fault := range transportFaults {
			t.Run(fmt.Sprintf("%s, fault %q", call, fault), func(t *testing.T) {
				t.Parallel()
				o := newTaxOffice(t)
				in := o.packed(t, "S1")
				o.irp.Faults.Next(call, fault, 2)
				made, err := o.make(in)
				require.NoError(t, err)
				again, err := o.make(in)
				require.NoError(t, err)
				require.Equal(t, made.Invoice.Number, again.Invoice.Number)
				require.Equal(t, made.Invoice.DocumentID, again.Invoice.DocumentID)
				require.Equal(t, 1, effects(o.irp.Ledger, irptest.CallRegister))

				require.Equal(t, "AJ/"+gst.FinancialYear(time.Now())[2:]+"/000001", made.Invoice.Number)
				require.Equal(t, in.Packed, made.Invoice.Quantities)
				require.Empty(t, made.Warning)
				qr, err := gst.ParseSignedQR(made.Invoice.SignedQR, o.einvoice.Channels[pob].Keys)
				require.NoError(t, err)
				require.Equal(t, int64(325500), qr.TotalPaise)
				document, err := o.db.Document(t.Context(), made.Invoice.DocumentID)
				require.NoError(t, err)
				require.Equal(t, "%PDF", string(document.Content[:4]))
				known, err := o.db.Order(t.Context(), pob, "S1")
				require.NoError(t, err)
				require.Equal(t, made.Invoice.IRN, known.Invoice.IRN)
			})
		}
	}
}

func TestARefusedInvoiceKeepsItsNumberAndOneThatCannotBeMadeTakesNone(t *testing.T) {
	t.Parallel()
	o := newTaxOffice(t)
	year := gst.FinancialYear(time.Now())[2:]
	rates, err := o.db.Rates(t.Context())
	require.NoError(t, err)
	footwear := slices.DeleteFunc(slices.Clone(rates), func(r gst.RateRow) bool { return r.HSNPrefix != "64" })
	require.NoError(t, o.db.ReplaceRates(t.Context(), footwear))
	_, err = o.make(o.packed(t, "S1"))
	require.Equal(t, "tax_rate_missing", activities.RefusalOf(err).Attention)
	require.NoError(t, o.db.ReplaceRates(t.Context(), rates))

	o.irp.Faults.Next(irptest.CallRegister, simulate.Refused, 1)
	refused := o.packed(t, "S2")
	_, err = o.make(refused)
	require.Equal(t, activities.AttentionIRPRefused, activities.RefusalOf(err).Attention)
	next, err := o.make(o.packed(t, "S3"))
	require.NoError(t, err)
	require.Equal(t, "AJ/"+year+"/000002", next.Invoice.Number)
	mended, err := o.make(refused)
	require.NoError(t, err)
	require.Equal(t, "AJ/"+year+"/000001", mended.Invoice.Number, "the number that it had; nothing took one without an invoice")
}

func TestWhatTheIRPSignedIsVerified(t *testing.T) {
	t.Parallel()
	o := newTaxOffice(t)
	require.NoError(t, o.irp.SignWith(irptest.UnknownKid))
	made, err := o.make(o.packed(t, "S1"))
	require.NoError(t, err)
	require.Contains(t, made.Warning, "could not be verified")
	require.NoError(t, o.irp.SignWith(irptest.WrongKey))
	_, err = o.make(o.packed(t, "S2"))
	require.Equal(t, activities.AttentionIRPDiffers, activities.RefusalOf(err).Attention)
}

func TestPackedShortIsInvoicedShortAndACutDoesNotInsistOnThePOsAmount(t *testing.T) {
	t.Parallel()
	o := newTaxOffice(t)
	short := o.packed(t, "S1")
	short.Packed = order.Quantities{"1": 1}
	made, err := o.make(short)
	require.NoError(t, err)
	require.Equal(t, order.Quantities{"1": 1}, made.Invoice.Quantities)

	cut := o.packed(t, "S2")
	cut.PO.Lines[0].Units, cut.PO.Lines[0].IGST = 1, 4750
	cut.Packed = order.Quantities{"1": 1, "2": 1}
	_, err = o.make(cut)
	require.Equal(t, "invoice_total_differs", activities.RefusalOf(err).Attention, "Ajio's amount counts the unit that is gone")
	cut.Cut = true
	_, err = o.make(cut)
	require.NoError(t, err)
}

func TestAnIRNIsCancelledOnceAndInTime(t *testing.T) {
	t.Parallel()
	for _, fault := range transportFaults {
		t.Run(string("fault "+fault), func(t *testing.T) {
			t.Parallel()
			o := newTaxOffice(t)
			_, err := o.make(o.packed(t, "S1"))
			require.NoError(t, err)
			o.irp.Faults.Next(irptest.CallCancel, fault, 1)
			for range 2 {
				result, err := o.cancelIRN("S1")
				require.NoError(t, err)
				require.False(t, result.TooLate)
			}
			require.Equal(t, 1, effects(o.irp.Ledger, irptest.CallCancel))
			stored, err := o.db.B2BInvoice(t.Context(), pob, "S1")
			require.NoError(t, err)
			require.NotNil(t, stored.CancelledAt)
		})
	}
	t.Run("after 24 hours a credit note takes its place", func(t *testing.T) {
		t.Parallel()
		o := newTaxOffice(t)
		_, err := o.make(o.packed(t, "S1"))
		require.NoError(t, err)
		o.mu.Lock()
		o.now = o.now.Add(25 * time.Hour)
		o.mu.Unlock()
		result, err := o.cancelIRN("S1")
		require.NoError(t, err)
		require.True(t, result.TooLate)
	})
	t.Run("its registration's answer was lost for good", func(t *testing.T) {
		t.Parallel()
		o := newTaxOffice(t)
		o.irp.Faults.Next(irptest.CallRegister, simulate.AnswerLost, 1)
		_, err := o.einvoice.MakeInvoice(t.Context(), o.packed(t, "S1"))
		require.True(t, irp.IsKind(err, irp.KindUnavailable), errors.Unwrap(err))
		_, err = o.cancelIRN("S1")
		require.NoError(t, err)
		require.Equal(t, 1, effects(o.irp.Ledger, irptest.CallCancel))
	})
	t.Run("another document has its number: that one stays", func(t *testing.T) {
		t.Parallel()
		stranger := newTaxOffice(t) // the same seller with other books, whose series begins with the same number
		other := stranger.packed(t, "S9")
		other.Packed = order.Quantities{"1": 1}
		_, err := stranger.make(other)
		require.NoError(t, err)

		o := &taxOffice{irp: stranger.irp}
		o.open(t)
		_, err = o.make(o.packed(t, "S1"))
		require.Equal(t, activities.AttentionIRPRefused, activities.RefusalOf(err).Attention)
		_, err = o.cancelIRN("S1")
		require.Equal(t, activities.AttentionIRPRefused, activities.RefusalOf(err).Attention)
		require.Zero(t, effects(o.irp.Ledger, irptest.CallCancel))
		stored, err := o.db.B2BInvoice(t.Context(), pob, "S1")
		require.NoError(t, err)
		require.Nil(t, stored.RegisteredAt, "it was not taken for ours")
	})
	t.Run("there is none", func(t *testing.T) {
		t.Parallel()
		o := newTaxOffice(t)
		_, err := o.cancelIRN("S1")
		require.NoError(t, err)
	})
}
