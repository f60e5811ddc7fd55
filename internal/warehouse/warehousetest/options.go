package warehousetest

import "time"

// Behaviour is how the warehouse packs one order.
type Behaviour string

// The behaviours.
const (
	Full          Behaviour = "full"           // all released units; also what the empty Behaviour means
	Short         Behaviour = "short"          // one unit less than may be packed
	Nothing       Behaviour = "nothing"        // no unit is found; expects the answer ORDER_CANCELLED
	Twice         Behaviour = "twice"          // the same pack reported twice
	BeforeRelease Behaviour = "before_release" // packs an order on hold, is refused, then packs in full
	TooMany       Behaviour = "too_many"       // one unit more than released, is refused, then packs in full
)

// Options describe one simulated warehouse. The zero value takes orders from anybody and has no gateway yet.
type Options struct {
	// GatewayURL, and the credential for it. The URL may be set later with Server.SetGatewayURL.
	GatewayURL, GatewayUsername, GatewayPassword string
	// Username and Password, when set, are wanted as authUsername and authPassword with every call.
	Username, Password string
	// Behaviour chooses per order; nil is always Full.
	Behaviour func(orderCode string) Behaviour
	// RefuseEvery refuses every n-th order, release or stop with 400 and takes it when it is sent again
	// (simulate.Plan.RefuseEvery).
	RefuseEvery int
	// PackDelay is the time from the release to the pack.
	PackDelay time.Duration
	// ManifestEvery closes what waits, per location and carrier; 10 s when zero.
	ManifestEvery time.Duration
	// ManifestSize closes a manifest as soon as so many shipments wait; 250 when zero. More than 250 shows
	// the refusal: the warehouse then closes another manifest for the rest.
	ManifestSize int
	// FirstManifest is the first manifestId; when zero it is cut from the clock, so that a restarted simulator
	// does not use an id again.
	FirstManifest int64
	// CombinedShare of the manifests, between 0 and 1, go through the combined handover.
	CombinedShare float64
	// RetryEvery is the pause before a repeat, a second when zero; MaxRetryAfter caps the gateway's wishes.
	RetryEvery, MaxRetryAfter time.Duration
	// Workers is how many calls to the gateway run at once, each pack call up to 40 s; 32 when zero.
	Workers int
}
