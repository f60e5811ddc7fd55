package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/config"
	"vmsflow/internal/order"
)

// set answers for every variable with its own name, so that a test sees which one was read.
func set(name string) string { return "value of " + name }

func TestTheExampleFileIsValid(t *testing.T) {
	t.Parallel()
	channels, err := config.LoadChannels("../../channels.example.yaml", set)
	require.NoError(t, err)
	require.Equal(t, []string{"DV0012345", "DV0067890"}, channels.Pobs())

	c, ok := channels.ByPob("DV0012345")
	require.True(t, ok)
	require.Equal(t, config.Ajio{
		BaseURL: "https://api-seller.services.ajio.com", Partner: "nilaya", Username: "nilaya-dv0012345",
		Password: "value of AJIO_DV0012345_PASSWORD", RequestsPerMinute: 60,
	}, c.Ajio)
	require.Equal(t, map[string]string{"Authorization": "value of NILAYA_ERP_AUTHORIZATION", "X-Client": "vmsflow"}, c.ERP.Headers)
	require.Equal(t, "29", c.Partner.PlaceOfSupply, "follows from the GSTIN")
	require.Equal(t, "INDIA", c.Partner.Address.Country)
	require.Equal(t, config.Sync{Every: time.Minute, Lookback: 168 * time.Hour}, c.Sync)

	policy := c.Policy()
	require.Equal(t, order.ERPModel, policy.Model)
	require.Equal(t, 4*time.Hour, policy.AckHold)
	require.Equal(t, 48*time.Hour, policy.POOverdueAfter)
	require.Equal(t, "27AAPFU0939F1ZV", c.Seller.GSTIN)

	require.Equal(t, []config.Client{{
		Name: "nilaya", Username: "nilaya", Password: "value of NILAYA_GATEWAY_PASSWORD",
		Pobs: []string{"DV0012345", "DV0067890"},
	}}, channels.Clients(), "one credential for both POBs")

	_, ok = channels.ByPob("DV9")
	require.False(t, ok)
}

func TestNoSecretReachesALog(t *testing.T) {
	t.Parallel()
	channels, err := config.LoadChannels("../../channels.example.yaml", set)
	require.NoError(t, err)
	c := channels[0]
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	for _, v := range []any{c, &c, channels, c.Ajio, c.ERP, c.Warehouse, c.Client, channels.Clients()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			fmt.Fprintf(&log, verb, v)
		}
		logger.Info("", "it", v)
	}
	require.NotContains(t, log.String(), "value of")
	require.Contains(t, log.String(), "DV0012345")
}

const good = `channels:
  - pob: DV1
    name: One
    invoicing_model: erp
    seller: {gstin: 27AAPFU0939F1ZV}
    partner: {gstin: 29AAGCB7383J1Z4, code: 0012, location_code: KA01, address: {name: A, line1: B, city: C, state: D, zip: 560001}}
    ajio: {base_url: "http://127.0.0.1:1/", partner: nilaya, username: u, password_env: AJIO}
    erp: {order_url: "http://127.0.0.1:2/orders", return_url: "http://127.0.0.1:2/returns/"}
    warehouse: {base_url: "http://127.0.0.1:3"}
    client: {name: c, username: c, password_env: GATEWAY}
    invoice_checks: {warn_only: [INV-3]}
`

func TestScalarsStandAsWritten(t *testing.T) {
	t.Parallel()
	channels, err := load(t, good)
	require.NoError(t, err)
	require.Equal(t, "0012", channels[0].Partner.Code, "no octal number")
	require.Equal(t, "http://127.0.0.1:1", channels[0].Ajio.BaseURL, "without the slash at its end")
}

func TestHostsOfDocumentsAreNoneUnlessTheyAreListed(t *testing.T) {
	t.Parallel()
	channels, err := load(t, good)
	require.NoError(t, err)
	require.Empty(t, channels[0].ERP.DocumentHosts)

	channels, err = load(t, swap(`returns/"}`, `returns/", document_hosts: [erp.internal, "10.0.0.5:8080", "[fd00::5]:8443"]}`))
	require.NoError(t, err)
	require.Equal(t, []string{"erp.internal", "10.0.0.5:8080", "[fd00::5]:8443"}, channels[0].ERP.DocumentHosts)
}

func load(t *testing.T, content string) (config.Channels, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "channels.yaml")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	channels, err := config.LoadChannels(file, func(name string) string {
		if strings.HasPrefix(name, "UNSET") {
			return ""
		}
		return "hunter2"
	})
	if err != nil {
		require.NotContains(t, err.Error(), "hunter", "secrets stay out of messages")
		err = fmt.Errorf("%s", strings.ReplaceAll(err.Error(), file, "f"))
	}
	return channels, err
}

func TestBadFilesAreReportedInPlainWords(t *testing.T) {
	t.Parallel()
	second := strings.TrimPrefix(good, "channels:\n")
	tests := []struct {
		name    string
		content string
		want    []string // the whole message, line by line
	}{
		{"no file content", ``, []string{`f:1: file: is empty; start it with channels:`}},
		{"a list instead of keys", `- pob: DV1`, []string{
			`f:1: file: must have keys of its own, written as key: value`,
			`f:1: channels: must be a list with at least one POB`,
		}},
		{"no YAML", "channels:\n  - pob: [DV1", []string{`f:2: file: is not YAML: sequence end token ']' not found`}},
		{"several documents", good + "---\n" + good, []string{`f:1: file: has several YAML documents; write one`}},
		{"no channels", `channels: []`, []string{`f:1: channels: must be a list with at least one POB`}},
		{"nothing but a POB", "channels:\n  - pob: DV1\n", []string{
			`f:2: channel DV1, name: is missing; write what people call the channel`,
			`f:2: channel DV1, invoicing_model: is missing; write erp or rms`,
			`f:2: channel DV1, seller.gstin: is missing; write the GSTIN of the seller at this POB`,
			`f:2: channel DV1, partner.code: is missing; write Ajio's customer code in the ERP`,
			`f:2: channel DV1, partner.location_code: is missing; write Ajio's customer-location code in the ERP`,
			`f:2: channel DV1, partner.address.name: is missing; write the name of Ajio's buying entity`,
			`f:2: channel DV1, partner.address.line1: is missing; write the first line of its billing address`,
			`f:2: channel DV1, partner.address.city: is missing; write its city`,
			`f:2: channel DV1, partner.address.state: is missing; write its state`,
			`f:2: channel DV1, partner.address.zip: is missing; write its PIN code`,
			`f:2: channel DV1, ajio.base_url: is missing; write Ajio's address, such as https://api-seller.services.ajio.com`,
			`f:2: channel DV1, ajio.partner: is missing; write the integrator's name in Ajio's paths`,
			`f:2: channel DV1, ajio.username: is missing; write the user of this POB`,
			`f:2: channel DV1, ajio.password_env: is missing; write the name of the environment variable that holds it`,
			`f:2: channel DV1, erp.order_url: is missing; write where the ERP receives order postings`,
			`f:2: channel DV1, erp.return_url: is missing; write where the ERP receives return postings`,
			`f:2: channel DV1, warehouse.base_url: is missing; write the address of the warehouse's API before /orders`,
			`f:2: channel DV1, client.name: is missing; write the client, the same at all its POBs`,
			`f:2: channel DV1, client.username: is missing; write the user with which its ERP and warehouse call the gateway`,
			`f:2: channel DV1, client.password_env: is missing; write the name of the environment variable that holds it`,
		}},
		{"a channel that is a word", "channels:\n  - DV1\n" + second, []string{
			`f:2: channels[0]: must have keys of its own, written as key: value`,
			`f:2: channels[0], pob: is missing; write Ajio's vendor location, such as DV0012345`, "…",
		}},
		{"an unknown key", good + "    sync: {evry: 1m}\n    acc_hold: 5h\n", []string{
			`f:12: channel DV1, sync.evry: is not known; here you may write every, lookback`,
			`f:13: channel DV1, acc_hold: is not known; here you may write pob, name, invoicing_model, ack_hold, allow_short_hold, ` +
				`po_overdue_after, invoice_overdue_after, pack_overdue_after, invoice_checks, seller, partner, ajio, erp, irp, warehouse, client, sync, returns`,
		}},
		{"settlement models without their days", good + "    returns: {settlement_models: [{model: rsi, from: 2026-01-01}, {model: debit_note}]}\n", []string{
			`f:12: channel DV1, returns.settlement_models.from: the first model holds for all returns before the second; leave from out`,
			`f:12: channel DV1, returns.settlement_models.model: "debit_note" is not known; write credit_note (the ERP's note goes to Ajio) or rsi (Ajio invoices the return)`,
			`f:12: channel DV1, returns.settlement_models.from: must be the first day (IST) of this model, such as 2026-04-01`,
		}},
		{"a reason of the warehouse that stands twice", good + "    returns: {qc: {STAIN: {code: BAD, reason: USED}, stain: {code: MISSING}}}\n", []string{
			`f:12: channel DV1, returns.qc.stain: stands twice, whatever its case`,
		}},
		{"a QC code that Ajio does not know", good + "    returns: {qc: {STAIN: {code: DIRTY}, TORN: {code: BAD, reason: TORN}}}\n", []string{
			`f:12: channel DV1, returns.qc.STAIN.code: "DIRTY" is not known; write one of [BAD MISSING]`,
			`f:12: channel DV1, returns.qc.TORN.reason: "TORN" is no reason of Ajio's for BAD; write one of [DAMAGED USED WRONG_ITEM TAG_MISSING]`,
		}},
		{"no key for signed QRs", strings.Replace(good, "    invoice_checks: {warn_only: [INV-3]}\n", "", 1), []string{
			`f:2: channel DV1: its invoices carry signed QRs, but einvoice.qr_keys has no key to verify them; write the IRPs' public keys there, or invoice_checks: {warn_only: [INV-3]} here`,
		}},
		{"a rule that cannot be a warning", strings.Replace(good, "[INV-3]", "[INV-3, INV-5]", 1), []string{
			`f:11: channel DV1, invoice_checks.warn_only: "INV-5" cannot be set to warn; write some of INV-1, INV-2, INV-3`,
		}},
		{"a key that is none", good + "einvoice: {issuers: [NIC], qr_keys: {A1: nonsense}}\n", []string{
			`f:12: einvoice.qr_keys: key A1 of signed QRs: invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key; write issuers: [NIC], and under qr_keys the public key (PEM) of each kid`,
		}},
		{"the RMS model without its own", strings.Replace(good, "invoicing_model: erp", "invoicing_model: rms", 1), []string{
			`f:2: channel DV1, invoice_prefix: is missing; write what our invoice numbers begin with, as registered with Ajio, such as AJ`,
			`f:5: channel DV1, seller.legal_name: is missing; write the seller's name as registered for GST`,
			`f:5: channel DV1, seller.address.line1: is missing; write the first line of the address that the goods leave from`,
			`f:5: channel DV1, seller.address.city: is missing; write its city`,
			`f:5: channel DV1, seller.address.zip: is missing; write its PIN code`,
			`f:2: channel DV1, irp.base_url: is missing; write the address of the IRP's API`,
			`f:2: channel DV1, irp.client_id: is missing; write the client id that the IRP gave to the integrator`,
			`f:2: channel DV1, irp.client_secret_env: is missing; write the name of the environment variable that holds it`,
			`f:2: channel DV1, irp.username: is missing; write the seller's API user at the IRP`,
			`f:2: channel DV1, irp.password_env: is missing; write the name of the environment variable that holds it`,
		}},
		{"an unknown key outside", good + "chanels: []\n", []string{
			`f:12: chanels: is not known; here you may write channels, einvoice`,
		}},
		{"a literal password", swap("password_env: AJIO", "password: hunter2"), []string{
			`f:7: channel DV1, ajio.password: a secret must not stand in this file; write password_env: NAME and set the environment variable NAME`,
		}},
		{"a password for a variable's name", swap("password_env: AJIO", "password_env: hunter2"), []string{
			`f:7: channel DV1, ajio.password_env: is not the name of an environment variable; write capital letters, digits and _ only`,
		}},
		{"a variable that is not set", swap("password_env: AJIO", "password_env: UNSET_1"), []string{
			`f:7: channel DV1, ajio.password_env: the environment variable UNSET_1 is not set`,
		}},
		{"a password in an address", swap("http://127.0.0.1:1/", "http://u:hunter2@h"), []string{
			`f:7: channel DV1, ajio.base_url: must not hold a user or password; use the other keys`,
		}},
		{"hosts of documents", swap(`returns/"}`, `returns/", document_hosts: [erp.internal, "https://erp.internal", "erp.internal/", "*.internal", "u:p@erp.internal", "erp.internal:x", ""]}`), []string{
			`f:8: channel DV1, erp.document_hosts: "https://erp.internal" is not a host; write it like erp.internal or 10.0.0.5:8080`,
			`f:8: channel DV1, erp.document_hosts: "erp.internal/" is not a host; write it like erp.internal or 10.0.0.5:8080`,
			`f:8: channel DV1, erp.document_hosts: "*.internal" is not a host; write it like erp.internal or 10.0.0.5:8080`,
			`f:8: channel DV1, erp.document_hosts: "u:p@erp.internal" is not a host; write it like erp.internal or 10.0.0.5:8080`,
			`f:8: channel DV1, erp.document_hosts: "erp.internal:x" is not a host; write it like erp.internal or 10.0.0.5:8080`,
			`f:8: channel DV1, erp.document_hosts: "" is not a host; write it like erp.internal or 10.0.0.5:8080`,
		}},
		{"one host of documents", swap(`returns/"}`, `returns/", document_hosts: erp.internal}`), []string{
			`f:8: channel DV1, erp.document_hosts: must be a list, written as [one, two]`,
		}},
		{"a port that is taken for a value", swap(`returns/"}`, `returns/", document_hosts: [10.0.0.5:8080]}`), []string{
			`f:8: channel DV1, erp.document_hosts: must be a list of single values; put one with a colon in quotes`,
		}},
		{"where returns go", swap("http://127.0.0.1:2/returns/", "http://u:hunter2@erp/returns"), []string{
			`f:8: channel DV1, erp.return_url: must not hold a user or password; use the other keys`,
		}},
		{"addresses", swap("http://127.0.0.1:3", "ftp://wms"), []string{
			`f:9: channel DV1, warehouse.base_url: is not an address; write it with http:// or https://`,
		}},
		{"headers", swap(`"http://127.0.0.1:3"`, `"http://w", headers: {A: hunter2, Authorization: {value: hunter2}, B: {}, C: {env: UNSET}, D: {value: x, evn: Y}}`), []string{
			`f:9: channel DV1, warehouse.headers.A: write {env: NAME} for a secret or {value: text} for anything else`,
			`f:9: channel DV1, warehouse.headers.Authorization.value: a secret must not stand in this file; write env: NAME and set the environment variable NAME`,
			`f:9: channel DV1, warehouse.headers.B: needs either env: NAME or value: text`,
			`f:9: channel DV1, warehouse.headers.C.env: the environment variable UNSET is not set`,
			`f:9: channel DV1, warehouse.headers.D.evn: is not known; here you may write value, env`,
		}},
		{"numbers and words", swap("password_env: AJIO", "password_env: AJIO, page_base: 2, requests_per_minute: many"), []string{
			`f:7: channel DV1, ajio.page_base: "2" is not right; write a whole number from 0 to 1`,
			`f:7: channel DV1, ajio.requests_per_minute: "many" is not right; write a whole number from 1 to 100000`,
		}},
		{"the model", swap("invoicing_model: erp", "invoicing_model: model1"), []string{
			`f:4: channel DV1, invoicing_model: "model1" is not known; write erp (the client's ERP makes the invoice) or rms (vmsflow makes it)`,
		}},
		{"tax numbers", swap("gstin: 27AAPFU0939F1ZV", "gstin: 27aapfu"), []string{
			`f:5: channel DV1, seller.gstin: GST-001 "27aapfu" is no GSTIN: 2 digits state, 5 letters, 4 digits, 1 letter, 1 of 1-9 and A-Z, "Z", 1 check character, all upper case`,
		}},
		{"the place of supply", swap("code: 0012", "code: 12, place_of_supply: KA"), []string{
			`f:6: channel DV1, partner.place_of_supply: "KA" is not a state code; write two digits in quotes, such as "29"`,
		}},
		{"a short hold", good + "    ack_hold: 30m\n", []string{
			`f:12: channel DV1, ack_hold: 30m is less than the 4h that Ajio's customers have to cancel; write 4h or more (only tests and demos set allow_short_hold: true)`,
		}},
		{"durations", good + "    ack_hold: four\n    po_overdue_after: -1h\n    allow_short_hold: maybe\n", []string{
			`f:12: channel DV1, ack_hold: "four" is not a duration; write it like 4h`,
			`f:14: channel DV1, allow_short_hold: "maybe" is neither true nor false`,
			`f:13: channel DV1, po_overdue_after: -1h is too short; write at least 1s`,
		}},
		{"a POB that would break workflow ids", swap("pob: DV1", "pob: 'DV:1'"), []string{
			`f:2: channel DV:1, pob: "DV:1" is not a POB; write letters, digits, - and _ only`,
		}},
		{"a POB twice", good + second, []string{`f:12: channel DV1: stands twice; it is described at line 2 already`}},
		{"a client with two users", good + strings.NewReplacer("DV1", "DV2", "username: c", "username: d").Replace(second), []string{
			`f:12: channel DV2, client: c has another username or password at channel DV1; write the same or another name`,
		}},
		{"a user of two clients", good + strings.NewReplacer("DV1", "DV2", "name: c, username", "name: d, username").Replace(second), []string{
			`f:12: channel DV2, client: the username c belongs to client c already; write another`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			channels, err := load(t, test.content)
			require.Error(t, err)
			require.Nil(t, channels)
			got := strings.Split(err.Error(), "\n")
			if last := len(test.want) - 1; test.want[last] == "…" {
				require.Equal(t, test.want[:last], got[:last])
				return
			}
			require.Equal(t, test.want, got)
		})
	}
}

// swap is the good file with one thing replaced.
func swap(old, replacement string) string { return strings.Replace(good, old, replacement, 1) }

func TestTestsAndDemosMayHoldShorter(t *testing.T) {
	t.Parallel()
	channels, err := load(t, good+"    ack_hold: 5s\n    allow_short_hold: true\n")
	require.NoError(t, err)
	require.Equal(t, 5*time.Second, channels[0].AckHold)
}

func TestTheSettlementModelFollowsTheDateOfTheReturn(t *testing.T) {
	t.Parallel()
	channels, err := load(t, good+"    returns: {settlement_models: [{model: credit_note}, {model: rsi, from: 2026-04-01}]}\n")
	require.NoError(t, err)
	policy := channels[0].ReturnPolicy()
	for date, want := range map[string]order.SettlementModel{
		"2026-03-31T23:59:59+05:30": order.CreditNoteModel,
		"2026-03-31T18:30:00Z":      order.RSIModel, // midnight in India
		"2026-04-01T00:00:00+05:30": order.RSIModel,
	} {
		day, err := time.Parse(time.RFC3339, date)
		require.NoError(t, err)
		require.Equal(t, want, policy.ModelOn(day), date)
	}
	require.Equal(t, 96*time.Hour, policy.RTOGrace)
}

func TestAChannelMayGiveItsWarehousesReasonsAnotherMeaning(t *testing.T) {
	t.Parallel()
	channels, err := load(t, good+"    returns: {qc: {Stain: {code: BAD, reason: USED}, lost: {code: MISSING}}}\n")
	require.NoError(t, err)
	table := channels[0].Returns.QC
	require.Equal(t, order.QCRule{Code: order.Bad, Reason: order.QCUsed}, table["STAIN"])
	require.Equal(t, order.QCRule{Code: order.Missing, Reason: order.QCNotReceived}, table["LOST"])
	require.Equal(t, order.QCRule{Code: order.Bad, Reason: order.QCTagMissing}, table["TAG_MISSING"], "the others keep their default")
}

func TestMergesGiveWayToTheChannelsOwnKeys(t *testing.T) {
	t.Parallel()
	channels, err := load(t, strings.Replace(good, "- pob: DV1", "- &first\n    pob: DV1", 1)+
		"  - <<: *first\n    pob: DV2\n    name: Two\n")
	require.NoError(t, err)
	require.Len(t, channels, 2)
	require.Equal(t, "Two", channels[1].Name)
	require.Equal(t, channels[0].Ajio, channels[1].Ajio)
}

func TestTheEnvironmentAndTheFileAreReportedTogether(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	t.Setenv("VMSFLOW_CHANNELS", "no/such/file.yaml")
	_, _, err := config.LoadProgram()
	require.EqualError(t, err, "DATABASE_URL: is not set; write the address of the database, such as postgres://user:password@host:5432/vmsflow\n"+
		"VMSFLOW_CHANNELS: open no/such/file.yaml: no such file or directory; write the path of the channels file (see channels.example.yaml)")
}

func TestAProgramWithoutSecretsNeedsNoneOfTheirVariables(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://localhost/x")
	t.Setenv("VMSFLOW_CHANNELS", "../../channels.example.yaml")
	program, channels, err := config.LoadProgramWithoutSecrets()
	require.NoError(t, err)
	require.Equal(t, "postgres://localhost/x", program.DatabaseURL)
	require.Len(t, channels, 2)

	_, _, err = config.LoadProgram()
	require.ErrorContains(t, err, "the environment variable AJIO_DV0012345_PASSWORD is not set")
}

func TestTemporalOptionsFollowTheEnvironment(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
	t.Setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
	t.Setenv("TEMPORAL_NAMESPACE", "vms")
	options, err := config.TemporalOptions()
	require.NoError(t, err)
	require.Equal(t, "temporal.example:7233", options.HostPort)
	require.Equal(t, "vms", options.Namespace)
	require.NotNil(t, options.Logger)

	t.Setenv("TEMPORAL_PROFILE", "no-such")
	_, err = config.TemporalOptions()
	require.ErrorContains(t, err, "TEMPORAL_*: ")
}
