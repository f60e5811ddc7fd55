package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// Defaults of a channel's returns.
const (
	defaultReturnSync         = 10 * time.Minute
	defaultRTOGrace           = 4 * 24 * time.Hour // contracts/increff-erp.md §7.5, assumed: expectations take 3 to 4 days
	defaultQCGap              = time.Hour
	defaultParcelOverdue      = 30 * 24 * time.Hour
	defaultQCOverdue          = 48 * time.Hour
	defaultExpectationOverdue = 3 * 24 * time.Hour
	defaultSettlementOverdue  = 3 * 24 * time.Hour
)

// Returns is what happens to goods that come back.
type Returns struct {
	SyncEvery time.Duration // how often Ajio's list of returns is read
	Policy    contract.ReturnPolicy
	QC        order.QCTable // what the warehouse's reasons mean at Ajio
}

// ReturnPolicy is what a return takes with it when it starts.
func (c Channel) ReturnPolicy() contract.ReturnPolicy {
	policy := c.Returns.Policy
	policy.PostToERP = c.ERP.ReturnURL != ""
	return policy
}

// ReturnPolicies gives each POB's.
func (cs Channels) ReturnPolicies() map[string]contract.ReturnPolicy {
	policies := map[string]contract.ReturnPolicy{}
	for _, c := range cs {
		policies[c.Pob] = c.ReturnPolicy()
	}
	return policies
}

func (r channelReader) returns(b *block) Returns {
	defer b.nothingElse()
	returns := Returns{SyncEvery: b.duration("sync_every", defaultReturnSync, time.Second)}
	returns.Policy = contract.ReturnPolicy{
		RTOGrace:                b.duration("rto_grace", defaultRTOGrace, 0),
		QCGap:                   b.duration("qc_gap", defaultQCGap, 0),
		ParcelOverdueAfter:      b.duration("parcel_overdue_after", defaultParcelOverdue, time.Second),
		QCOverdueAfter:          b.duration("qc_overdue_after", defaultQCOverdue, time.Second),
		ExpectationOverdueAfter: b.duration("expectation_overdue_after", defaultExpectationOverdue, time.Second),
		SettlementOverdueAfter:  b.duration("settlement_overdue_after", defaultSettlementOverdue, time.Second),
		Models:                  r.settlementModels(b),
	}
	returns.QC = r.qcTable(b.block("qc"))
	return returns
}

// settlementModels reads the list of models, each from its day on.
func (r channelReader) settlementModels(b *block) []contract.DatedModel {
	const key = "settlement_models"
	b.known = append(b.known, key)
	e, ok := b.values[key]
	if !ok || isNull(e.value) {
		return []contract.DatedModel{{Model: order.CreditNoteModel}}
	}
	list, ok := e.value.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		b.wrong(key, "must be a list, such as [{model: credit_note}, {model: rsi, from: 2026-04-01}]")
		return nil
	}
	var models []contract.DatedModel
	for i, node := range list.Values {
		entry := b.problems.block(node, b.name, b.prefix+key+".")
		dated := contract.DatedModel{Model: settlementModel(entry)}
		from := entry.text("from")
		switch day, err := time.ParseInLocation(time.DateOnly, from, increff.IST); {
		case i == 0 && from != "":
			entry.wrong("from", "the first model holds for all returns before the second; leave from out")
		case i > 0 && (from == "" || err != nil):
			entry.wrong("from", "must be the first day (IST) of this model, such as 2026-04-01")
		case i > 0 && !day.After(models[i-1].From):
			entry.wrong("from", "%s is not after the day of the model before it", from)
		case i > 0:
			dated.From = day
		}
		entry.nothingElse()
		models = append(models, dated)
	}
	return models
}

func settlementModel(b *block) order.SettlementModel {
	switch name := b.required("model", "credit_note or rsi"); name {
	case "credit_note":
		return order.CreditNoteModel
	case "rsi":
		return order.RSIModel
	case "":
		return ""
	default:
		b.wrong("model", "%q is not known; write credit_note (the ERP's note goes to Ajio) or rsi (Ajio invoices the return)", name)
		return ""
	}
}

// qcReasons are Ajio's reasons for each code that a FAIL may have.
var qcReasons = map[order.QCCode][]string{
	order.Bad:     {order.QCDamaged, order.QCUsed, order.QCWrongItem, order.QCTagMissing},
	order.Missing: {order.QCNotReceived},
}

// qcTable reads what the file says of single reasons, in whatever case; the others keep their default.
func (r channelReader) qcTable(b *block) order.QCTable {
	table, seen := order.DefaultQCTable(), map[string]bool{}
	for _, key := range b.keys {
		rule, name := b.block(key), strings.ToUpper(key)
		if seen[name] {
			b.wrong(key, "stands twice, whatever its case")
		}
		seen[name] = true
		code := order.QCCode(strings.ToUpper(rule.required("code", "BAD or MISSING")))
		reasons, known := qcReasons[code]
		if code != "" && !known {
			rule.wrong("code", "%q is not known; write one of %v", code, slices.Sorted(maps.Keys(qcReasons)))
		}
		reason := strings.ToUpper(rule.text("reason"))
		if reason == "" && len(reasons) == 1 {
			reason = reasons[0]
		}
		if known && !slices.Contains(reasons, reason) {
			rule.wrong("reason", "%q is no reason of Ajio's for %s; write one of %v", reason, code, reasons)
		}
		rule.nothingElse()
		table[name] = order.QCRule{Code: code, Reason: reason}
	}
	return table
}

// QCTables gives each POB's.
func (cs Channels) QCTables() map[string]order.QCTable {
	tables := map[string]order.QCTable{}
	for _, c := range cs {
		tables[c.Pob] = c.Returns.QC
	}
	return tables
}
