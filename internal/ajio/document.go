package ajio

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"

	"vmsflow/internal/ajio/wire"
)

// Document is a PDF that Ajio made.
type Document struct {
	OrderID string
	Number  string // the document's own; on a label the AWB
	Content []byte // the PDF, at most 10 MiB; always filled
	URL     string // where Ajio keeps it; empty when it came inside the answer
}

// B2CInvoice fetches the invoice that Ajio made out to the consumer. KindNotReady: it is still being made.
func (c *Client) B2CInvoice(ctx context.Context, orderID string) (Document, error) {
	return c.document(ctx, "B2C invoice", wire.PathB2CInvoice, orderID)
}

// ShippingLabel fetches the label of the courier that Ajio chose. KindNotReady: it is still being made.
func (c *Client) ShippingLabel(ctx context.Context, orderID string) (Document, error) {
	return c.document(ctx, "shipping label", wire.PathShippingLabel, orderID)
}

func (c *Client) document(ctx context.Context, name, path, orderID string) (Document, error) {
	k := call{
		name: name, orderID: orderID, method: http.MethodGet, path: path, inTheMaking: true,
		query: url.Values{wire.QueryOrderID: {orderID}},
	}
	var answer wire.Document
	if err := c.do(ctx, k, &answer); err != nil {
		return Document{}, err
	}
	if err := c.sameOrder(k, answer.OrderID); err != nil {
		return Document{}, err
	}
	content, err := c.content(ctx, k, answer.Document, answer.DocumentURL)
	return Document{OrderID: orderID, Number: string(answer.Number), Content: content, URL: string(answer.DocumentURL)}, err
}

// content takes a PDF out of an answer or fetches it from where the answer says that it is.
func (c *Client) content(ctx context.Context, k call, document, link wire.Text) (content []byte, err error) {
	switch {
	case document != "":
		if content, err = base64.StdEncoding.DecodeString(string(document)); err != nil {
			return nil, c.failed(k, KindMalformed, http.StatusOK, "the document is not base64")
		}
	case link != "":
		if content, err = c.fetch(ctx, k, string(link)); err != nil {
			return nil, err
		}
	default:
		return nil, c.failed(k, KindNotReady, http.StatusOK, "the answer holds neither a document nor a URL")
	}
	switch {
	case len(content) > wire.MaxDocument:
		return nil, c.failed(k, KindMalformed, http.StatusOK, fmt.Sprintf("the document has %d bytes, more than 10 MiB", len(content)))
	case !bytes.HasPrefix(content, []byte("%PDF")):
		return nil, c.failed(k, KindMalformed, http.StatusOK, "the document is not a PDF")
	}
	return content, nil
}

// maxHops bounds how often a document may be somewhere else.
const maxHops = 5

// fetch reads a document from its URL. The token goes to Ajio's own scheme, host and port and to no other, on
// every hop anew (contracts/ajio-vms.md §6.6, §11.1).
func (c *Client) fetch(ctx context.Context, k call, link string) ([]byte, error) {
	from := c.base
	for range maxHops {
		target, err := from.Parse(link)
		if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
			return nil, c.failed(k, KindMalformed, 0, "the document's URL is not an http or https URL")
		}
		got, err := c.get(ctx, k, target)
		if location := got.header.Get("Location"); got.status/100 == 3 && location != "" {
			from, link = target, location
			continue
		}
		return got.body, err
	}
	return nil, c.failed(k, KindRefused, 0, fmt.Sprintf("the document's URL redirects more than %d times", maxHops))
}

func (c *Client) get(ctx context.Context, k call, target *url.URL) (answer, error) {
	if origin(target) == origin(c.base) {
		return c.signedIn(ctx, func(token string) (answer, error) {
			return c.exchange(ctx, k, http.MethodGet, target.String(), nil, token)
		})
	}
	got, err := c.exchange(ctx, k, http.MethodGet, target.String(), nil, "")
	return got, regrade(err, KindAuth, KindRefused) // our credential has nothing to do with another host
}

// origin is scheme, host and port, with the port that a scheme implies.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + u.Hostname() + ":" + port
}
