package irp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/irp"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/simulate"
)

// safely registers a document by the rules of contracts/gst-einvoice.md §15, as an activity does that may run again
// and again: it reads back first.
func safely(t *testing.T, client *irp.Client, d irp.Document) irp.Registration {
	t.Helper()
	for range 5 {
		found, err := client.Find(t.Context(), d.IRN())
		require.NoError(t, err)
		if found != nil {
			require.NoError(t, found.CheckAdoption(d))
			return *found
		}
		registered, err := client.Register(t.Context(), d)
		if err == nil {
			return registered
		}
		require.True(t, irp.IsKind(err, irp.KindUnavailable), err)
	}
	require.Fail(t, "not registered after five attempts")
	return irp.Registration{}
}

func effects(sim *irptest.Server, name string) []simulate.Call {
	return sim.Ledger.Calls(func(c simulate.Call) bool { return c.Name == name && c.Effect })
}

func TestARegistrationWhoseAnswerIsLostIsAdopted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sim.Faults.Next(irptest.CallRegister, simulate.AnswerLost, 1)
	_, err := b.client.Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindUnavailable), err)

	found, err := b.client.Find(t.Context(), story().IRN())
	require.NoError(t, err)
	require.NoError(t, found.CheckAdoption(story()))
	qr, err := gst.ParseSignedQR(found.SignedQR, qrKeys(t, b.sim))
	require.NoError(t, err)
	require.Equal(t, found.IRN, qr.IRN)
	require.True(t, qr.IRNDate.Equal(found.AckDate))
	require.Len(t, effects(b.sim, irptest.CallRegister), 1, "one registration, one number")
}

func TestWithEveryThirdAnswerLostEachDocumentIsRegisteredOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *irptest.Options) { o.LoseEvery = 3 })
	for i := range 10 {
		document := story()
		document.DocDtls.No = fmt.Sprintf("AJ/25-26/%06d", i+1)
		require.Equal(t, document.IRN(), safely(t, b.client, document).IRN)
	}
	require.Len(t, effects(b.sim, irptest.CallRegister), 10)
	require.Len(t, b.sim.State().Documents, 10)
	lost := b.sim.Ledger.Calls(func(c simulate.Call) bool { return c.Fault == simulate.AnswerLost })
	require.Len(t, lost, 3)
}

func TestNoFaultRegistersTwice(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulate.Fault{simulate.ServerError, simulate.Unavailable, simulate.AnswerLost, simulate.Timeout} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			client := newClient(t, b.sim.URL, func(c *irp.Config) { c.Timeout = time.Second })
			b.sim.Faults.Next(irptest.CallRegister, fault, 1)
			safely(t, client, story())
			require.Len(t, effects(b.sim, irptest.CallRegister), 1)
		})
	}
}

func TestADuplicateIsReadBackAndAdopted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, err := b.client.Register(t.Context(), story())
	require.NoError(t, err)
	_, err = b.client.Register(t.Context(), story())
	require.True(t, irp.IsKind(err, irp.KindDuplicate), err)
	found, err := b.client.Find(t.Context(), story().IRN())
	require.NoError(t, err)
	require.Equal(t, first, *found)
	require.NoError(t, found.CheckAdoption(story()))
}

func TestAnotherDocumentUnderTheNumberIsNotAdopted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registered, err := b.client.Register(t.Context(), story())
	require.NoError(t, err)
	require.Equal(t, irp.Said{BuyerGSTIN: buyer, Total: 3255_00}, registered.Said)
	for problem, alter := range map[string]func(*irp.Registration, *irp.Document){
		"for buyer 29AAGCB7383J1Z4, not 09": func(_ *irp.Registration, d *irp.Document) { d.BuyerDtls.Gstin = "09AABCU9355J1ZS" },
		"for 3255.00, not 3255.01":          func(_ *irp.Registration, d *irp.Document) { d.ValDtls.TotInvVal++ },
		"is not the document's":             func(_ *irp.Registration, d *irp.Document) { d.DocDtls.No = "AJ/25-26/000422" },
		"cancelled before":                  func(r *irp.Registration, _ *irp.Document) { r.Status = irp.StatusCancelled },
		"cannot be read":                    func(r *irp.Registration, _ *irp.Document) { r.Said = irp.Said{} },
	} {
		registration, document := registered, story()
		alter(&registration, &document)
		err := registration.CheckAdoption(document)
		require.True(t, irp.IsKind(err, irp.KindRefused), err)
		require.ErrorContains(t, err, problem)
	}
}

func TestWhatAQRSaysIsReadUnderAnySignature(t *testing.T) {
	t.Parallel()
	for _, signature := range []irptest.Signature{
		irptest.GoodSignature, irptest.UnknownKid, irptest.WrongKey, irptest.HS256, irptest.NoSignature,
	} {
		b := setup(t)
		require.NoError(t, b.sim.SignWith(signature))
		registered, err := b.client.Register(t.Context(), story())
		require.NoError(t, err)
		require.Equal(t, irp.Said{BuyerGSTIN: buyer, Total: 3255_00}, registered.Said, signature)
	}
}

func TestACancellationWhoseAnswerIsLostIsFoundDone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.client.Register(t.Context(), story())
	require.NoError(t, err)
	b.sim.Faults.Next(irptest.CallCancel, simulate.AnswerLost, 1)
	_, err = b.client.Cancel(t.Context(), storyIRN, irp.ReasonOrderCancelled, "Order cancelled before packing")
	require.True(t, irp.IsKind(err, irp.KindUnavailable), err)
	_, err = b.client.Cancel(t.Context(), storyIRN, irp.ReasonOrderCancelled, "Order cancelled before packing")
	require.True(t, irp.IsKind(err, irp.KindNotActive), err)
	found, err := b.client.Find(t.Context(), storyIRN)
	require.NoError(t, err)
	require.Equal(t, irp.StatusCancelled, found.Status)
	require.Len(t, effects(b.sim, irptest.CallCancel), 1)
}
