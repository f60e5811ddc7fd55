package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lockFile is what Postgres writes into postmaster.pid.
type lockFile struct {
	pid   int
	ready bool
}

func lockFilePath(dir string) string { return filepath.Join(dir, "postmaster.pid") }

func readLockFile(dir string) (lockFile, error) {
	content, err := os.ReadFile(lockFilePath(dir))
	if err != nil {
		return lockFile{}, err
	}
	lines := strings.Split(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return lockFile{}, fmt.Errorf("%s: %w", lockFilePath(dir), err)
	}
	const statusLine = 7
	return lockFile{pid: pid, ready: len(lines) > statusLine && strings.TrimSpace(lines[statusLine]) == "ready"}, nil
}

// clearStaleLock deals with the lock file that a killed server leaves behind. A server that is still shutting
// down after its parent was killed is waited for. One that stays is in use by somebody else, or an orphan where
// children outlive their parents; it is for a person to decide which. A number that has since gone to another
// program would make Postgres refuse to start, so that file is removed.
func clearStaleLock(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		lock, err := readLockFile(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !isServerOf(ctx, dir, lock.pid) {
			return removeIfThere(lockFilePath(dir))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is in use by process %d; end it with: kill -INT %d", dir, lock.pid, lock.pid)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// isServerOf reports whether the process runs and is a server on this data directory.
func isServerOf(ctx context.Context, dir string, pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return false
	}
	commandLine, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil { // no /proc, as on macOS
		commandLine, err = exec.CommandContext(ctx, "ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	}
	return err == nil && strings.Contains(string(commandLine), dir)
}
