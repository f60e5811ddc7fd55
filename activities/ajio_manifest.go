package activities

import (
	"context"
	"fmt"

	"vmsflow/internal/ajio"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// CreateManifest hands shipments over to the courier at Ajio, in one call for all of them. What Ajio refuses is in
// the result, not an error: the others have gone in. A repeat first finds the shipments of the lost answer, or a
// second manifest would be made for the rest.
func (a *Ajio) CreateManifest(ctx context.Context, in contract.ManifestInput) (contract.ManifestResult, error) {
	result := contract.ManifestResult{Refused: map[string]string{}}
	open := in.Shipments
	if repeated(ctx) {
		var err error
		if open, err = a.alreadyManifested(ctx, in.Shipments, &result); err != nil {
			return result, err
		}
	}
	if len(open) > 0 {
		request := ajio.ManifestRequest{Carrier: in.Carrier}
		for _, s := range open {
			request.Shipments = append(request.Shipments, ajio.Shipment{
				OrderID: s.OrderID, TrackingNumber: s.TrackingNumber, InvoiceNumber: s.InvoiceNumber,
			})
		}
		answer, err := a.Client.CreateManifest(ctx, request)
		if err != nil {
			return result, fromAjio(err)
		}
		for _, failed := range answer.Failed {
			result.Refused[failed.OrderID] = failed.Message
		}
		if answer.ManifestID != "" && result.ManifestID == "" {
			result.ManifestID, result.URL = answer.ManifestID, answer.URL
		}
		for _, s := range open {
			if _, refused := result.Refused[s.OrderID]; !refused {
				result.Included = append(result.Included, s.OrderID)
			}
		}
	}
	if result.ManifestID == "" {
		return result, nil
	}
	err := a.DB.SaveManifest(ctx, postgres.Manifest{
		Pob: in.Pob, Key: in.Key, AjioManifestID: result.ManifestID, Carrier: in.Carrier, URL: result.URL,
		OrderIDs: result.Included, Refused: result.Refused,
	})
	return result, fromPostgres(err)
}

// alreadyManifested books the shipments of an earlier attempt into the result and returns the others.
func (a *Ajio) alreadyManifested(ctx context.Context, shipments []contract.ManifestShipment, result *contract.ManifestResult) ([]contract.ManifestShipment, error) {
	ids := make([]string, 0, len(shipments))
	for _, s := range shipments {
		ids = append(ids, s.OrderID)
	}
	dispatched := map[string]bool{}
	for batch := range chunks(ids, ajio.MaxOrderIDs) {
		orders, err := a.Client.Orders(ctx, batch)
		if err != nil {
			return nil, fromAjio(err)
		}
		for _, info := range orders {
			dispatched[info.OrderID] = info.Status == ajio.StatusDispatched || info.Status == ajio.StatusDelivered
		}
	}
	var open []contract.ManifestShipment
	var in map[string]bool
	for _, s := range shipments {
		if !dispatched[s.OrderID] {
			open = append(open, s)
			continue
		}
		if !in[s.OrderID] {
			info, err := a.Client.ManifestOf(ctx, s.OrderID)
			if err != nil {
				return nil, fromAjio(err)
			}
			if info == nil {
				return nil, fmt.Errorf("order %s is dispatched, but Ajio shows no manifest for it", s.OrderID)
			}
			in = shipmentsOf(info)
			result.ManifestID, result.URL = info.ManifestID, info.URL
		}
		result.Included = append(result.Included, s.OrderID)
	}
	return open, nil
}

func shipmentsOf(info *ajio.ManifestInfo) map[string]bool {
	in := map[string]bool{}
	for _, s := range info.Shipments {
		in[s.OrderID] = true
	}
	return in
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
