package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vmsflow/dev/devserver"
	"vmsflow/dev/pgcluster"
	"vmsflow/dev/simulator/world"
	"vmsflow/internal/irp/irptest"
)

// The programs that may be killed and started again.
const (
	Worker  = "worker"
	Gateway = "gateway"
)

const (
	starter   = "starter"
	simulator = "simulator"
)

// Options say what runs and where it keeps its files.
type Options struct {
	// World is what the simulator plays.
	World world.World
	// Dir gets logs and configuration; it must exist.
	Dir string
	// BinDir is where worker, gateway, starter and simulator are.
	BinDir string
	// NoUI leaves the Web UI out.
	NoUI bool
}

// Stack is everything, running.
type Stack struct {
	Options
	TemporalAddress string // host:port; the namespace is "default"
	UIURL           string // of the Web UI's list of workflows; empty without one
	DatabaseURL     string
	SimulatorURL    string // of the outside world: Ajio at the root, the IRP under /irp, an ERP and a warehouse under each POB
	GatewayURL      string

	temporal    *devserver.Server
	postgres    *pgcluster.Cluster
	postgresLog *os.File
	failed      chan error

	mu        sync.Mutex
	processes map[string]*process
	stopped   bool
}

// Start starts everything up to the point where the first order may come in; Begin lets the orders come. When it
// fails nothing is left running. A started stack runs until Stop.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{Options: o, processes: map[string]*process{}, failed: make(chan error, 1)}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	s.SimulatorURL, s.GatewayURL = "http://"+ports[0], "http://"+ports[1]
	if err := s.writeFiles(); err != nil {
		return err
	}
	// The simulator needs no address of the others, so it need not wait for them.
	outside := s.program(simulator, "-listen", ports[0], "-world", s.path("world.json"), "-gateway", s.GatewayURL)
	together, ctxOfAll := errgroup.WithContext(ctx)
	together.Go(func() error { return s.startTemporal(ctxOfAll) })
	together.Go(func() error { return s.startPostgres(ctxOfAll) })
	together.Go(func() error {
		if err := s.startProgram(ctxOfAll, outside, s.SimulatorURL+"/_sim/world"); err != nil {
			return err
		}
		return s.writeChannels(ctxOfAll)
	})
	if err := together.Wait(); err != nil {
		return err
	}
	if _, err := s.Starter(ctx, "setup"); err != nil {
		return err
	}
	if _, err := s.Starter(ctx, "stock", "load", s.path("stock.csv")); err != nil {
		return err
	}
	if err := s.startProgram(ctx, s.program(Gateway), s.GatewayURL+"/readyz"); err != nil {
		return err
	}
	return s.startProgram(ctx, s.program(Worker), "")
}

func (s *Stack) startTemporal(ctx context.Context) (err error) {
	options := devserver.Options{LogFile: s.Log("temporal")}
	if s.NoUI {
		options.UIPort = devserver.NoUI
	}
	if s.temporal, err = devserver.Start(ctx, options); err != nil {
		return err
	}
	s.TemporalAddress, s.UIURL = s.temporal.Address, s.temporal.UIURL
	return nil
}

func (s *Stack) startPostgres(ctx context.Context) (err error) {
	if s.postgresLog, err = os.OpenFile(s.Log("postgres"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	// The data is in a folder of its own: Dir may be one that the user who runs Postgres cannot enter.
	if s.postgres, err = pgcluster.Start(ctx, pgcluster.Options{Log: s.postgresLog}); err != nil {
		return err
	}
	s.DatabaseURL = s.postgres.URL()
	return nil
}

// writeFiles writes what the programs read, but for the channels file.
func (s *Stack) writeFiles() error {
	encoded, err := json.MarshalIndent(s.World, "", "  ")
	if err != nil {
		return err
	}
	files := map[string][]byte{
		s.path("world.json"): encoded,
		s.path("stock.csv"):  stockFile(s.World),
	}
	for path, content := range files {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeChannels writes the channels file, which pins the key of the running simulator.
func (s *Stack) writeChannels(ctx context.Context) error {
	var key irptest.PublicKey
	if err := getJSON(ctx, s.SimulatorURL+"/irp"+irptest.AdminPrefix+"/key", &key); err != nil {
		return fmt.Errorf("the simulator's public key: %w", err)
	}
	return os.WriteFile(s.path("channels.yaml"), channelsFile(s.World, s.SimulatorURL, key), 0o600)
}

func getJSON(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// Begin lets the orders come in.
func (s *Stack) Begin(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.SimulatorURL+"/_sim/begin", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("begin: the simulator answered %s", resp.Status)
	}
	return nil
}

// Failed receives an error when a process ends by itself.
func (s *Stack) Failed() <-chan error { return s.failed }

// Kill ends Worker or Gateway without any warning to it, as a power cut would.
func (s *Stack) Kill(name string) error {
	running, err := s.running(name)
	if err != nil {
		return err
	}
	return running.kill()
}

// Restart starts Worker or Gateway again after Kill.
func (s *Stack) Restart(ctx context.Context, name string) error {
	killed, err := s.running(name)
	if err != nil {
		return err
	}
	select {
	case <-killed.exited:
	default:
		return fmt.Errorf("%s runs; kill it first", name)
	}
	ready := ""
	if name == Gateway {
		ready = s.GatewayURL + "/readyz"
	}
	return s.startProgram(ctx, killed.program, ready)
}

func (s *Stack) running(name string) (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	running, ok := s.processes[name]
	if !ok {
		return nil, fmt.Errorf("%s was never started", name)
	}
	return running, nil
}

// Starter runs the operator's tool to its end and returns what it printed on its standard output, also when it failed.
func (s *Stack) Starter(ctx context.Context, args ...string) (string, error) {
	p := s.program(starter, args...)
	command := exec.CommandContext(ctx, p.path, p.args...)
	command.Env = p.env
	var printed, complaints strings.Builder
	command.Stdout, command.Stderr = &printed, &complaints
	if err := command.Run(); err != nil {
		return printed.String(), fmt.Errorf("starter %s: %w\n%s%s", strings.Join(args, " "), err, printed.String(), complaints.String())
	}
	return printed.String(), nil
}

// Stop ends everything, those that call before those that are called. It may be called again.
func (s *Stack) Stop() error {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	problems := s.stopPrograms(Worker, Gateway)
	problems = append(problems, s.stopPrograms(simulator)...)
	if s.temporal != nil {
		problems = append(problems, s.temporal.Stop())
	}
	if s.postgres != nil {
		problems = append(problems, s.postgres.Stop())
	}
	if s.postgresLog != nil {
		problems = append(problems, s.postgresLog.Close())
		s.postgresLog = nil
	}
	return errors.Join(problems...)
}

// stopPrograms ends programs side by side.
func (s *Stack) stopPrograms(names ...string) []error {
	problems := make([]error, len(names))
	var ending sync.WaitGroup
	for i, name := range names {
		if p, err := s.running(name); err == nil { // or it was never started
			ending.Go(func() { problems[i] = p.stop() })
		}
	}
	ending.Wait()
	return problems
}

// Log is the file that keeps what a program, "temporal" or "postgres" prints.
func (s *Stack) Log(name string) string { return s.path(name + ".log") }

// LogTail is where the log of a program is and what it says at its end.
func (s *Stack) LogTail(name string) string { return logTail(s.Log(name)) }

func (s *Stack) path(name string) string { return filepath.Join(s.Dir, name) }

// program is one of our binaries with the environment that all of them share.
func (s *Stack) program(name string, args ...string) program {
	env := []string{
		"DATABASE_URL=" + s.DatabaseURL,
		"VMSFLOW_CHANNELS=" + s.path("channels.yaml"),
		"VMSFLOW_WEB_UI=" + strings.TrimSuffix(s.UIURL, "/namespaces/default/workflows"),
		"TEMPORAL_ADDRESS=" + s.TemporalAddress,
		"TEMPORAL_NAMESPACE=default",
		"TEMPORAL_CONFIG_FILE=" + s.path("no-profile.toml"), // not the profile of whoever runs this
		"GATEWAY_LISTEN=" + strings.TrimPrefix(s.GatewayURL, "http://"),
		passwordVariable + "=" + world.Password,
	}
	for _, variable := range os.Environ() {
		if !ours(variable) {
			env = append(env, variable)
		}
	}
	return program{name: name, path: filepath.Join(s.BinDir, name), args: args, env: env, log: s.Log(name)}
}

// ours says that a variable configures vmsflow, so that none of a real installation reaches the stack.
func ours(variable string) bool {
	for _, prefix := range []string{"DATABASE_URL=", "VMSFLOW_", "TEMPORAL_", "GATEWAY_", "PG"} {
		if strings.HasPrefix(variable, prefix) {
			return true
		}
	}
	return false
}

// startProgram starts a program and, where it serves a URL, waits until that is answered. From then on its end is
// a failure unless it was asked for.
func (s *Stack) startProgram(ctx context.Context, p program, readyURL string) error {
	running, err := launch(p)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.processes[p.name] = running
	s.mu.Unlock()
	if err := running.await(ctx, readyURL); err != nil {
		return err
	}
	go s.watch(running)
	return nil
}

func (s *Stack) watch(p *process) {
	<-p.exited
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || !p.wanted() {
		return
	}
	select {
	case s.failed <- p.ended():
	default: // one failure is enough
	}
}

// readyWithin is how long a program may take to serve; on a machine that compiles at the same time it is seconds.
const readyWithin = 30 * time.Second

func (p *process) await(ctx context.Context, url string) error {
	if url == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, url) {
			return nil
		}
		select {
		case <-p.exited:
			return p.ended()
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer at %s: %w\n%s", p.name, url, ctx.Err(), logTail(p.log))
		case <-tick.C:
		}
	}
}

func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// freePorts returns addresses on 127.0.0.1 that nobody listens on.
func freePorts(n int) ([]string, error) {
	var addresses []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close() // when all are chosen, so that none is handed out twice
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
