package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"vmsflow/internal/config"
	"vmsflow/internal/postgres"
)

// reachTimeout is how long a server may take to answer the first call.
const reachTimeout = 10 * time.Second

// tool is what the commands share. It connects when a command first needs it.
type tool struct {
	in          io.Reader
	out, errOut io.Writer
	interactive bool // a person sits at in
	format      string
	json        bool

	loaded   bool
	program  config.Program
	channels config.Channels

	db        *postgres.DB
	temporal  client.Client
	namespace string
}

func (t *tool) close() {
	if t.db != nil {
		t.db.Close()
	}
	if t.temporal != nil {
		t.temporal.Close()
	}
}

// load reads the configuration once.
func (t *tool) load() error {
	if t.loaded {
		return nil
	}
	program, channels, err := config.LoadProgramWithoutSecrets()
	if err != nil {
		return exit(exitUsage, "the configuration needs mending:\n%w", err)
	}
	t.program, t.channels, t.loaded = program, channels, true
	return nil
}

// pobs are the POBs that a command is about: the one of --pob, or all.
func (t *tool) pobs(only string) ([]string, error) {
	if err := t.load(); err != nil {
		return nil, err
	}
	if only == "" {
		return t.channels.Pobs(), nil
	}
	if _, known := t.channels.ByPob(only); !known {
		return nil, exit(exitNotFound, "POB %s is not in %s, which has %s",
			only, t.program.ChannelsFile, strings.Join(t.channels.Pobs(), ", "))
	}
	return []string{only}, nil
}

// database connects to Postgres; a failure has exit code 5.
func (t *tool) database(ctx context.Context) (*postgres.DB, error) {
	if t.db != nil {
		return t.db, nil
	}
	if err := t.load(); err != nil {
		return nil, err
	}
	db, err := postgres.Open(ctx, t.program.DatabaseURL)
	if err != nil {
		return nil, exit(exitUsage, "DATABASE_URL: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	if err := db.Ping(limited); err != nil {
		db.Close()
		return nil, exit(exitUnreachable, "the database of DATABASE_URL cannot be reached: %w", err)
	}
	t.db = db
	return db, nil
}

// engine connects to Temporal; a failure has exit code 5.
func (t *tool) engine(ctx context.Context) (client.Client, error) {
	if t.temporal != nil {
		return t.temporal, nil
	}
	options, err := config.TemporalOptions()
	if err != nil {
		return nil, exit(exitUsage, "%w", err)
	}
	// The SDK's own words would stand between the results; what matters comes back as an error.
	options.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	t.namespace = options.Namespace
	if t.namespace == "" {
		t.namespace = client.DefaultNamespace
	}
	address := options.HostPort
	if address == "" {
		address = client.DefaultHostPort
	}
	limited, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	connection, err := client.DialContext(limited, options)
	if err != nil {
		return nil, exit(exitUnreachable, "Temporal at %s cannot be reached: %w; see TEMPORAL_ADDRESS", address, err)
	}
	t.temporal = connection
	return connection, nil
}

// unreachable reports whether an error says that a server went away or does not answer.
func unreachable(err error) bool {
	var gone *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &gone) || errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
}

// print writes a result: as JSON, or as the table that its function makes.
func (t *tool) print(result any, rows func(w io.Writer)) error {
	if t.json {
		encoder := json.NewEncoder(t.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	return table(t.out, rows)
}

// table aligns the columns of what its function writes.
func table(out io.Writer, rows func(w io.Writer)) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	rows(w)
	return w.Flush()
}

// row writes one line of a table.
func row(w io.Writer, cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, cell)
	}
	fmt.Fprintln(w)
}

// isTimeUp reports whether a call failed because its time was up. The connection may notice that a moment before the
// context does.
func isTimeUp(limited context.Context, err error) bool {
	_, noAnswer := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err)
	_, deadline := errors.AsType[*serviceerror.DeadlineExceeded](err)
	return limited.Err() != nil || noAnswer || deadline || errors.Is(err, context.DeadlineExceeded)
}
