// Command gateway is the door through which a client's ERP and warehouse talk to vmsflow: the HTTP calls of
// contracts/increff-erp.md §3 and §4, in Increff's shapes.
//
// Every writing call goes the same way: credential, rate, size, shape, then the rules against Postgres and
// internal/order; then one inbox row, then a signal to the order's workflow. The row comes first, so that whatever
// was answered with 200 survives a crash of this program, of Temporal and of every worker: the inbox sweep or the
// sender's repeat delivers it.
//
// The gateway decides nothing about an order: it refuses what cannot be right, and the workflow judges again. It
// never migrates the database and needs no worker to run. server.go lists the URLs; deliver.go is the way in.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/kelseyhightower/envconfig"
	"go.temporal.io/sdk/client"

	"vmsflow/internal/config"
	"vmsflow/internal/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// settings are the variables that only the gateway reads; all of them begin with GATEWAY_.
type settings struct {
	// HTTPS is the business of the proxy in front.
	Listen    string        `default:"127.0.0.1:8080" desc:"address to serve on"`
	PublicURL string        `split_words:"true" desc:"how callers reach the gateway, for the URLs in answers; the address it listens on when empty"`
	PackWait  time.Duration `split_words:"true" default:"40s" desc:"how long a pack or a manifest waits for Ajio before it is answered IN_PROGRESS"`
}

// shutdownTimeout is how long calls under way may take after the order to stop. Waiting ones are answered at once.
const shutdownTimeout = 15 * time.Second

func run(ctx context.Context, args []string, out io.Writer) error {
	if err := noArguments(args, out); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	var set settings
	setErr := envconfig.Process("GATEWAY", &set)
	program, channels, configErr := config.LoadProgram()
	options, temporalErr := config.TemporalOptions()
	if err := errors.Join(setErr, configErr, temporalErr); err != nil {
		return err // all that is wrong at once
	}
	db, err := postgres.Open(ctx, program.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	// Lazy: postings are accepted while Temporal is away.
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("Temporal client: %w", err)
	}
	defer temporal.Close()

	listener, err := net.Listen("tcp", set.Listen)
	if err != nil {
		return fmt.Errorf("GATEWAY_LISTEN: %w", err)
	}
	address := "http://" + listener.Addr().String()
	if set.PublicURL == "" {
		set.PublicURL = address
	}
	gateway := &server{
		db: db, temporal: temporal, callers: newCallers(channels), log: slog.Default(),
		rules: channels.InvoiceRules(), policies: channels.ReturnPolicies(),
		publicURL: strings.TrimRight(set.PublicURL, "/"), documentHosts: documentHosts(channels),
		wait: set.PackWait, stopping: ctx.Done(),
	}
	fmt.Fprintf(out, "gateway listening on %s\n", address)
	return serve(ctx, listener, gateway)
}

func documentHosts(channels config.Channels) map[string][]string {
	hosts := map[string][]string{}
	for _, channel := range channels {
		hosts[channel.Pob] = channel.ERP.DocumentHosts
	}
	return hosts
}

const usage = `gateway serves the calls of a client's ERP and warehouse. It takes no flags. It reads DATABASE_URL,
VMSFLOW_CHANNELS, TEMPORAL_* and:
{{range .}}  {{usage_key .}}: {{usage_description .}}{{with usage_default .}} (default {{.}}){{end}}
{{end}}`

// noArguments lets -help print the variables; there are no flags.
func noArguments(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		_ = envconfig.Usagef("GATEWAY", &settings{}, out, usage) // whoever asks for help sees what went wrong
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; the gateway takes none (see -help)", flags.Arg(0))
	}
	return nil
}

// serve answers calls until ctx is done, then lets those under way finish.
func serve(ctx context.Context, listener net.Listener, gateway *server) error {
	web := &http.Server{
		Handler:           gateway.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute, // 15 MiB over a slow line
		WriteTimeout:      gateway.wait + 2*time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(gateway.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := web.Shutdown(limited); err != nil {
		return fmt.Errorf("calls were still under way after %s: %w", shutdownTimeout, err)
	}
	return nil
}
