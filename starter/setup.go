package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"

	"vmsflow/workflows/searchattr"
)

// done is one line of what setup did.
type done struct {
	What   string `json:"what"`
	Name   string `json:"name"`
	Result string `json:"result"` // created, updated, unchanged, paused
}

func setupCommand(t *tool) *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Bring database, search attributes and Schedules up to the configuration",
		Long: `setup makes the tables, adds the search attributes that are missing, and makes
the Schedules: for each POB of the channels file one that reads its orders and one
that reads its returns, and those of the sweeps. Run it after every change of the
program or of that file; it may be run twice and by several people at once.

The Schedules of a POB that is gone from the file are paused, not deleted. One that
an operator paused stays paused.`,
		Example: `  starter setup
  starter setup --json`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return t.setup(cmd.Context()) }),
	}
}

func (t *tool) setup(ctx context.Context) error {
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	if _, err := t.engine(ctx); err != nil {
		return err
	}
	current, err := db.SchemaIsCurrent(ctx)
	if err != nil {
		return err
	}
	result := "unchanged"
	if !current {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		result = "updated"
	}
	all := []done{{What: "database", Name: "tables", Result: result}}
	for _, step := range []func(context.Context) ([]done, error){t.addSearchAttributes, t.setSchedules} {
		lines, err := step(ctx)
		all = append(all, lines...)
		if err != nil {
			return errors.Join(t.printDone(all), err)
		}
	}
	return t.printDone(all)
}

func (t *tool) printDone(all []done) error {
	return t.print(all, func(w io.Writer) {
		row(w, "WHAT", "NAME", "RESULT")
		for _, line := range all {
			row(w, line.What, line.Name, line.Result)
		}
	})
}

// addSearchAttributes registers what the namespace does not have.
func (t *tool) addSearchAttributes(ctx context.Context) ([]done, error) {
	known, err := t.temporal.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: t.namespace})
	if err != nil {
		return nil, fmt.Errorf("list search attributes: %w", err)
	}
	missing := searchattr.All()
	var lines []done
	for _, name := range slices.Sorted(maps.Keys(searchattr.All())) {
		have, exists := known.GetCustomAttributes()[name]
		switch {
		case !exists:
			lines = append(lines, done{"search attribute", name, "created"})
		case have == missing[name]:
			lines = append(lines, done{"search attribute", name, "unchanged"})
			delete(missing, name)
		default:
			return nil, fmt.Errorf("the search attribute %s exists as %s, but vmsflow needs %s: remove it, or use another namespace",
				name, have, missing[name])
		}
	}
	if len(missing) == 0 {
		return lines, nil
	}
	_, err = t.temporal.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: t.namespace, SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists
	var denied *serviceerror.PermissionDenied
	switch {
	case errors.As(err, &exists): // somebody else ran setup at the same moment
		return t.addSearchAttributes(ctx)
	case errors.As(err, &denied):
		return nil, fmt.Errorf("add search attributes: %w; on Temporal Cloud add them in its console: %v", err, missing)
	case err != nil:
		return nil, fmt.Errorf("add search attributes: %w", err)
	}
	return lines, nil
}
