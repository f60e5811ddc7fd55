package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vmsflow/internal/fetch"
	"vmsflow/internal/postgres"
)

// documentKinds are the kinds of documents as people write them.
var documentKinds = map[string]string{
	"b2b-invoice": postgres.KindB2BInvoice, "b2c-invoice": postgres.KindB2CInvoice,
	"label": postgres.KindShippingLabel, "shipping-label": postgres.KindShippingLabel,
	"credit-note": postgres.KindCreditNote, "rsi": postgres.KindRSI,
}

// archived is a document in the list, and beside the file that was written.
type archived struct {
	Kind        string    `json:"kind"`
	Number      string    `json:"number"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"` // in bytes
	SHA256      string    `json:"sha256"`
	StoredAt    time.Time `json:"stored_at"`
	Source      string    `json:"source,omitempty"` // without its query; empty when it came in a message
	File        string    `json:"file,omitempty"`
}

func documentCommand(t *tool) *cobra.Command {
	var pob, output string
	command := &cobra.Command{
		Use:   "document ORDER|RETURN [KIND]",
		Short: "List the documents of an order or a return, or get one out",
		Long: `document lists what is archived of an order or a return or, with KIND, writes the
newest document of that kind, after comparing it with its SHA-256.

` + whatNames + `

KIND is, of an order, b2b-invoice (seller to Ajio), b2c-invoice (Ajio to the customer)
or label; of a return, credit-note (seller to Ajio) or rsi (Ajio to the seller). With
it, --output is the file to write; - is the standard output, which is also where it
goes without --output, unless that is a terminal.`,
		Example: `  starter document S1725110042
  starter document S1725110042 label -o label.pdf
  starter document 4700123456 b2b-invoice --pob DV0012345 | lp
  starter document R2511240077 credit-note -o note.pdf`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return named("ORDER or RETURN", "KIND")(cmd, args)
			}
			return named("ORDER or RETURN")(cmd, args)
		},
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return t.writeDocument(cmd.Context(), args[0], args[1], pob, output)
			}
			return t.listDocuments(cmd.Context(), args[0], pob, output)
		}),
	}
	command.Flags().StringVar(&pob, "pob", "", "look at this POB only")
	// It stands in for the flag of the same name that all commands have: "-o FILE" is what everybody tries first.
	command.Flags().StringVarP(&output, "output", "o", "", "the `FILE` to write; without KIND, how the list is written: table or json")
	return command
}

func (t *tool) listDocuments(ctx context.Context, name, pob, format string) error {
	switch format {
	case "", "table":
	case "json":
		t.json = true
	default:
		return exit(exitUsage, "--output %q: the list is written as table or json; to write a document, name its KIND", format)
	}
	found, list, err := t.documents(ctx, name, pob)
	if err != nil {
		return err
	}
	documents := make([]archived, len(list))
	for i, d := range list {
		documents[i] = archivedOf(d)
	}
	return t.print(documents, func(w io.Writer) {
		row(w, found.title())
		fmt.Fprintln(w)
		row(w, "KIND", "NUMBER", "BYTES", "SHA256", "STORED", "FROM")
		for _, d := range documents {
			row(w, d.Kind, d.Number, d.Size, d.SHA256, clock(d.StoredAt), source(d))
		}
	})
}

func source(d archived) string {
	if d.Source == "" {
		return "a message"
	}
	return d.Source
}

func archivedOf(d postgres.DocumentInfo) archived {
	return archived{
		Kind: kindName(d.Kind), Number: d.Number, ContentType: d.ContentType, Size: d.Size, SHA256: d.SHA256,
		StoredAt: d.CreatedAt, Source: fetch.WithoutQuery(d.SourceURL),
	}
}

// kindName is how people write a kind that Postgres keeps.
func kindName(kind string) string {
	if kind == postgres.KindShippingLabel {
		return "label"
	}
	return strings.ReplaceAll(kind, "_", "-")
}

// documents finds an order or a return and what is archived of it.
func (t *tool) documents(ctx context.Context, name, pob string) (target, []postgres.DocumentInfo, error) {
	found, err := t.find(ctx, name, pob)
	switch {
	case err != nil:
		return target{}, nil, err
	case found.dbErr != nil: // Temporal knows it, but has no documents
		return target{}, nil, found.dbErr
	case found.row == nil && found.returned == nil:
		return target{}, nil, exit(exitNotFound, "Postgres has no %s", found)
	case found.kind == kindReturn && found.returnID == "":
		return found, nil, nil // nothing is archived before Ajio has given the return an id
	}
	id := found.orderID
	if found.kind == kindReturn {
		id = found.returnID
	}
	list, err := t.db.Documents(ctx, found.pob, id)
	return found, list, err
}

// accepted is the id of the document that was taken, where others of its kind may have been archived before they were
// refused; 0 where the newest is the one.
func (t *tool) accepted(ctx context.Context, found target, kind string) (int64, error) {
	switch {
	case kind == postgres.KindB2BInvoice && found.row != nil && found.row.Invoice != nil:
		return found.row.Invoice.DocumentID, nil
	case kind == postgres.KindCreditNote && found.returned != nil && found.returned.CreditNoteNumber != "":
		note, err := t.db.CreditNote(ctx, found.returned.ID)
		return note.DocumentID, err
	default:
		return 0, nil
	}
}

func (t *tool) writeDocument(ctx context.Context, name, word, pob, file string) error {
	kind, known := documentKinds[strings.ReplaceAll(word, "_", "-")]
	switch {
	case !known:
		return exit(exitUsage, "%q is no kind of document; write b2b-invoice, b2c-invoice, label, credit-note or rsi", word)
	case file == "" && isTerminal(t.out):
		return exit(exitUsage, "a %s is no text for a terminal; write -o FILE, or -o - if it is meant", kindName(kind))
	case t.json && (file == "" || file == "-"):
		return exit(exitUsage, "--json and the document cannot both go to the standard output; write -o FILE")
	}
	found, list, err := t.documents(ctx, name, pob)
	if err != nil {
		return err
	}
	accepted, err := t.accepted(ctx, found, kind)
	if err != nil {
		return err
	}
	var kinds []string
	for _, d := range slices.Backward(list) { // the newest first
		if d.Kind == kind && (accepted == 0 || d.ID == accepted) {
			return t.writeOne(ctx, d, file)
		}
		kinds = append(kinds, kindName(d.Kind))
	}
	slices.Sort(kinds)
	has := cmp.Or(strings.Join(slices.Compact(kinds), ", "), "no documents")
	return exit(exitNotFound, "%s has no %s; it has %s", found, kindName(kind), has)
}

// writeOne writes a document if it is what was archived.
func (t *tool) writeOne(ctx context.Context, d postgres.DocumentInfo, file string) error {
	document, err := t.db.Document(ctx, d.ID)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(document.Content)
	if hex.EncodeToString(hash[:]) != document.SHA256 {
		return exit(exitFailed, "document %d is damaged, and nothing was written: it was archived with SHA-256 %s and has %x", d.ID, document.SHA256, hash)
	}
	if file == "" || file == "-" {
		_, err := t.out.Write(document.Content)
		return err
	}
	if err := os.WriteFile(file, document.Content, 0o600); err != nil {
		return err // names the file
	}
	written := archivedOf(d)
	written.File = file
	return t.print(written, func(w io.Writer) {
		row(w, "KIND", "NUMBER", "BYTES", "SHA256", "FILE")
		row(w, written.Kind, written.Number, written.Size, written.SHA256, written.File)
	})
}

// isTerminal reports whether a person is at the other end of an input or output.
func isTerminal(stream any) bool {
	file, isFile := stream.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}
