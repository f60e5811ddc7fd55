package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/temporal"

	"vmsflow/internal/increff"
	"vmsflow/internal/postgres"
	"vmsflow/workflows/contract"
)

// postManifest closes a manifest at Ajio: POST /manifests (contracts/increff-erp.md §4.3).
func (s *server) postManifest(ctx context.Context, c *call) (any, error) {
	var request increff.ManifestRequest
	if problems := decode(c.body, &request); len(problems) > 0 {
		return nil, badData(problems)
	}
	problems := checkTexts(request)
	if request.ManifestID != nil && *request.ManifestID < 0 {
		problems.add("manifestId", "is below 0")
	}
	h := handover{location: request.LocationCode, carrier: request.Transporter, list: "manifestItems"}
	for i, item := range request.ManifestItems {
		field := fmt.Sprintf("manifestItems[%d].", i)
		if item.ShipmentCode != "" && item.ShipmentCode != item.OrderCode {
			problems.add(field+"shipmentCode", "must be the orderCode: an Ajio order is one shipment")
		}
		h.parcels = append(h.parcels, parcel{field: field + "orderCode", orderID: item.OrderCode, awb: item.AwbNumber})
	}
	if request.ManifestID != nil {
		h.key = strconv.FormatInt(*request.ManifestID, 10)
	}
	result, err := s.handOver(ctx, c, h, problems)
	if err != nil {
		return nil, err
	}
	answer := increff.ManifestResponse{ManifestCode: result.ManifestID, ManifestItems: []increff.ManifestedItem{}}
	for _, p := range h.parcels {
		if slices.Contains(result.Included, p.orderID) {
			answer.ManifestItems = append(answer.ManifestItems, increff.ManifestedItem{OrderCode: p.orderID, ShipmentCode: p.orderID})
		}
	}
	return answer, nil
}

// combinedHandover manifests and hands over in one: POST /ewms/push/usp/handover/combined
// (contracts/increff-erp.md §4.4).
func (s *server) combinedHandover(ctx context.Context, c *call) (any, error) {
	var request increff.CombinedHandoverRequest
	if problems := decode(c.body, &request); len(problems) > 0 {
		return nil, badData(problems)
	}
	problems := checkTexts(request)
	if request.ChannelName != "" && !strings.EqualFold(request.ChannelName, increff.ChannelName) {
		problems.add("channelName", "only %s is served", increff.ChannelName)
	}
	h := handover{location: request.LocationCode, carrier: request.Transporter, list: "orderCodes"}
	for i, orderID := range request.OrderCodes {
		h.parcels = append(h.parcels, parcel{field: fmt.Sprintf("orderCodes[%d]", i), orderID: orderID})
	}
	result, err := s.handOver(ctx, c, h, problems)
	if err != nil {
		return nil, err
	}
	return increff.CombinedHandoverResponse{HandoverDocumentURL: s.manifestURL(result.ManifestID)}, nil
}

// getManifest says where Ajio's document of a manifest is: GET /manifests?manifestCode=….
func (s *server) getManifest(ctx context.Context, c *call) (any, error) {
	m, err := s.db.FindManifest(ctx, c.URL.Query().Get("manifestCode"), c.caller.pobs)
	if errors.Is(err, postgres.ErrNotFound) || err == nil && m.URL == "" {
		return nil, badData(broken{"[manifestCode: no document of such a manifest is known]"})
	}
	if err != nil {
		return nil, err
	}
	c.pob = m.Pob
	return increff.ManifestDocument{ManifestURL: m.URL}, nil
}

// handover is a manifest that a warehouse closes, in either form.
type handover struct {
	location, carrier string
	key               string // the warehouse's own; empty: the set of orders
	list              string // the field that lists the orders
	parcels           []parcel
}

type parcel struct {
	field, orderID string
	awb            string // empty: that of the label
}

// handOver takes a manifest: checks it, writes its row, starts its workflow and waits for what Ajio says. problems
// are those of the form, already found. A result that is returned includes at least one order.
func (s *server) handOver(ctx context.Context, c *call, h handover, problems broken) (contract.ManifestResult, error) {
	problems = append(problems, h.check(c.caller)...)
	if err := problems.refused(); err != nil {
		return contract.ManifestResult{}, err
	}
	c.pob = h.location
	in, earlier, err := s.shipments(ctx, h)
	if err != nil {
		return contract.ManifestResult{}, err
	}
	message, err := s.accept(ctx, c, contract.InboxManifest, in.Pob+"/"+in.Key, in)
	if err != nil {
		return contract.ManifestResult{}, err
	}
	if earlier != nil { // Temporal may have forgotten it by now
		return *earlier, nil
	}
	if err := s.deliver(ctx, message); err != nil {
		return contract.ManifestResult{}, err
	}
	result, err := s.awaitManifest(ctx, in)
	if err != nil {
		return contract.ManifestResult{}, err
	}
	if result.ManifestID == "" {
		return contract.ManifestResult{}, badData(h.refusedByAjio(result))
	}
	return result, nil
}

// check judges what can be judged without the orders.
func (h handover) check(who caller) (problems broken) {
	if h.carrier == "" {
		problems.add("transporter", "is missing")
	}
	switch {
	case h.location == "":
		problems.add("locationCode", "is missing")
	case !who.has(h.location):
		problems.add("locationCode", "%s is not a location of this credential", h.location)
	}
	switch {
	case len(h.parcels) == 0:
		problems.add(h.list, "is missing or empty")
	case len(h.parcels) > increff.ManifestLimit:
		problems.add(h.list, "%d shipments are over the limit of %d; close this manifest with %d and another one with the rest",
			len(h.parcels), increff.ManifestLimit, increff.ManifestLimit)
	}
	seen := map[string]bool{}
	for _, p := range h.parcels {
		switch {
		case p.orderID == "":
			problems.add(p.field, "is missing")
		case seen[p.orderID]:
			problems.add(p.field, "%s stands twice", p.orderID)
		}
		seen[p.orderID] = true
	}
	return problems
}

// shipments judges each order and makes the input of the manifest's workflow, in an order of its own so that the
// same set is the same manifest. earlier is the result if Ajio has made this manifest before.
func (s *server) shipments(ctx context.Context, h handover) (in contract.ManifestInput, earlier *contract.ManifestResult, err error) {
	in = contract.ManifestInput{Pob: h.location, Key: h.key, Carrier: h.carrier}
	if in.Key == "" {
		in.Key = h.keyOfSet()
	}
	manifests := map[string]postgres.Manifest{} // by Ajio's id
	var problems, elsewhere broken
	for _, p := range h.parcels {
		o, err := s.db.Order(ctx, h.location, p.orderID)
		if errors.Is(err, postgres.ErrNotFound) {
			problems.add(p.field, "%s is not an order of location %s", p.orderID, h.location)
			continue
		}
		if err != nil {
			return in, nil, err
		}
		if o.ManifestID != "" {
			m, err := s.manifestOf(ctx, manifests, o)
			if err != nil {
				return in, nil, err
			}
			if m.Key == in.Key {
				earlier = resultOf(m)
			} else {
				elsewhere.add(p.field, "%s is already in manifest %s", p.orderID, o.ManifestID)
			}
		}
		shipment, problem, err := s.shipment(ctx, p, o, h.carrier)
		if err != nil {
			return in, nil, err
		}
		if problem != "" {
			problems.add(p.field, "%s %s", p.orderID, problem)
			continue
		}
		if carrier := carrierOf(o); carrier != "" {
			in.Carrier = carrier // as Ajio spells it
		}
		in.Shipments = append(in.Shipments, shipment)
	}
	if earlier == nil { // what Ajio refused in an earlier manifest is in one of its own by now
		problems = append(problems, elsewhere...)
	}
	slices.SortFunc(in.Shipments, func(a, b contract.ManifestShipment) int { return strings.Compare(a.OrderID, b.OrderID) })
	return in, earlier, problems.refused()
}

// shipment makes an order's entry of a manifest, or says why it cannot be handed over.
func (s *server) shipment(ctx context.Context, p parcel, o postgres.Order, carrier string) (entry contract.ManifestShipment, problem string, err error) {
	labels, err := s.labelNumbers(ctx, o)
	if err != nil {
		return entry, "", err
	}
	switch {
	case cancelled(o):
		return entry, "is cancelled: put the goods back", nil
	case o.PackedAt == nil:
		return entry, "is not packed", nil
	case len(labels) == 0:
		return entry, "has no label yet", nil
	case o.Invoice == nil:
		return entry, "has no B2B invoice", nil
	case carrierOf(o) != "" && !strings.EqualFold(carrierOf(o), carrier):
		return entry, fmt.Sprintf("goes with %s, not with %s: one manifest is for one transporter", carrierOf(o), carrier), nil
	}
	entry = contract.ManifestShipment{OrderID: p.orderID, TrackingNumber: p.awb, InvoiceNumber: o.Invoice.Number}
	if entry.TrackingNumber == "" {
		entry.TrackingNumber = awbOf(o, labels[len(labels)-1])
	}
	return entry, "", nil
}

func (s *server) manifestOf(ctx context.Context, known map[string]postgres.Manifest, o postgres.Order) (postgres.Manifest, error) {
	if m, ok := known[o.ManifestID]; ok {
		return m, nil
	}
	m, err := s.db.FindManifest(ctx, o.ManifestID, []string{o.Order.Pob})
	if unlessNotFound(err) != nil {
		return m, err
	}
	known[o.ManifestID] = m
	return m, nil
}

func resultOf(m postgres.Manifest) *contract.ManifestResult {
	result := contract.ManifestResult{ManifestID: m.AjioManifestID, URL: m.URL, Refused: m.Refused}
	for _, orderID := range m.OrderIDs {
		if _, refused := m.Refused[orderID]; !refused {
			result.Included = append(result.Included, orderID)
		}
	}
	return &result
}

// awaitManifest waits for the result of a manifest's workflow.
func (s *server) awaitManifest(ctx context.Context, in contract.ManifestInput) (result contract.ManifestResult, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	err = s.temporal.GetWorkflow(ctx, contract.ManifestWorkflowID(in.Pob, in.Key), "").Get(ctx, &result)
	var failed *temporal.WorkflowExecutionError
	switch {
	case errors.As(err, &failed): // terminated by hand, most likely
		return result, fmt.Errorf("manifest %s: %w", in.Key, err)
	case err != nil: // time is up, or Temporal is away: the row is durable
		s.log.Warn("manifest not finished", "pob", in.Pob, "key", in.Key, "error", err)
		return result, inProgress("manifest")
	}
	return result, nil
}

// refusedByAjio names, for a manifest that Ajio did not make, what it said of each order.
func (h handover) refusedByAjio(result contract.ManifestResult) (problems broken) {
	fields := map[string]string{}
	for _, p := range h.parcels {
		fields[p.orderID] = p.field
	}
	for _, orderID := range slices.Sorted(maps.Keys(result.Refused)) {
		problems.add(fields[orderID], "%s was refused by Ajio: %s", orderID, result.Refused[orderID])
	}
	if len(problems) == 0 {
		problems.add(h.list, "Ajio made no manifest")
	}
	return problems
}

// keyOfSet names a manifest by its set of orders; 128 bits are enough never to meet twice.
func (h handover) keyOfSet() string {
	var ids []string
	for _, p := range h.parcels {
		ids = append(ids, p.orderID)
	}
	slices.Sort(ids)
	hash := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return hex.EncodeToString(hash[:16])
}
