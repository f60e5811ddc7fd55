package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"vmsflow/workflows/searchattr"
)

// filter narrows down what needs a person. Its flags are the same for every command that takes them.
type filter struct {
	pob, attention, step string
	parked               bool
}

func (f *filter) flags(command *cobra.Command) {
	command.Flags().StringVar(&f.pob, "pob", "", "only this POB")
	command.Flags().StringVar(&f.attention, "attention", "", "only what needs a person for this reason, such as ajio_refused")
	command.Flags().StringVar(&f.step, "step", "", `only what is parked at this step, such as "post to the ERP"`)
}

// query asks Temporal's list for what fits, as far as the list knows. The POB is one of the channels file.
func (f *filter) query() (string, error) {
	query := searchattr.Attention.GetName() + ` IS NOT NULL AND ExecutionStatus = "Running"`
	if strings.ContainsAny(f.attention, `'"\`) {
		return "", exit(exitUsage, "--attention is never %q", f.attention)
	}
	if f.attention != "" {
		query += fmt.Sprintf(" AND %s = %q", searchattr.Attention.GetName(), f.attention)
	}
	if f.pob != "" {
		query += fmt.Sprintf(" AND %s = %q", searchattr.Pob.GetName(), f.pob)
	}
	return query, nil
}

// fits decides by what the workflow itself said, because the list is a moment behind. What could not be asked fits: it
// must not go unseen.
func (f *filter) fits(w *work) bool {
	switch {
	case w.NotFound != "" || w.Attention == "" || f.attention != "" && w.Attention != f.attention:
		return false
	case w.NoAnswer != "":
		return true
	case w.Parked == nil:
		return !f.parked && f.step == ""
	default:
		return f.step == "" || w.Parked.Step == f.step
	}
}

func attentionCommand(t *tool) *cobra.Command {
	var f filter
	command := &cobra.Command{
		Use:   "attention",
		Short: "List what needs a person, oldest first",
		Long: `attention lists the open orders, returns and manifests that need a person: where
each stands, since when, the step that is parked, and what to do. One that no worker
answers for is listed with what Temporal knows.

The answers to a parked step are starter retry and skip, cancel for an order and
close-return for a return. They take the same flags.`,
		Example: `  starter attention
  starter attention --attention erp_refused --pob DV0012345
  starter attention --parked --json`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return t.attention(cmd.Context(), f) }),
	}
	f.flags(command)
	command.Flags().BoolVar(&f.parked, "parked", false, "only what is parked at a step")
	return command
}

// attentionList is the whole result.
type attentionList struct {
	Open   []*work        `json:"open"`
	Counts map[string]int `json:"counts"` // by attention
}

func (t *tool) attention(ctx context.Context, f filter) error {
	open, err := t.needing(ctx, f)
	if err != nil {
		return err
	}
	list := attentionList{Open: open, Counts: map[string]int{}}
	for _, w := range open {
		list.Counts[w.Attention]++
	}
	return t.print(list, list.table)
}

// needing lists the open workflows that need a person, oldest first.
func (t *tool) needing(ctx context.Context, f filter) ([]*work, error) {
	if _, err := t.pobs(f.pob); err != nil {
		return nil, err
	}
	query, err := f.query()
	if err != nil {
		return nil, err
	}
	engine, err := t.engine(ctx)
	if err != nil {
		return nil, err
	}
	found := []*work{}
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: t.namespace, Query: query}
	for more := true; more; more = len(request.GetNextPageToken()) > 0 {
		answer, err := engine.ListWorkflow(ctx, request)
		if _, unknown := errors.AsType[*serviceerror.InvalidArgument](err); unknown {
			return nil, exit(exitFailed, "the namespace has no search attributes yet: run starter setup (%w)", err)
		}
		if err != nil {
			return nil, fmt.Errorf("list what needs attention: %w", err)
		}
		for _, info := range answer.GetExecutions() {
			found = append(found, workIn(info))
		}
		request.NextPageToken = answer.GetNextPageToken()
	}
	t.lookAll(ctx, found)
	found = slices.DeleteFunc(found, func(w *work) bool { return !f.fits(w) })
	oldestFirst(found)
	return found, nil
}

// readAttribute reads a search attribute; into stays as it is when there is none.
func readAttribute(attributes *common.SearchAttributes, name string, into any) {
	if payload, ok := attributes.GetIndexedFields()[name]; ok {
		_ = converter.GetDefaultDataConverter().FromPayload(payload, into) // of another type than ours: as if there were none
	}
}

// messageWidth is how much of a message stands in a line of the table.
const messageWidth = 60

func (l attentionList) table(w io.Writer) {
	if len(l.Open) == 0 {
		row(w, "Nothing needs attention.")
		return
	}
	workRows(w, l.Open, func(one *work) string { return cmp.Or(one.NoAnswer, one.Message) })
	fmt.Fprintln(w)
	row(w, "COUNT", "ATTENTION")
	for _, reason := range slices.SortedFunc(maps.Keys(l.Counts), func(a, b string) int {
		return cmp.Or(l.Counts[b]-l.Counts[a], cmp.Compare(a, b))
	}) {
		row(w, l.Counts[reason], reason)
	}
	fmt.Fprintln(w)
	row(w, "The whole message and how to answer: starter status NAME, or --json.")
}

// workRows lists orders, returns and manifests, one in a line, with what is to be said of each.
func workRows(w io.Writer, all []*work, say func(*work) string) {
	row(w, "SINCE", "POB", "NAME", "STAGE", "ATTENTION", "PARKED AT", "MESSAGE")
	for _, one := range all {
		since, parkedAt := "-", "-"
		if !one.Since.IsZero() {
			since = clock(one.Since)
		}
		if one.Parked != nil {
			parkedAt = one.Parked.Step
		}
		row(w, since, one.Pob, one.name(), cmp.Or(one.Stage, "-"), cmp.Or(one.Attention, "-"), parkedAt, cut(say(one)))
	}
}

// oneLine keeps a text of several lines from breaking a table.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// cut makes one line of a text, with at most messageWidth characters.
func cut(text string) string {
	line := []rune(oneLine(text))
	if len(line) <= messageWidth {
		return string(line)
	}
	return string(line[:messageWidth-1]) + "…"
}
