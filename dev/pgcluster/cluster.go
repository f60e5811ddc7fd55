package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is the name of the database, and of the superuser who owns it.
const database = "vmsflow"

// Options say where a cluster lives.
type Options struct {
	// Dir is the data directory. It is made when missing and kept by Stop. When empty, a temporary one is
	// used and removed by Stop.
	Dir string
	// Port on 127.0.0.1; 0 takes a free one.
	Port int
	// Log gets what initdb and the server print; nil drops it.
	Log io.Writer
}

// Cluster is a running private server.
type Cluster struct {
	dir       string
	temporary bool
	port      int
	log       *tail
	server    *process

	stopOnce sync.Once
	stopErr  error
}

// Start makes the data directory if it is not there, starts a server on it and waits until its database
// vmsflow can be used. Cancelling ctx gives up the start; a started cluster runs until Stop, and on Linux at
// most as long as this process, however that ends.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	c := &Cluster{dir: opts.Dir, log: &tail{to: opts.Log}}
	if err := c.start(ctx, opts); err != nil {
		return nil, errors.Join(fmt.Errorf("private Postgres: %w", err), c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, opts Options) error {
	programs, err := findBinaries()
	if err != nil {
		return err
	}
	user, err := unprivilegedUser()
	if err != nil {
		return err
	}
	if err := c.makeDir(user); err != nil {
		return err
	}
	if err := c.initialize(ctx, programs, user); err != nil {
		return err
	}
	if err := clearStaleLock(ctx, c.dir); err != nil {
		return err
	}
	if err := c.launch(ctx, programs, user, opts.Port); err != nil {
		return err
	}
	return c.createDatabase(ctx)
}

// URL is the connection string of the database vmsflow.
func (c *Cluster) URL() string { return c.urlOf(database) }

func (c *Cluster) urlOf(name string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", database, c.port, name)
}

// Stop shuts the server down, ending its connections, and removes a temporary data directory. It may be called
// again and gives the same answer.
func (c *Cluster) Stop() error {
	c.stopOnce.Do(func() {
		if c.server != nil {
			c.stopErr = c.server.stop()
		}
		if c.temporary {
			c.stopErr = errors.Join(c.stopErr, os.RemoveAll(c.dir))
		}
	})
	return c.stopErr
}

// makeDir makes the data directory and gives it to the user who runs the server.
func (c *Cluster) makeDir(user *syscall.Credential) error {
	if c.dir == "" {
		temporary, err := os.MkdirTemp("", "vmsflow-postgres-")
		if err != nil {
			return err
		}
		c.dir, c.temporary = temporary, true
	}
	absolute, err := filepath.Abs(c.dir)
	if err != nil {
		return err
	}
	c.dir = absolute
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	if user == nil {
		return nil
	}
	if blocked := unreachable(c.dir); blocked != "" {
		return fmt.Errorf("root runs Postgres as another user, who may not enter %s; name a data folder elsewhere", blocked)
	}
	// Files of an earlier run may belong to another user, if that run was not by root. A server of that run that is still
	// stopping may take files away meanwhile.
	return filepath.WalkDir(c.dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, int(user.Uid), int(user.Gid))
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// unreachable returns the first folder above dir that not everybody may enter, or "".
func unreachable(dir string) string {
	for folder := filepath.Dir(dir); ; folder = filepath.Dir(folder) {
		if info, err := os.Stat(folder); err == nil && info.Mode().Perm()&0o001 == 0 {
			return folder
		}
		if folder == filepath.Dir(folder) {
			return ""
		}
	}
}

// initialize runs initdb unless the directory holds a cluster. PG_VERSION is one of the first files that initdb
// writes and it cleans up after a failure, so a marker of our own says that it went through.
func (c *Cluster) initialize(ctx context.Context, programs binaries, user *syscall.Credential) error {
	marker := filepath.Join(c.dir, "vmsflow-initialized")
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(c.dir, "PG_VERSION")); err == nil {
		return fmt.Errorf("%s holds a cluster that is not ours or was not finished; remove it or name another folder", c.dir)
	}
	initdb := exec.CommandContext(ctx, programs.initdb, "--pgdata", c.dir, "--username", database,
		"--auth", "trust", // whoever reaches loopback may in: the data is made up
		"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Stdout, initdb.Stderr = c.dir, c.log, c.log
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	// Interrupted, unlike killed, it removes what it has written.
	initdb.Cancel = func() error { return initdb.Process.Signal(syscall.SIGINT) }
	if err := initdb.Run(); err != nil {
		return fmt.Errorf("initdb in %s: %w\n%s", c.dir, err, c.log)
	}
	return os.WriteFile(marker, nil, 0o600)
}

// launch starts the server. Between finding a free port and binding it another process may take it; then the
// next one is tried.
func (c *Cluster) launch(ctx context.Context, programs binaries, user *syscall.Credential, port int) error {
	const attempts = 3
	for attempt := 1; ; attempt++ {
		c.port = port
		if port == 0 {
			free, err := freePort()
			if err != nil {
				return err
			}
			c.port = free
		}
		server, err := startProcess(c.serverCommand(programs, user))
		if err != nil {
			return fmt.Errorf("start %s: %w", programs.postgres, err)
		}
		c.server = server
		err = c.waitUntilReady(ctx)
		if err == nil || ctx.Err() != nil || port != 0 || attempt == attempts {
			return err
		}
		if err := server.stop(); err != nil {
			return err
		}
	}
}

func (c *Cluster) serverCommand(programs binaries, user *syscall.Credential) *exec.Cmd {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"unix_socket_directories=", // none: the path of a socket in the data directory may be too long
		// What a power cut would destroy is a demo or a test. Not waiting for the disk makes commits some
		// twenty times faster.
		"fsync=off", "synchronous_commit=off", "full_page_writes=off",
		"wal_level=minimal", "max_wal_senders=0",
		"max_connections=300", // a pool for each parallel test and program
		"timezone=UTC", "log_timezone=UTC", "logging_collector=off",
	}
	args := []string{"-D", c.dir, "-p", strconv.Itoa(c.port)}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	server := exec.Command(programs.postgres, args...)
	server.Dir, server.Stdout, server.Stderr = c.dir, c.log, c.log
	server.SysProcAttr = &syscall.SysProcAttr{
		Credential: user,
		// Its own group, or Ctrl-C in a terminal would stop the server under the programs that use it.
		Setpgid: true,
	}
	dieWithParent(server.SysProcAttr)
	return server
}

// waitUntilReady reads the server's own lock file, which says "ready" in its eighth line, so that another
// server on the same port is never taken for ours.
func (c *Cluster) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if lock, err := readLockFile(c.dir); err == nil && lock.pid == c.server.pid() && lock.ready {
			return nil
		}
		select {
		case <-c.server.exited:
			return fmt.Errorf("the server on %s ended at once: %w\n%s", c.dir, c.server.exitErr, c.log)
		case <-ctx.Done():
			return fmt.Errorf("the server on %s did not become ready: %w\n%s", c.dir, ctx.Err(), c.log)
		case <-tick.C:
		}
	}
}

func (c *Cluster) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.urlOf("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	exists := false
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&exists); err != nil {
		return err
	}
	if exists {
		return nil
	}
	_, err = conn.Exec(ctx, `CREATE DATABASE `+database)
	return err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
