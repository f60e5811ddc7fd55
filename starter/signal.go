package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// payload is what a signal carries.
type payload struct {
	is any
	// foreign documents may have fields that we do not know; ours may not.
	foreign bool
}

// payloads has an entry for each of contract.OrderSignals and contract.ReturnSignals.
var payloads = map[string]payload{
	contract.SignalPODetails:         {is: order.PurchaseOrder{}},
	contract.SignalERPInvoice:        {is: increff.B2BInvoicePosting{}, foreign: true},
	contract.SignalPacked:            {is: increff.PackRequest{}, foreign: true},
	contract.SignalManifested:        {is: contract.ManifestOutcome{}},
	contract.SignalCustomerCancelled: {is: contract.CustomerCancellation{}},
	contract.SignalDifference:        {is: contract.Difference{}},
	contract.SignalReturnExpected:    {is: order.Expectation{}},
	contract.SignalReturnParcel:      {is: contract.ReturnParcel{}},
	contract.SignalReturnQC:          {is: increff.ReturnProcessed{}, foreign: true},
	contract.SignalCreditNote:        {is: increff.CreditNotePosting{}, foreign: true},
}

// signalsTo lists the signals that an order or a return takes.
func signalsTo(kind string) []string {
	if kind == kindReturn {
		return contract.ReturnSignals()
	}
	return contract.OrderSignals()
}

// allSignals lists every signal once.
func allSignals() []string {
	all := contract.OrderSignals()
	for _, signal := range contract.ReturnSignals() {
		if !slices.Contains(all, signal) {
			all = append(all, signal)
		}
	}
	return all
}

func signalCommand(t *tool) *cobra.Command {
	var pob string
	command := &cobra.Command{
		Use:   "signal ORDER|RETURN NAME JSON",
		Short: "Tell an order or a return what its sender could not",
		Long: `signal sends a document to the workflow of an order or a return, which judges it as
if its sender had. JSON is the document itself, @FILE, or - for the standard input.

` + whatNames + `

NAME is, of an order:
  ` + strings.Join(contract.OrderSignals(), ", ") + `
and of a return:
  ` + strings.Join(contract.ReturnSignals(), ", ") + `

A return whose workflow does not run is not started by it: starter sync starts what
Ajio expects, and the gateway what the warehouse reports, or what an ended return
still takes, such as its credit note.`,
		Example: `  starter signal S1725110042 erp-invoice @invoice.json
  starter signal S1725110042 customer-cancelled '{"remaining": {}, "whole": true}'
  jq .po order.json | starter signal S1725110042 po-details -
  starter signal R2511240077 return-parcel '{"tracking_number": "AJR880004411"}'`,
		Args:      named("ORDER or RETURN", "NAME", "JSON"),
		ValidArgs: allSignals(),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return t.signal(cmd.Context(), args[0], args[1], args[2], pob)
		}),
	}
	command.Flags().StringVar(&pob, "pob", "", "look at this POB only")
	return command
}

func (t *tool) signal(ctx context.Context, name, signal, source, pob string) error {
	if !slices.Contains(allSignals(), signal) {
		return exit(exitUsage, "%q is no signal; write one of %s", signal, strings.Join(allSignals(), ", "))
	}
	document, err := t.readDocument(source)
	if err != nil {
		return exit(exitUsage, "%w", err)
	}
	if err := payloads[signal].check(document); err != nil {
		return exit(exitUsage, "the document is not a %s: %w", signal, err)
	}
	found, err := t.find(ctx, name, pob)
	if err != nil {
		return err
	}
	if takes := signalsTo(found.kind); !slices.Contains(takes, signal) {
		return exit(exitUsage, "%s takes no %s; it takes %s", found, signal, strings.Join(takes, ", "))
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return err
	}
	err = engine.SignalWorkflow(ctx, found.workflowID, "", signal, json.RawMessage(document))
	if contract.IsGone(err) {
		return exit(exitNotFound, "%s has no open workflow, so nothing was sent%s", found, whoStarts(found))
	}
	if err != nil {
		return fmt.Errorf("signal %s to %s: %w", signal, found, err)
	}
	sent := map[string]string{"workflow_id": found.workflowID, "signal": signal, "web_ui": t.webUI(found.workflowID)}
	return t.print(sent, func(w io.Writer) {
		fmt.Fprintf(w, "Sent %s to %s. Whether it was accepted: starter status %s\n", signal, found.workflowID, found.workflowID)
	})
}

// whoStarts says how a return gets a workflow: a signal from here starts none.
func whoStarts(found target) string {
	if found.kind != kindReturn {
		return ""
	}
	return "; starter sync starts what Ajio expects, the gateway what the warehouse reports or an ended return still takes"
}

// readDocument reads JSON, @FILE or - .
func (t *tool) readDocument(source string) ([]byte, error) {
	if source == "-" {
		return io.ReadAll(t.in)
	}
	if file, isFile := strings.CutPrefix(source, "@"); isFile {
		return os.ReadFile(file)
	}
	return []byte(source), nil
}

// check reports a document that does not have the shape of the payload. What it says is the workflow's to judge.
func (p payload) check(document []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	if !p.foreign {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(reflect.New(reflect.TypeOf(p.is)).Interface()); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows after its end")
	}
	var have map[string]json.RawMessage
	if err := json.Unmarshal(document, &have); err != nil {
		return err
	}
	var missing []string
	for _, field := range required(reflect.TypeOf(p.is)) {
		if _, ok := have[field]; !ok {
			missing = append(missing, field)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("it lacks %s", strings.Join(missing, ", "))
	}
	return nil
}

// required lists the keys that a type always writes.
func required(of reflect.Type) []string {
	var keys []string
	for field := range of.Fields() {
		key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if options == "" && field.Type.Kind() != reflect.Pointer {
			keys = append(keys, key)
		}
	}
	return keys
}
