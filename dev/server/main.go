// Command devserver runs a whole Temporal service and its Web UI in one process, for development, tests and the
// demo. It stands in for the cluster that TEMPORAL_ADDRESS names in production: same server code, a SQLite store.
//
// It is a module of its own because compiling the Temporal server takes minutes; nothing else in vmsflow needs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"vmsflow/workflows/searchattr"
)

const (
	loopback  = "127.0.0.1"
	namespace = "default"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "devserver:", err)
		os.Exit(1)
	}
}

type options struct {
	port, uiPort int
	dbFile       string
	logLevel     string
}

func parse(args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("devserver", flag.ContinueOnError)
	fs.IntVar(&o.port, "port", 7233, "gRPC port of the Temporal frontend; 0 takes a free one")
	fs.IntVar(&o.uiPort, "ui-port", 8233, "HTTP port of the Web UI; 0 takes a free one, -1 runs without it")
	fs.StringVar(&o.dbFile, "db", "", "SQLite `file` that keeps all state; in memory when empty")
	fs.StringVar(&o.logLevel, "log-level", "error", "level of the Temporal server's own log: debug, info, warn or error")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; devserver takes flags only (see -help)", fs.Arg(0))
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	ports, err := freePorts(4, o.port, max(o.uiPort, 0))
	if err != nil {
		return err
	}
	p := servicePorts{frontend: ports[4], history: ports[0], matching: ports[1], worker: ports[2], metrics: ports[3]}
	temporalServer, err := newTemporalServer(o, p)
	if err != nil {
		return err
	}
	if err := temporalServer.Start(); err != nil {
		return fmt.Errorf("start the Temporal server: %w", err)
	}
	defer func() { _ = temporalServer.Stop() }()

	address := fmt.Sprintf("%s:%d", loopback, p.frontend)
	if err := awaitReady(ctx, address); err != nil {
		return err
	}
	fmt.Fprintf(out, "Temporal address: %s\n", address)

	if o.uiPort >= 0 {
		ui := newWebUI(address, ports[5])
		uiFailed := make(chan error, 1)
		go func() { uiFailed <- ui.Start() }()
		defer ui.Stop()
		if err := awaitListening(ctx, ports[5], uiFailed); err != nil {
			return fmt.Errorf("start the Web UI: %w", err)
		}
		fmt.Fprintf(out, "Web UI: http://%s:%d/namespaces/%s/workflows\n", loopback, ports[5], namespace)
	}
	fmt.Fprintln(out, "ready")
	<-ctx.Done()
	return nil
}

type servicePorts struct{ frontend, history, matching, worker, metrics int }

func newTemporalServer(o options, p servicePorts) (temporal.Server, error) {
	sqlite := &config.SQL{PluginName: sqliteplugin.PluginName, ConnectAttributes: map[string]string{}}
	fresh := true
	if o.dbFile == "" {
		sqlite.DatabaseName = "devserver"
		sqlite.ConnectAttributes["mode"], sqlite.ConnectAttributes["cache"] = "memory", "shared"
	} else {
		sqlite.DatabaseName = filepath.Clean(o.dbFile)
		sqlite.ConnectAttributes["mode"] = "rwc"
		sqlite.ConnectAttributes["_journal_mode"], sqlite.ConnectAttributes["_synchronous"] = "wal", "1"
		_, err := os.Stat(o.dbFile)
		fresh = errors.Is(err, os.ErrNotExist)
	}
	if fresh && o.dbFile != "" {
		if err := sqliteschema.SetupSchema(sqlite); err != nil {
			return nil, fmt.Errorf("create the SQLite schema in %s: %w", o.dbFile, err)
		}
	}
	cfg := serverConfig(sqlite, p)
	ns, err := sqliteschema.NewNamespaceConfig(cfg.ClusterMetadata.CurrentClusterName, namespace, false, searchattr.All())
	if err != nil {
		return nil, fmt.Errorf("search attributes: %w", err)
	}
	if err := sqliteschema.CreateNamespaces(sqlite, ns); err != nil {
		return nil, fmt.Errorf("create namespace %q: %w", namespace, err)
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, err
	}
	logger := log.NewZapLogger(log.BuildZapLogger(log.Config{Stdout: false, Level: o.logLevel}))
	return temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(hostPort(p.frontend)),
			primitives.HistoryService:  static.SingleLocalHost(hostPort(p.history)),
			primitives.MatchingService: static.SingleLocalHost(hostPort(p.matching)),
			primitives.WorkerService:   static.SingleLocalHost(hostPort(p.worker)),
		}),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
}

// dynamicConfig switches on what vmsflow uses and a default server keeps off.
func dynamicConfig() dynamicconfig.StaticClient {
	on := []dynamicconfig.ConstrainedValue{{Value: true}}
	return dynamicconfig.StaticClient{
		// Tests run the true four-hour hold in seconds.
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): on,
		// A search attribute that was just added is usable at once.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key():      on,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): []dynamicconfig.ConstrainedValue{{Value: 1000}},
	}
}

func serverConfig(sqlite *config.SQL, p servicePorts) *config.Config {
	service := func(port int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback},
			Metrics: &metrics.Config{Prometheus: &metrics.PrometheusConfig{
				ListenAddress: hostPort(p.metrics), HandlerPath: "/metrics",
			}},
		},
		Persistence: config.Persistence{
			DefaultStore: sqliteplugin.PluginName, VisibilityStore: sqliteplugin.PluginName, NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{sqliteplugin.PluginName: {SQL: sqlite}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
			ClusterInformation: map[string]cluster.ClusterInformation{
				"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: hostPort(p.frontend)},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			"frontend": service(p.frontend), "history": service(p.history), "matching": service(p.matching), "worker": service(p.worker),
		},
		Archival: config.Archival{
			History: config.HistoryArchival{State: "disabled"}, Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History: config.HistoryArchivalNamespaceDefaults{State: "disabled"}, Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
		PublicClient: config.PublicClient{HostPort: hostPort(p.frontend)},
	}
}

func newWebUI(temporalAddress string, port int) *server.Server {
	return server.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: temporalAddress,
		Host:                loopback,
		Port:                port,
		EnableUI:            true,
		DefaultNamespace:    namespace,
		CORS:                uiconfig.CORS{CookieInsecure: true},
		DisableNewsFetch:    true,
		HideLogs:            true,
	}))
}

func hostPort(port int) string { return net.JoinHostPort(loopback, fmt.Sprint(port)) }

// freePorts returns n free ports followed by the wanted ones, where a wanted 0 is replaced by a free port.
func freePorts(n int, wanted ...int) ([]int, error) {
	ports := make([]int, 0, n+len(wanted))
	for i := range n + len(wanted) {
		if i >= n && wanted[i-n] != 0 {
			ports = append(ports, wanted[i-n])
			continue
		}
		// All listeners stay open until every port is chosen, so that none is handed out twice.
		l, err := net.Listen("tcp", hostPort(0))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// awaitReady returns when the namespace can be used.
func awaitReady(ctx context.Context, address string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	service := workflowservice.NewWorkflowServiceClient(conn)
	return poll(ctx, func() error {
		_, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		return err
	})
}

func awaitListening(ctx context.Context, port int, failed <-chan error) error {
	return poll(ctx, func() error {
		select {
		case err := <-failed:
			return err
		default:
		}
		conn, err := net.Dial("tcp", hostPort(port))
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

// poll repeats ready until it succeeds, for half a minute at most.
func poll(ctx context.Context, ready func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New("not ready after 30 s"))
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-tick.C:
			slog.Debug("waiting for the server", "error", err)
		}
	}
}
