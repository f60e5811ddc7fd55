package stack

import (
	"fmt"
	"strings"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/config"
)

// The credentials of the simulated world. Secrets they are not, but they go the way of secrets.
const (
	passwordVariable = "VMSFLOW_DEMO_PASSWORD"
	sellerGSTIN      = "27AAPFU0939F1ZV"
	buyerGSTIN       = "29AAGCB7383J1Z4"
)

// channelsFile writes the channels file for a world whose simulator listens on the URL. It differs from one of
// production in a sync and a throttle fast enough to watch, and in a hold that may be short.
func channelsFile(w world.World, simulator string) []byte {
	var file strings.Builder
	fmt.Fprintf(&file, "channels:\n")
	for _, pob := range w.Pobs {
		fmt.Fprintf(&file, `  - pob: %[1]s
    name: %[2]s
    invoicing_model: erp
    ack_hold: %[3]s
    allow_short_hold: %[11]t
    seller: {gstin: %[4]s}
    partner:
      gstin: %[5]s
      code: "1100045678"
      location_code: KA01
      address: {name: Ajio buying entity, line1: 1 Example Road, city: Bengaluru, state: Karnataka, zip: "560001"}
    ajio:
      base_url: %[6]s
      partner: %[7]s
      username: %[1]s
      password_env: %[8]s
      requests_per_minute: %[9]d
    erp:
      order_url: %[6]s/%[1]s/erp/orders
      credential_url: %[6]s/%[1]s/erp/credential
      headers: &headers-%[1]s
        authUsername: {value: %[1]s}
        authPassword: {env: %[8]s}
    warehouse:
      base_url: %[6]s/%[1]s/warehouse
      headers: *headers-%[1]s
    client: {name: %[1]s, username: %[1]s, password_env: %[8]s}
    sync: {every: %[10]s}
`, pob.Code, pob.Name, w.Hold, sellerGSTIN, buyerGSTIN, simulator, world.Partner, passwordVariable,
			world.RequestsPerMinute, w.Timing.SyncEvery, w.Hold < config.DefaultAckHold)
	}
	return []byte(file.String())
}
