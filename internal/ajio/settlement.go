package ajio

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"vmsflow/internal/ajio/wire"
)

// RSI fetches the return sales invoice that Ajio made out to the seller over a return (contracts/ajio-vms.md §7.4).
// KindNotReady: Ajio has not issued it, which takes days.
func (c *Client) RSI(ctx context.Context, returnID string) (Document, error) {
	k := call{
		name: "return sales invoice", returnID: returnID, method: http.MethodGet, path: wire.PathRSI, inTheMaking: true,
		query: url.Values{wire.QueryReturnID: {returnID}},
	}
	var answer wire.RSI
	if err := c.do(ctx, k, &answer); err != nil {
		return Document{}, err
	}
	if err := c.sameReturn(k, answer.ReturnID); err != nil {
		return Document{}, err
	}
	content, err := c.content(ctx, k, answer.Document, answer.URL)
	return Document{OrderID: string(answer.OrderID), Number: string(answer.Number), Content: content, URL: string(answer.URL)}, err
}

// CreditNoteRequest is the seller's credit note over a return: exactly one of Document and DocumentURL.
type CreditNoteRequest struct {
	ReturnID    string
	Number      string
	Date        time.Time // 00:00 IST of the DocDt
	IRN         string
	AckNumber   string
	AckDate     time.Time
	SignedQR    string
	Document    []byte // the PDF
	DocumentURL string
}

// CreditNote hands over the credit note. The same number again succeeds; another one for the return is KindRefused, and
// there is no call that reads it back (contracts/ajio-vms.md §7.5, §11).
func (c *Client) CreditNote(ctx context.Context, r CreditNoteRequest) error {
	k := call{
		name: "credit note", returnID: r.ReturnID, method: http.MethodPost, path: wire.PathCreditNote,
		body: wire.CreditNote{
			ReturnID: r.ReturnID, Number: r.Number, Date: wire.At(r.Date), IRN: r.IRN, AckNumber: r.AckNumber,
			AckDate: wire.At(r.AckDate), SignedQR: r.SignedQR, DocumentURL: r.DocumentURL,
			Document: base64.StdEncoding.EncodeToString(r.Document),
		},
	}
	if (len(r.Document) == 0) == (r.DocumentURL == "") {
		return c.failed(k, KindRefused, 0, oneDocument)
	}
	var outcome wire.Outcome
	if err := c.do(ctx, k, &outcome); err != nil {
		return err
	}
	return c.settle(k, outcome)
}
