package pgcluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// process is a running server.
type process struct {
	command *exec.Cmd
	exited  chan struct{} // closed when it is gone
	exitErr error         // of Wait; read after exited
}

// startProcess starts a command on an operating system thread that is kept until the command ends: the signal
// that a child gets when its parent dies comes, on Linux, already when the thread that made it dies.
func startProcess(command *exec.Cmd) (*process, error) {
	p := &process{command: command, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		p.exitErr = command.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) pid() int { return p.command.Process.Pid }

// stop asks for a fast shutdown (open transactions are rolled back), then, if need be, for an immediate one.
func (p *process) stop() error {
	for _, request := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if err := p.command.Process.Signal(request); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop Postgres: %w", err)
		}
		select {
		case <-p.exited:
			return nil
		case <-time.After(15 * time.Second):
		}
	}
	return fmt.Errorf("stop Postgres: process %d does not end", p.pid())
}

// unprivilegedUser is who the binaries run as when we are root, which Postgres refuses; nil when we are not.
func unprivilegedUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("root may not run Postgres, and there is neither a user postgres nor nobody")
}

// tail passes a program's output on and keeps its end for error messages.
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
	if t.to != nil {
		return t.to.Write(b)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.last)
}
