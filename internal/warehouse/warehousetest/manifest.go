package warehousetest

import (
	"context"
	"encoding/json"
	"path"
	"regexp"
	"strconv"
	"time"

	"vmsflow/internal/increff"
	"vmsflow/internal/increff/increfftest"
	"vmsflow/internal/simulate"
)

const (
	manifestPath = "/manifests"
	handoverPath = "/ewms/push/usp/handover/combined"
)

// bay is where the parcels of one location for one carrier wait.
type bay struct{ pob, transporter string }

// manifest is a closed manifest; its content and its way do not change any more.
type manifest struct {
	bay
	id        int64
	combined  bool
	shipments []*entry
	refusals  int
}

// putIntoBay lets a labelled parcel wait. It returns a manifest when the parcel filled one. The caller holds
// the lock.
func (s *Server) putIntoBay(e *entry) *manifest {
	at := bay{e.pob, e.label.ShippingLabel.Transporter}
	s.waiting[at] = append(s.waiting[at], e)
	if len(s.waiting[at]) < s.options.ManifestSize {
		return nil
	}
	return s.close(at)
}

// close closes a manifest with everything that waits in a bay. The caller holds the lock.
func (s *Server) close(at bay) *manifest {
	shipments := s.waiting[at]
	delete(s.waiting, at)
	return s.newManifest(at, shipments)
}

func (s *Server) newManifest(at bay, shipments []*entry) *manifest {
	s.manifestID++
	m := &manifest{bay: at, id: s.manifestID, shipments: shipments}
	s.combined += s.options.CombinedShare
	if s.combined >= 1 {
		s.combined--
		m.combined = true
	}
	return m
}

// CloseManifests closes a manifest for every bay in which something waits, without waiting for the time.
func (s *Server) CloseManifests() {
	s.mu.Lock()
	var closed []*manifest
	for at := range s.waiting {
		closed = append(closed, s.close(at))
	}
	s.mu.Unlock()
	for _, m := range closed {
		s.manifest(m, 0)
	}
}

func (s *Server) closeRegularly() {
	s.jobs.After(s.options.ManifestEvery, func(context.Context) {
		s.CloseManifests()
		s.closeRegularly()
	})
}

// manifest hands a closed manifest in, the same one until there is an answer.
func (s *Server) manifest(m *manifest, delay time.Duration) {
	s.jobs.After(delay, func(ctx context.Context) {
		name, target, body := m.request()
		reply := s.gateway.Post(ctx, target, body)
		if ctx.Err() != nil {
			return
		}
		s.recordManifest(name, m, reply)
		if reply.Again() {
			s.manifest(m, reply.Wait)
			return
		}
		for _, next := range s.settleManifest(m, reply) {
			s.manifest(next, next.wait(reply))
		}
	})
}

func (m *manifest) wait(reply increfftest.Reply) time.Duration {
	if m.refusals == 0 {
		return 0
	}
	return pause(reply.Wait, m.refusals)
}

func (m *manifest) request() (name, target string, body []byte) {
	if m.combined {
		return CallHandover, handoverPath, encode(increff.CombinedHandoverRequest{
			ChannelName: increff.ChannelName, LocationCode: m.pob, OrderCodes: m.codes(), Transporter: m.transporter,
		})
	}
	request := increff.ManifestRequest{Transporter: m.transporter, LocationCode: m.pob, ManifestID: &m.id}
	for _, e := range m.shipments {
		awb := e.label.ShippingLabel.AwbNumber
		request.ManifestItems = append(request.ManifestItems, increff.ManifestItem{
			OrderCode: e.code, ShipmentCode: e.label.ShipmentCode, AwbNumber: awb,
			PackboxDetailsList: []increff.PackboxDetails{{BoxID: 1, AwbNumber: awb}},
		})
	}
	return CallManifest, manifestPath, encode(request)
}

func (m *manifest) codes() []string {
	var codes []string
	for _, e := range m.shipments {
		codes = append(codes, e.code)
	}
	return codes
}

// goesOnAlone is how the gateway says of a manifest that Ajio has not made it and that vmsflow tries its shipments
// alone, or has done so already. A program should not read that; the people at the bay do.
var goesOnAlone = regexp.MustCompile(`refused by Ajio|already in manifest`)

// settleManifest books the answer and returns what has to be handed in next.
func (s *Server) settleManifest(m *manifest, reply increfftest.Reply) []*manifest {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case reply.OK():
		s.book(m, reply.Body)
		return nil
	case len(m.shipments) > increff.ManifestLimit: // refused for its length: close another one for the rest
		first := s.newManifest(m.bay, m.shipments[:increff.ManifestLimit])
		return []*manifest{first, s.newManifest(m.bay, m.shipments[increff.ManifestLimit:])}
	}
	m.refusals++
	alone := goesOnAlone.MatchString(reply.Error().Description)
	for _, e := range m.shipments {
		e.answer = strconv.Itoa(reply.Status) + " " + reply.Code() + " " + reply.Error().Description
		switch {
		case alone:
			e.status, e.refusedThere = LeftToVmsflow, true
		case m.refusals >= maxRefusals:
			e.status = Refused
		}
	}
	if alone || m.refusals >= maxRefusals {
		return nil
	}
	return []*manifest{m}
}

// book gives the shipments their manifest code. Those that the answer leaves out were refused by Ajio; vmsflow
// tries them alone later, the warehouse does nothing (contracts/increff-erp.md §4.3).
func (s *Server) book(m *manifest, body []byte) {
	code, taken := m.read(body)
	if code == "" {
		s.violated("manifest %d: answered 200 without a manifest code", m.id)
	}
	for _, e := range m.shipments {
		if !taken[e.code] {
			e.status, e.refusedThere = LeftToVmsflow, true
			continue
		}
		delete(taken, e.code)
		e.status, e.manifestCode, e.answer = Manifested, code, ""
	}
	for stranger := range taken {
		s.violated("manifest %d: the answer names order %s, which is not in it", m.id, stranger)
	}
}

// read takes code and shipments from the answer. The combined handover answers with a document only; its name
// is the code, and all its orders count as completed.
func (m *manifest) read(body []byte) (code string, taken map[string]bool) {
	taken = map[string]bool{}
	if m.combined {
		var answer increff.CombinedHandoverResponse
		if json.Unmarshal(body, &answer) != nil || answer.HandoverDocumentURL == "" {
			return "", taken
		}
		for _, e := range m.shipments {
			taken[e.code] = true
		}
		return path.Base(answer.HandoverDocumentURL), taken
	}
	var answer increff.ManifestResponse
	if json.Unmarshal(body, &answer) != nil {
		return "", taken
	}
	for _, item := range answer.ManifestItems {
		taken[item.OrderCode] = true
	}
	return answer.ManifestCode, taken
}

func (s *Server) recordManifest(name string, m *manifest, reply increfftest.Reply) {
	s.Ledger.Record(simulate.Call{
		At: time.Now(), System: "warehouse", Name: name, Client: m.pob, Key: strconv.FormatInt(m.id, 10),
		Status: reply.Status, Effect: reply.OK(),
		Detail: encode(map[string]any{
			"transporter": m.transporter, "order_codes": m.codes(), "code": reply.Code(), "description": reply.Error().Description,
		}),
	})
}
