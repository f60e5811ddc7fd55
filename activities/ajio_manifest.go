package activities

import (
	"context"

	"vmsflow/internal/ajio"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// CreateManifest hands shipments over to the courier at Ajio, in one call for all of them. What Ajio refuses is in
// the result, not an error: the others have gone in.
//
// A refusal may only mean that the shipment went in before, in a call whose answer was lost or by hand. So what was
// refused is read back, and after a lost answer everything is, before any call that could make a second manifest
// (contracts/ajio-vms.md §11).
func (a *Ajio) CreateManifest(ctx context.Context, in contract.ManifestInput) (contract.ManifestResult, error) {
	result := contract.ManifestResult{Refused: map[string]string{}, Elsewhere: map[string]string{}}
	open := in.Shipments
	if repeated(ctx) {
		var err error
		if open, err = a.readBack(ctx, open, &result); err != nil {
			return result, err
		}
	}
	switch {
	case len(open) == 0:
	case result.ManifestID != "":
		// The lost call made a manifest without these. A second one under the same key would hide the first.
		for _, s := range open {
			result.Refused[s.OrderID] = "left out of manifest " + result.ManifestID
		}
	default:
		refused, err := a.callManifest(ctx, in.Carrier, open, &result)
		if err != nil {
			return result, err
		}
		if _, err := a.readBack(ctx, refused, &result); err != nil {
			return result, err
		}
	}
	if result.ManifestID == "" {
		return result, nil
	}
	return result, fromPostgres(a.DB.SaveManifest(ctx, postgres.Manifest{
		Pob: in.Pob, Key: in.Key, AjioManifestID: result.ManifestID, Carrier: in.Carrier, URL: result.URL,
		OrderIDs: result.Included, Refused: result.Refused,
	}))
}

// callManifest makes the manifest and returns the shipments that Ajio refused.
func (a *Ajio) callManifest(
	ctx context.Context, carrier string, shipments []contract.ManifestShipment, result *contract.ManifestResult,
) ([]contract.ManifestShipment, error) {
	request := ajio.ManifestRequest{Carrier: carrier}
	for _, s := range shipments {
		request.Shipments = append(request.Shipments, ajio.Shipment{
			OrderID: s.OrderID, TrackingNumber: s.TrackingNumber, InvoiceNumber: s.InvoiceNumber,
		})
	}
	answer, err := a.Client.CreateManifest(ctx, request)
	if err != nil {
		return nil, fromAjio(ctx, err)
	}
	result.ManifestID, result.URL = answer.ManifestID, answer.URL
	for _, failed := range answer.Failed {
		result.Refused[failed.OrderID] = failed.Message
	}
	var refused []contract.ManifestShipment
	for _, s := range shipments {
		if _, failed := result.Refused[s.OrderID]; failed {
			refused = append(refused, s)
		} else {
			result.Included = append(result.Included, s.OrderID)
		}
	}
	return refused, nil
}

// readBack looks which shipments Ajio has dispatched already, books those into the result and returns the others. The
// first manifest that it finds becomes the result's; shipments of others are kept as Elsewhere.
func (a *Ajio) readBack(
	ctx context.Context, shipments []contract.ManifestShipment, result *contract.ManifestResult,
) (open []contract.ManifestShipment, _ error) {
	dispatched, err := a.dispatched(ctx, shipments)
	if err != nil {
		return nil, err
	}
	manifestOf := map[string]*ajio.ManifestInfo{}
	for _, s := range shipments {
		if !dispatched[s.OrderID] {
			open = append(open, s)
			continue
		}
		if manifestOf[s.OrderID] == nil {
			found, err := a.Client.ManifestOf(ctx, s.OrderID)
			if err != nil {
				return nil, fromAjio(ctx, err)
			}
			if found == nil {
				return nil, Refuse(AttentionAjioDiffers, nil, "Ajio shows order %s as dispatched, but no manifest that it is in; ask Ajio, then retry", s.OrderID)
			}
			for _, in := range found.Shipments {
				manifestOf[in.OrderID] = found
			}
			manifestOf[s.OrderID] = found
		}
		found := manifestOf[s.OrderID]
		delete(result.Refused, s.OrderID)
		if result.ManifestID == "" {
			result.ManifestID, result.URL = found.ManifestID, found.URL
		}
		if found.ManifestID == result.ManifestID {
			result.Included = append(result.Included, s.OrderID)
		} else {
			result.Elsewhere[s.OrderID] = found.ManifestID
		}
	}
	return open, nil
}

// dispatched reads which shipments have left, fifty orders a call.
func (a *Ajio) dispatched(ctx context.Context, shipments []contract.ManifestShipment) (map[string]bool, error) {
	ids := make([]string, 0, len(shipments))
	for _, s := range shipments {
		ids = append(ids, s.OrderID)
	}
	gone := map[string]bool{}
	for batch := range chunks(ids, ajio.MaxOrderIDs) {
		orders, err := a.Client.Orders(ctx, batch)
		if err != nil {
			return nil, unreadable(fromAjio(ctx, err))
		}
		for _, info := range orders {
			gone[info.OrderID] = info.Status == ajio.StatusDispatched || info.Status == ajio.StatusDelivered
		}
	}
	return gone, nil
}

// chunks yields the ids in slices of at most n.
func chunks(ids []string, n int) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for len(ids) > 0 {
			size := min(n, len(ids))
			if !yield(ids[:size]) {
				return
			}
			ids = ids[size:]
		}
	}
}
