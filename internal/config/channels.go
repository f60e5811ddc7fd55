package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/rms"
)

var (
	pobForm    = regexp.MustCompile(`^[A-Za-z0-9_-]+$`) // it stands in workflow ids, between colons
	slugForm   = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	stateForm  = regexp.MustCompile(`^[0-9]{2}$`)
	envForm    = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	hostForm   = regexp.MustCompile(`^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)
	secretName = regexp.MustCompile(`(?i)authorization|password|secret|token|api-?key|cookie`)
)

// LoadChannels reads the channels file. getenv reads the secrets that it names. The error joins everything that
// is wrong, one line each: where in the file, what is wrong, what to write.
func LoadChannels(path string, getenv func(string) string) (Channels, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("VMSFLOW_CHANNELS: %w; write the path of the channels file (see channels.example.yaml)", err)
	}
	p := &problems{file: path}
	root := p.parse(content)
	if root == nil {
		return nil, errors.Join(p.found...)
	}
	root.known = append(root.known, "channels")
	tax, keysKnown := taxEnvironment(root.block("einvoice"))
	var channels Channels
	lines := map[string]int{}
	list, ok := root.values["channels"].value.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		root.wrong("channels", "must be a list with at least one POB")
		list = &ast.SequenceNode{}
	}
	for i, node := range list.Values {
		r := channelReader{problems: p, getenv: getenv, tax: tax}
		c, line := r.read(node, i)
		if first, twice := lines[c.Pob]; twice && c.Pob != "" {
			p.add(line, "channel "+c.Pob, "stands twice; it is described at line %d already", first)
			continue
		}
		lines[c.Pob] = line
		channels = append(channels, c)
	}
	checkClients(p, channels, lines)
	root.nothingElse()
	if len(p.found) == 0 { // or it would say the same again in other words
		checkTax(p, channels, lines, keysKnown)
	}
	if len(p.found) > 0 {
		return nil, errors.Join(p.found...)
	}
	return channels, nil
}

// checkClients makes sure that a name means one credential and a username one client.
func checkClients(p *problems, channels Channels, lines map[string]int) {
	byName, byUsername := map[string]Channel{}, map[string]Channel{}
	for _, c := range channels {
		if c.Client.Name == "" || c.Client.Username == "" {
			continue
		}
		where := "channel " + c.Pob + ", client"
		first, known := byName[c.Client.Name]
		if known && (first.Client.Username != c.Client.Username || first.Client.Password != c.Client.Password) {
			p.add(lines[c.Pob], where, "%s has another username or password at channel %s; write the same or another name", c.Client.Name, first.Pob)
			continue
		}
		other, taken := byUsername[c.Client.Username]
		if taken && other.Client.Name != c.Client.Name {
			p.add(lines[c.Pob], where, "the username %s belongs to client %s already; write another", c.Client.Username, other.Client.Name)
			continue
		}
		byName[c.Client.Name], byUsername[c.Client.Username] = c, c
	}
}

// channelReader reads one entry of the list.
type channelReader struct {
	problems *problems
	getenv   func(string) string
	tax      TaxEnvironment
}

func (r channelReader) read(node ast.Node, i int) (Channel, int) {
	b := r.problems.block(node, fmt.Sprintf("channels[%d]", i), "")
	before := len(r.problems.found)
	pob := b.text("pob")
	if pob != "" {
		b.name = "channel " + pob
	}
	switch {
	case pob == "" && len(r.problems.found) == before:
		b.wrong("pob", "is missing; write Ajio's vendor location, such as DV0012345")
	case pob != "" && !pobForm.MatchString(pob):
		b.wrong("pob", "%q is not a POB; write letters, digits, - and _ only", pob)
	}
	c := Channel{Pob: pob, Name: b.required("name", "what people call the channel"), Tax: r.tax}
	c.InvoicingModel = r.model(b)
	c.AckHold = r.ackHold(b)
	c.POOverdueAfter = b.duration("po_overdue_after", defaultPOOverdue, time.Second)
	c.InvoiceOverdueAfter = b.duration("invoice_overdue_after", defaultInvoiceOverdue, time.Second)
	c.PackOverdueAfter = b.duration("pack_overdue_after", defaultPackOverdue, time.Second)
	c.WarnOnly = r.warnOnly(b.block("invoice_checks"))
	c.InvoicePrefix = r.invoicePrefix(b, c.InvoicingModel)
	c.Seller = r.seller(b.block("seller"), c.InvoicingModel)
	c.Partner = r.partner(b.block("partner"), c.InvoicingModel)
	c.Ajio = r.ajio(b.block("ajio"))
	c.ERP = r.erp(b.block("erp"), c.InvoicingModel)
	c.IRP = r.irp(b.block("irp"), c.InvoicingModel)
	c.Warehouse = r.warehouse(b.block("warehouse"))
	c.Client = r.client(b.block("client"))
	c.Sync = r.sync(b.block("sync"))
	c.Returns = r.returns(b.block("returns"))
	b.nothingElse()
	return c, b.line
}

func (r channelReader) model(b *block) order.InvoicingModel {
	switch model := order.InvoicingModel(b.required("invoicing_model", "erp or rms")); model {
	case order.ERPModel, order.RMSModel, "":
		return model
	default:
		b.wrong("invoicing_model", "%q is not known; write erp (the client's ERP makes the invoice) or rms (vmsflow makes it)", model)
		return ""
	}
}

func (r channelReader) ackHold(b *block) time.Duration {
	hold := b.duration("ack_hold", DefaultAckHold, 0)
	if !b.yes("allow_short_hold") && hold < DefaultAckHold {
		b.wrong("ack_hold", "%s is less than the 4h that Ajio's customers have to cancel; write 4h or more (only tests and demos set allow_short_hold: true)", short(hold))
	}
	return hold
}

func (r channelReader) invoicePrefix(b *block, model order.InvoicingModel) string {
	if model != order.RMSModel {
		return ""
	}
	prefix := b.required("invoice_prefix", "what our invoice numbers begin with, as registered with Ajio, such as AJ")
	if err := rms.ValidatePrefix(prefix); prefix != "" && err != nil {
		b.wrong("invoice_prefix", "%v", err)
	}
	return prefix
}

func (r channelReader) seller(b *block, model order.InvoicingModel) Seller {
	defer b.nothingElse()
	s := Seller{GSTIN: r.gstin(b, "gstin", b.required("gstin", "the GSTIN of the seller at this POB"))}
	address := b.block("address")
	defer address.nothingElse()
	if model == order.RMSModel { // they stand on the invoices that we make
		s.LegalName = b.required("legal_name", "the seller's name as registered for GST")
		s.Address = Address{
			Line1: address.required("line1", "the first line of the address that the goods leave from"),
			City:  address.required("city", "its city"), Zip: address.required("zip", "its PIN code"),
		}
	} else {
		s.LegalName = b.text("legal_name")
		s.Address = Address{Line1: address.text("line1"), City: address.text("city"), Zip: address.text("zip")}
	}
	s.Address.Line2 = address.text("line2")
	return s
}

func (r channelReader) partner(b *block, model order.InvoicingModel) Partner {
	defer b.nothingElse()
	p := Partner{GSTIN: r.gstin(b, "gstin", b.text("gstin"))}
	p.PlaceOfSupply = b.text("place_of_supply")
	switch {
	case p.PlaceOfSupply == "" && len(p.GSTIN) > 2:
		p.PlaceOfSupply = p.GSTIN[:2]
	case p.PlaceOfSupply != "" && !stateForm.MatchString(p.PlaceOfSupply):
		b.wrong("place_of_supply", `%q is not a state code; write two digits in quotes, such as "29"`, p.PlaceOfSupply)
	}
	if model == order.RMSModel { // nothing need be posted to an ERP
		p.Code, p.LocationCode = b.text("code"), b.text("location_code")
	} else {
		p.Code = b.required("code", "Ajio's customer code in the ERP")
		p.LocationCode = b.required("location_code", "Ajio's customer-location code in the ERP")
	}
	address := b.block("address")
	defer address.nothingElse()
	p.Address = Address{
		Name:  address.required("name", "the name of Ajio's buying entity"),
		Line1: address.required("line1", "the first line of its billing address"),
		City:  address.required("city", "its city"), State: address.required("state", "its state"),
		Zip: address.required("zip", "its PIN code"),
	}
	p.Address.Line2, p.Address.Line3, p.Address.Country = address.text("line2"), address.text("line3"), address.text("country")
	if p.Address.Country == "" {
		p.Address.Country = "INDIA"
	}
	return p
}

func (r channelReader) ajio(b *block) Ajio {
	defer b.nothingElse()
	a := Ajio{
		BaseURL:           link(b, "base_url", b.required("base_url", "Ajio's address, such as https://api-seller.services.ajio.com")),
		Partner:           b.required("partner", "the integrator's name in Ajio's paths"),
		Username:          b.required("username", "the user of this POB"),
		Password:          r.secret(b, "password"),
		PageBase:          b.whole("page_base", 0, 0, 1),
		RequestsPerMinute: b.whole("requests_per_minute", defaultRequestsPerMinute, 1, 100_000),
	}
	if a.Partner != "" && !slugForm.MatchString(a.Partner) {
		b.wrong("partner", "%q cannot stand in a path; write letters, digits, -, _ and . only", a.Partner)
	}
	return a
}

func (r channelReader) erp(b *block, model order.InvoicingModel) ERP {
	defer b.nothingElse()
	e := ERP{}
	if model == order.RMSModel {
		e.OrderURL = link(b, "order_url", b.text("order_url"))
		e.ReturnURL = link(b, "return_url", b.text("return_url"))
	} else {
		e.OrderURL = link(b, "order_url", b.required("order_url", "where the ERP receives order postings"))
		e.ReturnURL = link(b, "return_url", b.required("return_url", "where the ERP receives return postings"))
	}
	e.CredentialURL = link(b, "credential_url", b.text("credential_url"))
	e.Headers = r.headers(b)
	e.DocumentHosts = b.texts("document_hosts")
	for _, host := range e.DocumentHosts {
		if !hostForm.MatchString(host) {
			b.wrong("document_hosts", "%q is not a host; write it like erp.internal or 10.0.0.5:8080", host)
		}
	}
	return e
}

func (r channelReader) warehouse(b *block) Warehouse {
	defer b.nothingElse()
	return Warehouse{
		BaseURL: link(b, "base_url", b.required("base_url", "the address of the warehouse's API before /orders")),
		Headers: r.headers(b),
	}
}

func (r channelReader) client(b *block) Client {
	defer b.nothingElse()
	return Client{
		Name:     b.required("name", "the client, the same at all its POBs"),
		Username: b.required("username", "the user with which its ERP and warehouse call the gateway"),
		Password: r.secret(b, "password"),
	}
}

func (r channelReader) sync(b *block) Sync {
	defer b.nothingElse()
	return Sync{
		Every:    b.duration("every", defaultSyncEvery, time.Second),
		Lookback: b.duration("lookback", defaultLookback, time.Hour),
	}
}

// secret reads the variable that <key>_env names, and refuses <key> itself.
func (r channelReader) secret(b *block, key string) string {
	env := key + "_env"
	if b.refuse(key, "a secret must not stand in this file; write %s: NAME and set the environment variable NAME", env) && !b.has(env) {
		b.known = append(b.known, env)
		return ""
	}
	return r.variable(b, env, b.required(env, "the name of the environment variable that holds it"))
}

func (r channelReader) variable(b *block, key, name string) string {
	switch {
	case name == "":
		return ""
	case !envForm.MatchString(name): // not repeated: it may be the secret itself
		b.wrong(key, "is not the name of an environment variable; write capital letters, digits and _ only")
		return ""
	}
	value := r.getenv(name)
	if value == "" {
		b.wrong(key, "the environment variable %s is not set", name)
	}
	return value
}

// headers reads names with either value: or env:.
func (r channelReader) headers(b *block) map[string]string {
	headers := map[string]string{}
	list := b.block("headers")
	for _, name := range list.keys {
		if isScalar(list.values[name].value) { // not repeated: it may be a secret
			list.wrong(name, "write {env: NAME} for a secret or {value: text} for anything else")
			continue
		}
		header := list.block(name)
		value, env := header.text("value"), header.text("env")
		switch {
		case (value == "") == (env == ""):
			header.wrong("", "needs either env: NAME or value: text")
		case value != "" && secretName.MatchString(name):
			header.wrong("value", "a secret must not stand in this file; write env: NAME and set the environment variable NAME")
		case value != "":
			headers[name] = value
		default:
			headers[name] = r.variable(header, "env", env)
		}
		header.nothingElse()
	}
	return headers
}

func isScalar(node ast.Node) bool {
	_, scalar := node.(ast.ScalarNode)
	return scalar
}

func (r channelReader) gstin(b *block, key, value string) string {
	if value == "" {
		return ""
	}
	if err := gst.ValidateGSTIN(value, r.tax.SandboxGSTINs); err != nil {
		b.wrong(key, "%v", err)
	}
	return value
}

// link checks an address and takes the slash off its end.
func link(b *block, key, value string) string {
	if value == "" {
		return ""
	}
	parsed, err := url.Parse(value)
	switch {
	case err == nil && parsed.User != nil: // not repeated: it may hold a password
		b.wrong(key, "must not hold a user or password; use the other keys")
	case err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https"):
		b.wrong(key, "is not an address; write it with http:// or https://")
	}
	return strings.TrimRight(value, "/")
}
