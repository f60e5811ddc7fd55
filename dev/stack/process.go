package stack

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process may take to end on SIGTERM before it is killed. The worker finishes the activities
// that are under way, which at a slow outside system takes seconds.
const grace = 25 * time.Second

// program is how to start one of the binaries, as often as it is wanted.
type program struct {
	name string
	path string
	args []string
	env  []string // the whole environment
	log  string   // file that gets everything it prints, appended
}

// process is one life of a program.
type process struct {
	program
	command *exec.Cmd
	exited  chan struct{} // closed when it is gone

	mu       sync.Mutex
	unwanted bool // somebody asked it to end
}

// launch starts a program. It is started on an operating system thread that is kept until the process ends: the
// signal that a child gets when its parent dies comes, on Linux, already when the thread that made it dies.
func launch(p program) (*process, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor
	command := exec.Command(p.path, p.args...)
	command.Env, command.Stdout, command.Stderr = p.env, log, log
	// Its own group, or Ctrl-C in a terminal would end it before those that use it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(command.SysProcAttr)

	running := &process{program: p, command: command, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		_ = command.Wait() // its state says the rest
		close(running.exited)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	return running, nil
}

// kill ends the process as a power cut would and waits until it is gone.
func (p *process) kill() error {
	p.want(false)
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.exited
	return nil
}

// stop asks the process to end and kills it when it does not.
func (p *process) stop() error {
	p.want(false)
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(grace):
		return errors.Join(fmt.Errorf("%s did not end within %s and was killed (log: %s)", p.name, grace, p.log), p.kill())
	}
}

func (p *process) signal(s os.Signal) error {
	if err := p.command.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", p.name, err)
	}
	return nil
}

func (p *process) want(running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwanted = !running
}

func (p *process) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.unwanted
}

// ended says how the process ended, with the last lines of its log; it must be gone.
func (p *process) ended() error {
	return fmt.Errorf("%s ended by itself: %s\n%s", p.name, p.command.ProcessState, logTail(p.log))
}

// logTail is where a log is and what it says at its end.
func logTail(path string) string {
	const lines, size = 15, 8 << 10
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if len(content) > size {
		content = content[len(content)-size:]
	}
	all := strings.Split(strings.TrimSpace(string(content)), "\n")
	return fmt.Sprintf("the end of %s:\n  %s", path, strings.Join(all[max(0, len(all)-lines):], "\n  "))
}
