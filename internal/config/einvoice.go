package config

import (
	"slices"
	"strings"

	"vmsflow/internal/einvoice"
	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/rms"
)

// TaxEnvironment is what production and a sandbox have separate ones of (contracts/gst-einvoice.md §4, §5).
type TaxEnvironment struct {
	// Keys verify the signed QRs on invoices.
	Keys gst.QRKeys
	// SandboxGSTINs are test identities that break the rules for GSTINs; none in production.
	SandboxGSTINs []string
}

// IRP is how vmsflow registers the invoices of a seller, in the RMS model.
type IRP struct {
	BaseURL      string
	ClientID     string
	ClientSecret string `json:"-"`
	Username     string
	Password     string `json:"-"`
}

func (i IRP) String() string { return "IRP at " + i.BaseURL + " as " + i.Username }

// GoString keeps the secrets out of %#v.
func (i IRP) GoString() string { return i.String() }

// InvoiceRules is by what the invoices that an ERP posts are judged, by POB.
func (cs Channels) InvoiceRules() map[string]einvoice.Rules {
	rules := map[string]einvoice.Rules{}
	for _, c := range cs {
		rules[c.Pob] = einvoice.Rules{SellerGSTIN: c.Seller.GSTIN, BuyerGSTIN: c.Partner.GSTIN, Keys: c.Tax.Keys, WarnOnly: c.WarnOnly}
	}
	return rules
}

// SellerParty and BuyerParty are the two sides of the invoices that we make.
func (c Channel) SellerParty() rms.Party {
	return party(c.Seller.GSTIN, c.Seller.LegalName, c.Seller.Address)
}

// BuyerParty is Ajio's buying entity.
func (c Channel) BuyerParty() rms.Party {
	return party(c.Partner.GSTIN, c.Partner.Address.Name, c.Partner.Address)
}

func party(gstin, name string, address Address) rms.Party {
	state, _ := gst.StateOf(gstin) // Problems names a GSTIN without one
	return rms.Party{
		GSTIN: gstin, LegalName: name, Address1: address.Line1, Address2: address.Line2, Location: address.City, StateCode: state, PIN: address.Zip,
	}
}

// taxEnvironment reads the block beside the channels. known says whether any key is there.
func taxEnvironment(b *block) (environment TaxEnvironment, known bool) {
	defer b.nothingElse()
	environment.SandboxGSTINs = b.texts("sandbox_gstins")
	issuers := b.texts("issuers")
	byKid := map[string]string{}
	list := b.block("qr_keys")
	for _, kid := range list.keys {
		byKid[kid] = list.text(kid)
	}
	keys, err := gst.NewQRKeys(byKid, issuers)
	if err != nil {
		b.wrong("qr_keys", "%v; write issuers: [NIC], and under qr_keys the public key (PEM) of each kid", err)
	}
	environment.Keys = keys
	return environment, len(byKid) > 0
}

// checkTax makes sure that what a channel needs of the tax environment is there: strict is the default, and without
// keys no invoice could ever be verified.
func checkTax(p *problems, channels Channels, lines map[string]int, keysKnown bool) {
	prefixes := map[string]Channel{}
	for _, c := range channels {
		if c.InvoicingModel == order.ERPModel && !keysKnown && !slices.Contains(c.WarnOnly, "INV-3") {
			p.add(lines[c.Pob], "channel "+c.Pob, "its invoices carry signed QRs, but einvoice.qr_keys has no key to verify them; "+
				"write the IRPs' public keys there, or invoice_checks: {warn_only: [INV-3]} here")
		}
		if c.InvoicingModel != order.RMSModel || c.Seller.GSTIN == "" {
			continue
		}
		for _, problem := range append(c.SellerParty().Problems("seller"), c.BuyerParty().Problems("partner")...) {
			p.add(lines[c.Pob], "channel "+c.Pob, "its invoices could not be registered: %s", problem)
		}
		first, known := prefixes[c.Seller.GSTIN]
		if known && first.InvoicePrefix != c.InvoicePrefix {
			p.add(lines[c.Pob], "channel "+c.Pob+", invoice_prefix", "%s, but channel %s of the same GSTIN has %s: its invoices are one series; write the same",
				c.InvoicePrefix, first.Pob, first.InvoicePrefix)
		}
		prefixes[c.Seller.GSTIN] = c
	}
}

func (r channelReader) warnOnly(b *block) []string {
	defer b.nothingElse()
	rules := b.texts("warn_only")
	for _, rule := range rules {
		if !slices.Contains(einvoice.MayWarnOnly(), rule) {
			b.wrong("warn_only", "%q cannot be set to warn; write some of %s", rule, strings.Join(einvoice.MayWarnOnly(), ", "))
		}
	}
	return rules
}

func (r channelReader) irp(b *block, model order.InvoicingModel) IRP {
	defer b.nothingElse()
	if model != order.RMSModel {
		return IRP{}
	}
	return IRP{
		BaseURL:      link(b, "base_url", b.required("base_url", "the address of the IRP's API")),
		ClientID:     b.required("client_id", "the client id that the IRP gave to the integrator"),
		ClientSecret: r.secret(b, "client_secret"),
		Username:     b.required("username", "the seller's API user at the IRP"),
		Password:     r.secret(b, "password"),
	}
}
