package devserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say how a server runs. The zero value is an in-memory server on free ports.
type Options struct {
	// DBFile is a SQLite file that keeps all state; in memory when empty.
	DBFile string
	// LogFile gets what the server prints, appended; nothing is kept when empty.
	LogFile string
	// Port of the Temporal frontend on 127.0.0.1; 0 takes a free one.
	Port int
	// UIPort of the Web UI; 0 takes a free one, NoUI runs without it.
	UIPort int
}

// NoUI as a UIPort runs a server without the Web UI, which starts faster.
const NoUI = -1

// Server is a running Temporal service.
type Server struct {
	// Address is host:port of the Temporal frontend; the namespace is "default".
	Address string
	// UIURL is the Web UI's list of workflows; empty without one.
	UIURL string

	command  *exec.Cmd
	exited   chan struct{} // closed when the process is gone
	stopOnce sync.Once
	stopErr  error
}

// startTimeout bounds the wait for a server: it takes one to two seconds, more on a machine that compiles.
const startTimeout = time.Minute

// stopTimeout is how long a server may take to write its state down before it is killed.
const stopTimeout = 15 * time.Second

// Start starts a server and waits until it can be used. Cancelling ctx gives up the start; a started server runs
// until Stop, and on Linux at most as long as this process, however that ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	server, err := start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("Temporal development server: %w", err)
	}
	return server, nil
}

func start(ctx context.Context, o Options) (*Server, error) {
	path, err := findBinary()
	if err != nil {
		return nil, err
	}
	log, err := openLog(o.LogFile)
	if err != nil {
		return nil, err
	}
	args := []string{"-port", strconv.Itoa(o.Port), "-ui-port", strconv.Itoa(o.UIPort)}
	if o.DBFile != "" {
		args = append(args, "-db", o.DBFile)
	}
	return run(ctx, exec.Command(path, args...), log)
}

// openLog opens the file that gets what the server prints, or nothing that takes it.
func openLog(path string) (io.WriteCloser, error) {
	if path == "" {
		return discard{io.Discard}, nil
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

// run starts the command and waits until it is ready. The log stays open for as long as the process prints: one that
// nobody reads any more dies of its next complaint.
func run(ctx context.Context, command *exec.Cmd, log io.WriteCloser) (*Server, error) {
	complaints := &tail{to: log}
	command.Stderr = complaints
	// Its own group, or Ctrl-C in a terminal would stop the server under the programs that use it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(command.SysProcAttr)
	printed, err := command.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	server := &Server{command: command, exited: make(chan struct{})}
	ready := make(chan struct{})
	if err := server.launch(printed, log, ready); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case <-ready:
		return server, nil
	case <-server.exited:
		return nil, fmt.Errorf("%s ended at once: %s\n%s", command.Path, command.ProcessState, complaints)
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("not ready: %w\n%s", ctx.Err(), complaints), server.Stop())
	}
}

// launch starts the process and reads what it prints. It is started on an operating system thread that is kept
// until the process ends: the signal that a child gets when its parent dies comes, on Linux, already when the
// thread that made it dies.
func (s *Server) launch(printed io.Reader, log io.WriteCloser, ready chan<- struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.command.Start()
		started <- err
		if err != nil {
			return
		}
		s.read(printed, log, ready)
		_ = s.command.Wait() // its state says the rest
		_ = log.Close()
		close(s.exited)
	}()
	return <-started
}

// read takes the addresses from the lines that the server prints, until it ends.
func (s *Server) read(printed io.Reader, logTo io.Writer, ready chan<- struct{}) {
	lines := bufio.NewScanner(printed)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(logTo, line)
		if address, ok := strings.CutPrefix(line, "Temporal address: "); ok {
			s.Address = address
		}
		if url, ok := strings.CutPrefix(line, "Web UI: "); ok {
			s.UIURL = url
		}
		if line == "ready" && ready != nil {
			close(ready)
			ready = nil
		}
	}
}

// Stop ends the server. It may be called again and gives the same answer.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() { s.stopErr = s.stop() })
	return s.stopErr
}

func (s *Server) stop() error {
	for _, request := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := s.command.Process.Signal(request); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop the Temporal development server: %w", err)
		}
		select {
		case <-s.exited:
			return nil
		case <-time.After(stopTimeout):
		}
	}
	return fmt.Errorf("stop the Temporal development server: process %d does not end", s.command.Process.Pid)
}

// tail passes on what the server complains of and keeps its end for error messages.
type tail struct {
	to   io.Writer
	mu   sync.Mutex
	last []byte
}

const tailSize = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if len(t.last) > tailSize {
		t.last = append([]byte(nil), t.last[len(t.last)-tailSize:]...)
	}
	return t.to.Write(b)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.last)
}
