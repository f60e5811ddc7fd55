package ajiotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"vmsflow/internal/ajio/wire"
)

// manifest answers POST P/manifest (§6.8): good shipments go in and become DISPATCHED, the others are named.
func (s *Server) manifest(asked request) reply {
	return s.makeManifest(asked, func(int, wire.Shipment) string { return "" })
}

// refuseManifest refuses the last shipment on demand; the others go in as usual.
func (s *Server) refuseManifest(asked request) reply {
	return s.makeManifest(asked, func(left int, _ wire.Shipment) string {
		if left == 0 {
			return simState + ": refused on demand"
		}
		return ""
	})
}

func (s *Server) makeManifest(asked request, onDemand func(left int, _ wire.Shipment) string) reply {
	var body wire.Manifest
	if err := json.Unmarshal(asked.body, &body); err != nil {
		return envelope(http.StatusBadRequest, simBadRequest, "the body is not a manifest")
	}
	if len(body.Shipments) == 0 || len(body.Shipments) > wire.MaxManifest {
		return envelope(http.StatusBadRequest, simLimit, "%d shipments in one manifest, at most %d", len(body.Shipments), wire.MaxManifest)
	}
	at := asked.now
	id := fmt.Sprintf("MF%s%04d", at.UTC().Format("060102"), len(s.manifests)+1)
	made := &wire.ManifestDetails{
		ManifestID: wire.Text(id), Carrier: wire.Text(body.Carrier), Date: wire.At(at), ManifestURL: s.link(asked, "manifest", id),
	}
	answer := wire.ManifestAnswer{FailedItems: []wire.FailedItem{}}
	included, refused := []string{}, map[string]string{}
	for i, shipment := range body.Shipments {
		o := s.find(asked, string(shipment.OrderID))
		problem := onDemand(len(body.Shipments)-1-i, shipment)
		if problem == "" {
			problem = o.unfit(body.Carrier, shipment)
		}
		if problem != "" {
			answer.FailedItems = append(answer.FailedItems, wire.FailedItem{OrderID: shipment.OrderID, ErrorMessage: wire.Text(problem)})
			refused[string(shipment.OrderID)] = problem
			continue
		}
		o.dispatch(id, at)
		made.Shipments = append(made.Shipments, shipment)
		included = append(included, o.OrderID)
	}
	detail := map[string]any{"included": included, "refused": refused, "carrier": body.Carrier}
	if len(included) == 0 {
		answer.Status, answer.ErrorMessage = wire.Failed, simState+": no shipment is fit for the manifest"
		return reply{body: answer, detail: detail}
	}
	s.manifests[id] = made
	answer.Status, answer.ManifestID, answer.ManifestURL = wire.Success, made.ManifestID, made.ManifestURL
	if len(refused) > 0 {
		answer.Status = wire.PartialSuccess
	}
	return reply{body: answer, key: id, effect: true, detail: detail}
}

// unfit says why a shipment cannot go into a manifest, "" when it can.
func (o *placed) unfit(carrier string, shipment wire.Shipment) string {
	switch {
	case o == nil:
		return simUnknownOrder + ": there is no such order"
	case o.ManifestID != "":
		return simAlreadyDone + ": order is in manifest " + o.ManifestID
	case o.Status != wire.StatusReadyToDispatch:
		return fmt.Sprintf("%s: order is %s, upload the B2B invoice first", simState, o.Status)
	case o.Carrier != carrier:
		return fmt.Sprintf("%s: the order's carrier is %s", simBadRequest, o.Carrier)
	case o.TrackingNumber != string(shipment.TrackingNumber) || o.InvoiceNumber != string(shipment.InvoiceNumber):
		return fmt.Sprintf("%s: the order has AWB %s and invoice %s", simBadRequest, o.TrackingNumber, o.InvoiceNumber)
	default:
		return ""
	}
}

func (o *placed) dispatch(manifestID string, at time.Time) {
	o.Status, o.ManifestID, o.ManifestedAt = wire.StatusDispatched, manifestID, &at
}

// readManifest answers GET P/manifest/{manifest_id}, manifestOf GET P/manifest?orderId= (§6.9).
func (s *Server) readManifest(asked request) reply { return s.showManifest(asked, asked.path("id")) }

func (s *Server) manifestOf(asked request) reply {
	if o := s.find(asked, asked.query.Get(wire.QueryOrderID)); o != nil {
		return s.showManifest(asked, o.ManifestID)
	}
	return s.showManifest(asked, "")
}

func (s *Server) showManifest(asked request, id string) reply {
	if made := s.ownManifest(asked, id); made != nil {
		return reply{body: made}
	}
	return envelope(http.StatusNotFound, simNotReady, "there is no such manifest")
}

// ownManifest finds a manifest of the caller's POB.
func (s *Server) ownManifest(asked request, id string) *wire.ManifestDetails {
	made := s.manifests[id]
	if made == nil || s.find(asked, string(made.Shipments[0].OrderID)) == nil {
		return nil
	}
	return made
}
