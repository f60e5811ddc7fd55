package ajio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vmsflow/internal/ajio/wire"
	"vmsflow/internal/remote"
)

// ManifestRequest hands parcels over to one carrier, at most 250.
type ManifestRequest struct {
	Carrier   string
	Shipments []Shipment
}

// Shipment is one parcel.
type Shipment struct {
	OrderID        string
	TrackingNumber string // the AWB
	InvoiceNumber  string // of the B2B invoice
}

// ManifestResult says which parcels went in: those asked for less those that failed. ManifestID is empty when all
// were refused.
type ManifestResult struct {
	ManifestID string
	URL        string
	Failed     []FailedItem
}

// FailedItem is a parcel that Ajio refused, in its words.
type FailedItem struct {
	OrderID string
	Message string
}

// CreateManifest makes a manifest of the parcels that Ajio accepts. What it refuses is in the result, not an error,
// because the others have gone in (contracts/ajio-vms.md §6.8).
func (c *Client) CreateManifest(ctx context.Context, r ManifestRequest) (ManifestResult, error) {
	body := wire.Manifest{Carrier: r.Carrier, Shipments: []wire.Shipment{}}
	for _, s := range r.Shipments {
		body.Shipments = append(body.Shipments, wire.Shipment{
			OrderID: wire.Text(s.OrderID), TrackingNumber: wire.Text(s.TrackingNumber), InvoiceNumber: wire.Text(s.InvoiceNumber),
		})
	}
	k := call{name: "create manifest", method: http.MethodPost, path: wire.PathManifest, body: body, partial: true}
	if len(r.Shipments) == 0 || len(r.Shipments) > wire.MaxManifest {
		return ManifestResult{}, c.failed(k, KindRefused, 0, fmt.Sprintf("%d shipments in one manifest, expected 1 to %d", len(r.Shipments), wire.MaxManifest))
	}
	var answer struct {
		wire.ManifestAnswer
		FailedItems []json.RawMessage `json:"failed_items"` // one item in an unknown shape must not hide the manifest
	}
	if err := c.do(ctx, k, &answer); err != nil {
		return ManifestResult{}, err
	}
	result := ManifestResult{ManifestID: string(answer.ManifestID), URL: string(answer.ManifestURL)}
	for _, item := range answer.FailedItems {
		result.Failed = append(result.Failed, FailedItem{OrderID: orderIDOf(item), Message: remote.OneLine(itemMessage(item), maxMessage)})
	}
	switch status := string(answer.Status); {
	case strings.EqualFold(status, wire.Failed):
		return ManifestResult{Failed: allFailed(r.Shipments, result.Failed, remote.OneLine(string(answer.ErrorMessage), maxMessage))}, nil
	case !strings.EqualFold(status, wire.Success) && !strings.EqualFold(status, wire.PartialSuccess):
		return ManifestResult{}, c.settle(k, wire.Outcome{Status: answer.Status, ErrorMessage: answer.ErrorMessage})
	case result.ManifestID == "":
		return ManifestResult{}, c.failed(k, KindMalformed, http.StatusOK, "the answer names no manifest id")
	}
	return result, nil
}

// allFailed names every shipment of a manifest that was not made, those that Ajio did not name with its general words.
func allFailed(shipments []Shipment, named []FailedItem, general string) []FailedItem {
	words := map[string]string{}
	for _, item := range named {
		words[item.OrderID] = item.Message
	}
	failed := make([]FailedItem, 0, len(shipments))
	for _, s := range shipments {
		message, ok := words[s.OrderID]
		if !ok {
			message = general
		}
		failed = append(failed, FailedItem{OrderID: s.OrderID, Message: message})
	}
	return failed
}

// ManifestInfo is a manifest as Ajio has it.
type ManifestInfo struct {
	ManifestID string
	Carrier    string
	URL        string
	Date       time.Time
	Shipments  []Shipment
}

// Manifest reads a manifest; nil when Ajio does not know it.
func (c *Client) Manifest(ctx context.Context, id string) (*ManifestInfo, error) {
	return c.readManifest(ctx, call{name: "read manifest " + id, path: wire.PathManifest + "/" + url.PathEscape(id)})
}

// ManifestOf reads the manifest that an order went into, nil when there is none. It finds the manifest whose answer
// was lost (contracts/ajio-vms.md §6.9).
func (c *Client) ManifestOf(ctx context.Context, orderID string) (*ManifestInfo, error) {
	return c.readManifest(ctx, call{
		name: "read manifest", orderID: orderID, path: wire.PathManifest, query: url.Values{wire.QueryOrderID: {orderID}},
	})
}

func (c *Client) readManifest(ctx context.Context, k call) (*ManifestInfo, error) {
	k.method = http.MethodGet
	var answer wire.ManifestDetails
	if err := c.do(ctx, k, &answer); err != nil {
		if isNotFound(err) {
			return nil, nil
		}
		return nil, err
	}
	if answer.ManifestID == "" {
		return nil, c.failed(k, KindMalformed, http.StatusOK, "the answer names no manifest id")
	}
	info := &ManifestInfo{
		ManifestID: string(answer.ManifestID), Carrier: string(answer.Carrier), URL: string(answer.ManifestURL),
		Date: answer.Date.Time,
	}
	for _, s := range answer.Shipments {
		info.Shipments = append(info.Shipments, Shipment{
			OrderID: string(s.OrderID), TrackingNumber: string(s.TrackingNumber), InvoiceNumber: string(s.InvoiceNumber),
		})
	}
	return info, nil
}
