package stack

import (
	"fmt"
	"strings"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/config"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/order"
)

// What the channels of the simulated world have in common. Secrets they are not, but they go the way of secrets.
const (
	passwordVariable = "VMSFLOW_DEMO_PASSWORD"
	// invoicePrefix begins our own invoices' numbers, so that they differ from an ERP's at a glance.
	invoicePrefix = "NV"
)

// channelsFile writes the channels file for a world whose simulator listens on the URL and signs with the key. It
// differs from one of production in a sync and a throttle fast enough to watch, and in a hold that may be short.
func channelsFile(w world.World, simulator string, key irptest.PublicKey) []byte {
	var file strings.Builder
	fmt.Fprintf(&file, "einvoice:\n  issuers: [%s]\n  qr_keys:\n    %s: |\n", key.Issuer, key.KeyID)
	for line := range strings.Lines(strings.TrimSpace(key.PEM) + "\n") {
		file.WriteString("      " + line)
	}
	file.WriteString("channels:\n")
	for _, pob := range w.Pobs {
		fmt.Fprintf(&file, `  - pob: %[1]s
    name: %[2]s
    ack_hold: %[3]s
    allow_short_hold: %[4]t
    partner:
      gstin: %[5]s
      code: "1100045678"
      location_code: LOC01
      address: {name: Ajio buying entity, line1: 1 Example Road, city: %[12]s, state: %[13]s, zip: "%[14]s"}
    ajio:
      base_url: %[6]s
      partner: %[7]s
      username: %[1]s
      password_env: %[8]s
      requests_per_minute: %[9]d
    erp:
      order_url: %[6]s/%[1]s/erp/orders
      return_url: %[6]s/%[1]s/erp/returns
      credential_url: %[6]s/%[1]s/erp/credential
      document_hosts: [%[11]s]
      headers: &headers-%[1]s
        authUsername: {value: %[1]s}
        authPassword: {env: %[8]s}
    warehouse:
      base_url: %[6]s/%[1]s/warehouse
      headers: *headers-%[1]s
    client: {name: %[1]s, username: %[1]s, password_env: %[8]s}
    sync: {every: %[10]s}
    returns:
      sync_every: %[10]s
      rto_grace: %[15]s
      qc_gap: %[16]s
      settlement_models: %[17]s
`, pob.Code, pob.Name, w.Hold, w.Hold < config.DefaultAckHold, pob.Buyer.GSTIN, simulator, world.Partner, passwordVariable,
			world.RequestsPerMinute, w.Timing.SyncEvery, strings.TrimPrefix(simulator, "http://"),
			pob.Buyer.City, pob.Buyer.State, pob.Buyer.Zip, w.Timing.RTOGrace, w.Timing.QCGap, settlementModels(pob))
		file.WriteString(invoicing(pob, simulator))
	}
	return []byte(file.String())
}

// settlementModels is what a channel says about the document that settles its returns. Where it is Ajio's invoice it has
// been so since a day long past.
func settlementModels(pob world.Pob) string {
	if pob.Settlement == order.RSIModel {
		return "[{model: credit_note}, {model: rsi, from: 2024-04-01}]"
	}
	return "[{model: credit_note}]"
}

// invoicing is what a channel says about its invoices.
func invoicing(pob world.Pob, simulator string) string {
	if pob.Model == order.ERPModel {
		return fmt.Sprintf("    invoicing_model: erp\n    seller: {gstin: %s}\n", pob.GSTIN)
	}
	return fmt.Sprintf(`    invoicing_model: rms
    invoice_prefix: %[1]s
    seller:
      gstin: %[2]s
      legal_name: Nilaya Retail Private Limited
      address: {line1: 2 Example Lane, city: Mumbai, zip: "400001"}
    irp:
      base_url: %[3]s/irp
      client_id: %[4]s
      client_secret_env: %[5]s
      username: %[2]s
      password_env: %[5]s
`, invoicePrefix, pob.GSTIN, simulator, world.ClientID, passwordVariable)
}
