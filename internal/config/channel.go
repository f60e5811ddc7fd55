package config

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// Defaults of a channel.
const (
	// DefaultAckHold is the shortest hold that an Ajio POB may have (contracts/increff-erp.md §7.1, documented).
	DefaultAckHold = 4 * time.Hour

	defaultPOOverdue         = 48 * time.Hour
	defaultInvoiceOverdue    = 24 * time.Hour
	defaultPackOverdue       = 24 * time.Hour
	defaultRequestsPerMinute = 60 // contracts/ajio-vms.md §2, assumed
	defaultSyncEvery         = time.Minute
	defaultLookback          = 7 * 24 * time.Hour
)

// Channels are all POBs in the order of the file.
type Channels []Channel

// Channel is one POB: a seller's location at Ajio with its ERP, its warehouse and its gateway credential.
type Channel struct {
	Pob            string // Ajio's vendor location, such as DV0012345
	Name           string // for people
	InvoicingModel order.InvoicingModel

	// AckHold is how long the acknowledgement is held; below 4 h only with allow_short_hold.
	AckHold time.Duration
	// The others say when a wait needs attention.
	POOverdueAfter, InvoiceOverdueAfter, PackOverdueAfter time.Duration

	// WarnOnly lists the rules on an ERP's invoice whose breach does not refuse it.
	WarnOnly []string
	// InvoicePrefix begins the numbers of the invoices that we make; empty in the ERP model.
	InvoicePrefix string
	Tax           TaxEnvironment

	Seller    Seller
	Partner   Partner
	Ajio      Ajio
	ERP       ERP
	IRP       IRP // in the RMS model only
	Warehouse Warehouse
	Client    Client
	Sync      Sync
	Returns   Returns
}

// Seller is who sells to Ajio. Name and address are needed in the RMS model, where they stand on the invoice.
type Seller struct {
	GSTIN     string
	LegalName string
	Address   Address // Line1, Line2, City and Zip only; the state is that of the GSTIN
}

// Partner is Ajio's buying entity, as the client's ERP knows it.
type Partner struct {
	GSTIN         string // used where a PO names no buyer; may be empty
	Code          string // customer code in the ERP
	LocationCode  string // customer-location code in the ERP
	PlaceOfSupply string // two-digit state code; that of the GSTIN unless the file says otherwise
	Address       Address
}

// Address is a postal address.
type Address struct{ Name, Line1, Line2, Line3, City, State, Zip, Country string }

// Ajio is how to reach Ajio with the POB's credential.
type Ajio struct {
	BaseURL  string // scheme and host
	Partner  string // the integrator's slug in the paths
	Username string
	Password string `json:"-"`
	// PageBase is the number of the first page, 0 or 1.
	PageBase          int
	RequestsPerMinute int
}

// ERP is how to reach the client's ERP. In the RMS model OrderURL may be empty, and ReturnURL too: then the ERP is told
// nothing of orders, or of returns.
type ERP struct {
	OrderURL      string
	ReturnURL     string
	CredentialURL string            // empty: the headers alone sign in
	Headers       map[string]string `json:"-"`
	// DocumentHosts, as host or host:port, may serve invoice documents over http and from private addresses.
	DocumentHosts []string
}

// Warehouse is how to reach the seller's warehouse.
type Warehouse struct {
	BaseURL string
	Headers map[string]string `json:"-"`
}

// Client is the credential with which a client's ERP and warehouse call the gateway. Several POBs may share it.
type Client struct {
	Name     string
	Username string
	Password string   `json:"-"`
	Pobs     []string // filled by Channels.Clients only
}

// Sync is how the POB's orders are fetched.
type Sync struct {
	Every    time.Duration
	Lookback time.Duration // how far back the order time of an order may lie
}

// Policy is what an order takes with it when it starts.
func (c Channel) Policy() contract.Policy {
	return contract.Policy{
		Model:               c.InvoicingModel,
		PostToERP:           c.ERP.OrderURL != "",
		AckHold:             c.AckHold,
		POOverdueAfter:      c.POOverdueAfter,
		InvoiceOverdueAfter: c.InvoiceOverdueAfter,
		PackOverdueAfter:    c.PackOverdueAfter,
	}
}

// ByPob finds a channel by its POB.
func (cs Channels) ByPob(pob string) (Channel, bool) {
	i := slices.IndexFunc(cs, func(c Channel) bool { return c.Pob == pob })
	if i < 0 {
		return Channel{}, false
	}
	return cs[i], true
}

// Pobs lists the POBs in the order of the file.
func (cs Channels) Pobs() []string {
	pobs := make([]string, len(cs))
	for i, c := range cs {
		pobs[i] = c.Pob
	}
	return pobs
}

// Clients lists the gateway credentials, each once, with the POBs it may speak for.
func (cs Channels) Clients() []Client {
	var clients []Client
	for _, c := range cs {
		i := slices.IndexFunc(clients, func(known Client) bool { return known.Name == c.Client.Name })
		if i < 0 {
			i = len(clients)
			clients = append(clients, Client{Name: c.Client.Name, Username: c.Client.Username, Password: c.Client.Password})
		}
		clients[i].Pobs = append(clients[i].Pobs, c.Pob)
	}
	return clients
}

// String and LogValue show which channel it is; no secret can reach a log through them.
func (c Channel) String() string { return fmt.Sprintf("channel %s (%s)", c.Pob, c.Name) }

// LogValue is String for structured logs.
func (c Channel) LogValue() slog.Value {
	return slog.GroupValue(slog.String("pob", c.Pob), slog.String("name", c.Name), slog.String("model", string(c.InvoicingModel)))
}

// GoString keeps the secrets out of %#v.
func (c Channel) GoString() string { return c.String() }

func (a Ajio) String() string      { return fmt.Sprintf("Ajio at %s as %s", a.BaseURL, a.Username) }
func (e ERP) String() string       { return "ERP at " + cmp.Or(e.OrderURL, e.ReturnURL) }
func (w Warehouse) String() string { return "warehouse at " + w.BaseURL }
func (c Client) String() string    { return fmt.Sprintf("client %s as %s", c.Name, c.Username) }

// GoString keeps the secrets out of %#v.
func (a Ajio) GoString() string { return a.String() }

// GoString keeps the secrets out of %#v.
func (e ERP) GoString() string { return e.String() }

// GoString keeps the secrets out of %#v.
func (w Warehouse) GoString() string { return w.String() }

// GoString keeps the secrets out of %#v.
func (c Client) GoString() string { return c.String() }

// LogValue keeps the secrets out of structured logs.
func (a Ajio) LogValue() slog.Value { return slog.StringValue(a.String()) }

// LogValue keeps the secrets out of structured logs.
func (i IRP) LogValue() slog.Value { return slog.StringValue(i.String()) }

// LogValue keeps the secrets out of structured logs.
func (e ERP) LogValue() slog.Value { return slog.StringValue(e.String()) }

// LogValue keeps the secrets out of structured logs.
func (w Warehouse) LogValue() slog.Value { return slog.StringValue(w.String()) }

// LogValue keeps the secrets out of structured logs.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
