package einvoice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/gst"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/order"
)

const noteNumber = "CN/25-26/000042"

// noteTime is when the story's note was registered, noteDay the DocDt of its QR.
var (
	noteTime = time.Date(2025, 11, 26, 12, 0, 0, 0, gst.IST)
	noteDay  = time.Date(2025, 11, 26, 0, 0, 0, 0, gst.IST)
)

// noteFacts is a return of one of the two shirts, ₹997.50.
func noteFacts() einvoice.CreditNoteFacts {
	f := facts()
	return einvoice.CreditNoteFacts{
		Model: order.CreditNoteModel, Invoiced: true, InvoiceDate: invoiceTime, PO: f.PO,
		Returned: order.Quantities{"1": 1}, InvoicedUnits: order.Quantities{"1": 2, "2": 1}, Now: noteTime.Add(time.Hour),
	}
}

func noteQR(change ...func(*gst.QR)) gst.QR {
	qr := gst.QR{
		SellerGSTIN: seller, BuyerGSTIN: buyer, DocNo: noteNumber, DocType: gst.CreditNote, DocDate: noteDay,
		TotalPaise: 99750, ItemCount: 1, MainHSNCode: "62052000", IRN: gst.IRN(seller, noteDay, gst.CreditNote, noteNumber), IRNDate: noteTime,
	}
	for _, c := range change {
		c(&qr)
	}
	return qr
}

func note(change ...func(*einvoice.CreditNotePosting)) einvoice.CreditNotePosting {
	p := einvoice.CreditNotePosting{
		Number: noteNumber, ReturnID: "R2511240077", IRN: gst.IRN(seller, noteDay, gst.CreditNote, noteNumber),
		AckNumber: "112510000000987", AckDate: noteTime, SignedQR: irp().Sign(noteQR()), HasPDF: true,
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// noteSaying is the story's note with another QR.
func noteSaying(change func(*gst.QR)) einvoice.CreditNotePosting {
	return note(func(p *einvoice.CreditNotePosting) { p.SignedQR = irp().Sign(noteQR(change)) })
}

func worth(paise int64) einvoice.CreditNotePosting {
	return noteSaying(func(qr *gst.QR) { qr.TotalPaise = paise })
}

func TestARightCreditNoteIsAccepted(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]einvoice.CreditNotePosting{
		"with its PDF":                    note(),
		"by URL":                          note(func(p *einvoice.CreditNotePosting) { p.HasPDF, p.URL = false, "https://erp.example/42.pdf" }),
		"the number in small letters":     note(func(p *einvoice.CreditNotePosting) { p.Number = strings.ToLower(noteNumber) }),
		"registered at once":              note(func(p *einvoice.CreditNotePosting) { p.AckDate = noteDay }),
		"registered on the day, in UTC":   note(func(p *einvoice.CreditNotePosting) { p.AckDate = noteDay.Add(5 * time.Minute).UTC() }),
		"registered later than its day":   note(func(p *einvoice.CreditNotePosting) { p.AckDate = noteTime.Add(30 * time.Minute) }),
		"another count and main HSN code": noteSaying(func(qr *gst.QR) { qr.ItemCount, qr.MainHSNCode = 9, "6403" }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := einvoice.CheckCreditNote(p, noteFacts(), rules())
			require.Empty(t, texts(verdict.Refused))
			require.Empty(t, texts(verdict.Doubts))
			require.Empty(t, verdict.KeyUnknown)
			require.True(t, noteDay.Equal(verdict.Date), "the note's date is the QR's")
			require.Equal(t, order.Paise(99750), verdict.Value)
		})
	}
}

// Every rule, broken alone: what the sender is told.
func TestARuleThatACreditNoteBreaksIsNamed(t *testing.T) {
	t.Parallel()
	other := gst.IRN(seller, noteDay, gst.CreditNote, "CN/25-26/000043")
	for name, c := range map[string]struct {
		posting einvoice.CreditNotePosting
		facts   func(*einvoice.CreditNoteFacts)
		want    string
	}{
		"CN-1 form": {posting: note(func(p *einvoice.CreditNotePosting) {
			p.Number, p.IRN = "A_1", gst.IRN(seller, noteDay, gst.CreditNote, "A_1")
			p.SignedQR = irp().Sign(noteQR(func(qr *gst.QR) { qr.DocNo, qr.IRN = "A_1", gst.IRN(seller, noteDay, gst.CreditNote, "A_1") }))
		}), want: "[creditNoteNumber: CN-1 DOC-001 "},
		"CN-1 used": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.UsedFor = "R9" },
			want: "[creditNoteNumber: CN-1 DOC-002 is the number of the credit note over return R9 already]"},
		"CN-1 date in the future": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.Now = noteTime.Add(-24 * time.Hour) },
			want: "[ackDate: CN-1 DOC-003 the document is dated 26/11/2025, today is 25/11/2025] [signedQrCode: CN-1 DOC-003 the document is dated 26/11/2025, today is 25/11/2025]"},
		"CN-1 registered before its date": {posting: note(func(p *einvoice.CreditNotePosting) { p.AckDate = noteDay.Add(-time.Second) }),
			want: "[ackDate: CN-1 is before the note's date, which is 26/11/2025 in its signed QR]"},
		"CN-1 acknowledgement number": {posting: note(func(p *einvoice.CreditNotePosting) { p.AckNumber = "ACK 987" }),
			want: `[ackNumber: CN-1 "ACK 987" is not digits only]`},
		"CN-1 IRN form":                {posting: note(func(p *einvoice.CreditNotePosting) { p.IRN = strings.ToUpper(p.IRN) }), want: "[signedQrCode: CN-1 QR-004 Irn: "},
		"CN-1 IRN of another document": {posting: note(func(p *einvoice.CreditNotePosting) { p.IRN = other }), want: "[signedQrCode: CN-1 QR-004 Irn: "},
		"CN-1 IRN of another seller": {posting: noteSaying(func(qr *gst.QR) {
			qr.SellerGSTIN, qr.IRN = buyer, gst.IRN(buyer, noteDay, gst.CreditNote, noteNumber)
		}), want: "[signedQrCode: CN-1 QR-004 SellerGstin: "},
		"CN-1 no JWT": {posting: note(func(p *einvoice.CreditNotePosting) { p.SignedQR = "iVBORw0KGgo=" }),
			want: "[signedQrCode: CN-1 QR-001 not three parts of base64url, joined by dots: the signed string is needed, not its picture]"},
		"CN-1 algorithm": {posting: note(func(p *einvoice.CreditNotePosting) {
			unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"data": gsttest.Data(noteQR()), "iss": gsttest.Issuer})
			p.SignedQR, _ = unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
		}), want: "[signedQrCode: CN-1 QR-002 signed with none, only RS256 is accepted]"},
		"CN-1 signature": {posting: note(func(p *einvoice.CreditNotePosting) {
			p.SignedQR = stranger().SignClaims(jwt.MapClaims{"data": gsttest.Data(noteQR()), "iss": gsttest.Issuer}, map[string]any{"kid": irp().ID()})
		}), want: "[signedQrCode: CN-1 QR-003 "},
		"CN-1 a value is missing": {posting: note(func(p *einvoice.CreditNotePosting) {
			p.SignedQR = irp().SignClaims(jwt.MapClaims{"data": strings.Replace(gsttest.Data(noteQR()), "DocDt", "Date", 1), "iss": gsttest.Issuer}, nil)
		}), want: "[signedQrCode: CN-1 QR-004 DocDt: missing]"},
		"CN-1 buyer":  {posting: noteSaying(func(qr *gst.QR) { qr.BuyerGSTIN = seller }), want: "[signedQrCode: CN-1 QR-004 BuyerGstin: "},
		"CN-1 number": {posting: noteSaying(func(qr *gst.QR) { qr.DocNo, qr.IRN = "CN/25-26/000043", other }), want: "[signedQrCode: CN-1 QR-004 DocNo: "},
		"CN-1 an invoice's QR": {posting: noteSaying(func(qr *gst.QR) {
			qr.DocType, qr.IRN = gst.Invoice, gst.IRN(seller, noteDay, gst.Invoice, noteNumber)
		}), want: "[signedQrCode: CN-1 QR-004 DocTyp: "},
		"INV-4 no document": {posting: note(func(p *einvoice.CreditNotePosting) { p.HasPDF = false }),
			want: "[signedCreditNotePdf: INV-4 send signedCreditNotePdf or creditNotePdfUrl]"},
		"CN-2 no return": {posting: note(func(p *einvoice.CreditNotePosting) { p.ReturnID = "" }), want: "[returnOrderId: CN-2 is missing]"},
		"CN-2 another return": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.ReturnID = "R2511240078" },
			want: "[returnOrderId: CN-2 is R2511240077, but this is the return R2511240078]"},
		"CN-2 withdrawn": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.Withdrawn = true },
			want: "[returnOrderId: CN-2 Ajio withdrew the return, and nothing of it came: there is nothing to credit]"},
		"CN-2 model": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.Model = order.RSIModel },
			want: "[returnOrderId: CN-2 is settled by RSI, for which no credit note is sent to Ajio]"},
		"CN-2 no invoice": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.Invoiced = false },
			want: "[returnOrderId: CN-2 CRN-001 belongs to an order without an accepted invoice: there is nothing to credit]"},
		"CN-2 second": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.AcceptedNumber = "CN/1" },
			want: "[creditNoteNumber: CN-2 the return already has the accepted credit note CN/1]"},
		"CN-3 more than the returned units": {posting: worth(100000),
			want: "[signedQrCode: CN-3 CRN-002 TotInvVal: 1000.00 is above 997.50, the invoice value of the returned units]"},
		"CN-3 more than earlier notes left": {posting: note(), facts: func(f *einvoice.CreditNoteFacts) { f.Credited = 300000 },
			want: "[signedQrCode: CN-3 CRN-002 TotInvVal: 997.50 is above 255.00, what earlier credit notes left of the invoice]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := noteFacts()
			if c.facts != nil {
				c.facts(&f)
			}
			refused := texts(einvoice.CheckCreditNote(c.posting, f, rules()).Refused)
			require.True(t, strings.HasPrefix(refused, c.want), "%s\nexpected %s", refused, c.want)
			if strings.HasSuffix(c.want, "]") {
				require.Equal(t, c.want, refused, "nothing else is wrong")
			}
		})
	}
	refused := texts(einvoice.CheckCreditNote(note(func(p *einvoice.CreditNotePosting) { p.IRN = other }), noteFacts(), rules()).Refused)
	require.Contains(t, refused, "[irnNumber: CN-1 IRN-002 ")
	refused = texts(einvoice.CheckCreditNote(note(func(p *einvoice.CreditNotePosting) { p.IRN = "d9b8" }), noteFacts(), rules()).Refused)
	require.Contains(t, refused, "[irnNumber: CN-1 IRN-001 ")
}

// The law's tolerance (contracts/gst-einvoice.md §7): 997.50 takes up to 999.00, 3255.00 up to 3257.00; a note may always credit
// less.
func TestACreditNoteMayCreditNoMoreThanTheInvoiceLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value, refusedFrom int64
		facts              func(*einvoice.CreditNoteFacts)
	}{
		"the units of this return": {value: 99900, refusedFrom: 99901},
		"less":                     {value: 100, refusedFrom: 99901},
		"all units of the order": {value: 325700, refusedFrom: 325701, facts: func(f *einvoice.CreditNoteFacts) {
			f.Returned = f.InvoicedUnits
		}},
		"what an earlier note left": {value: 99900, refusedFrom: 99901, facts: func(f *einvoice.CreditNoteFacts) {
			f.Returned, f.Credited = f.InvoicedUnits, 225750
		}},
		"nothing was left": {value: 200, refusedFrom: 201, facts: func(f *einvoice.CreditNoteFacts) { f.Credited = 325500 }},
		"the invoice had fewer units than were ordered": {value: 126200, refusedFrom: 126201, facts: func(f *einvoice.CreditNoteFacts) {
			f.Returned, f.InvoicedUnits = order.Quantities{"1": 2, "2": 1}, order.Quantities{"2": 1}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := noteFacts()
			if c.facts != nil {
				c.facts(&f)
			}
			require.Empty(t, texts(einvoice.CheckCreditNote(worth(c.value), f, rules()).Refused))
			require.Contains(t, texts(einvoice.CheckCreditNote(worth(c.refusedFrom), f, rules()).Refused), "CN-3 CRN-002 TotInvVal: ")
		})
	}
}

func TestACreditNoteOverMoreThanTheGoodUnitsIsADoubt(t *testing.T) {
	t.Parallel()
	f := noteFacts()
	f.Returned, f.QCDone, f.Passed = order.Quantities{"1": 2}, true, order.Quantities{"1": 1}
	require.Empty(t, einvoice.CheckCreditNote(worth(99900), f, rules()).Doubts)
	verdict := einvoice.CheckCreditNote(worth(99901), f, rules())
	require.Empty(t, verdict.Refused)
	require.Equal(t, "[signedQrCode: CN-3 CRN-002 TotInvVal: 999.01 is above 997.50, the value of the units that passed the QC; "+
		"the others are settled by hand]", texts(verdict.Doubts))
	f.Passed = nil
	require.Len(t, einvoice.CheckCreditNote(worth(99750), f, rules()).Doubts, 1, "no unit passed")
	f.QCDone = false
	require.Empty(t, einvoice.CheckCreditNote(worth(99901), f, rules()).Doubts, "nobody knows yet")
}

func TestALateCreditNoteIsADoubt(t *testing.T) {
	t.Parallel()
	dated := func(day time.Time) einvoice.CreditNoteVerdict {
		f := noteFacts()
		f.Now = day.AddDate(0, 1, 0)
		p := noteSaying(func(qr *gst.QR) { qr.DocDate, qr.IRN = day, gst.IRN(seller, day, gst.CreditNote, noteNumber) })
		p.AckDate, p.IRN = day.Add(time.Hour), gst.IRN(seller, day, gst.CreditNote, noteNumber)
		return einvoice.CheckCreditNote(p, f, rules())
	}
	require.Empty(t, dated(time.Date(2026, 11, 30, 0, 0, 0, 0, gst.IST)).Doubts)
	late := dated(time.Date(2026, 12, 1, 0, 0, 0, 0, gst.IST))
	require.Empty(t, texts(late.Refused), "a warning, no refusal")
	require.Equal(t, "[signedQrCode: CN-1 CRN-003 DocDt: 01/12/2026 is after 30/11/2026, the last day for a credit note to the invoice]", texts(late.Doubts))
}

func TestACreditNoteWithAnUnknownKeyIsJudgedByWhatItSays(t *testing.T) {
	t.Parallel()
	unknown := func(change ...func(*gst.QR)) einvoice.CreditNotePosting {
		return note(func(p *einvoice.CreditNotePosting) { p.SignedQR = stranger().Sign(noteQR(change...)) })
	}
	verdict := einvoice.CheckCreditNote(unknown(), noteFacts(), rules())
	require.Empty(t, texts(verdict.Refused))
	require.Contains(t, verdict.KeyUnknown, stranger().ID())
	require.True(t, noteDay.Equal(verdict.Date))
	require.Equal(t, order.Paise(99750), verdict.Value)

	verdict = einvoice.CheckCreditNote(unknown(func(qr *gst.QR) { qr.TotalPaise = 500000 }), noteFacts(), rules())
	require.Contains(t, texts(verdict.Refused), "CN-3 CRN-002", "no key will make it agree")
}

func TestAChannelThatIsOnlyWarnedTakesCreditNotesLikewise(t *testing.T) {
	t.Parallel()
	r := rules()
	r.WarnOnly = []string{"INV-3"}
	verdict := einvoice.CheckCreditNote(note(func(p *einvoice.CreditNotePosting) { p.SignedQR = stranger().Sign(noteQR()) }), noteFacts(), r)
	require.Empty(t, texts(verdict.Refused))
	require.Empty(t, verdict.KeyUnknown, "no return waits for a key that the channel does not insist on")
	require.Contains(t, texts(verdict.Doubts), "[signedQrCode: CN-1 QR-005 ")
	require.True(t, noteDay.Equal(verdict.Date), "it goes to Ajio")
	verdict = einvoice.CheckCreditNote(note(func(p *einvoice.CreditNotePosting) { p.IRN = "d9b8" }), noteFacts(), r)
	require.Contains(t, texts(verdict.Refused), "CN-1 IRN-001", "INV-2 is another rule")

	r.WarnOnly = einvoice.MayWarnOnly()
	broken := note(func(p *einvoice.CreditNotePosting) {
		p.Number, p.IRN, p.SignedQR = "A_1", "d9b8", stranger().Sign(noteQR(func(qr *gst.QR) { qr.BuyerGSTIN = seller }))
	})
	verdict = einvoice.CheckCreditNote(broken, noteFacts(), r)
	require.Empty(t, texts(verdict.Refused))
	require.Contains(t, texts(verdict.Doubts), "BuyerGstin")

	f := noteFacts()
	f.UsedFor = "R9"
	require.Contains(t, texts(einvoice.CheckCreditNote(note(), f, r).Refused), "DOC-002", "no two returns can have one number")
	require.Contains(t, texts(einvoice.CheckCreditNote(worth(100000), noteFacts(), r).Refused), "CN-3", "CN-3 is no rule to be warned by")
	picture := note(func(p *einvoice.CreditNotePosting) { p.SignedQR = "iVBORw0KGgo=" })
	require.Contains(t, texts(einvoice.CheckCreditNote(picture, noteFacts(), r).Refused), "QR-001", "nothing else dates the note")
}

func TestTheFormOfACreditNoteIsJudgedWithoutAReturn(t *testing.T) {
	t.Parallel()
	require.Empty(t, einvoice.CheckCreditNoteForm(note()))
	require.Equal(t, "[creditNoteNumber: CN-1 is missing] [returnOrderId: CN-2 is missing] [irnNumber: CN-1 is missing] "+
		"[ackNumber: CN-1 is missing] [signedQrCode: CN-1 is missing] [ackDate: CN-1 is missing] "+
		"[signedCreditNotePdf: INV-4 send signedCreditNotePdf or creditNotePdfUrl]",
		texts(einvoice.CheckCreditNoteForm(einvoice.CreditNotePosting{})))
}
