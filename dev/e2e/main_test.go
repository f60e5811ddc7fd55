package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binDir holds the binaries under test, root is the module.
var binDir, root string

func TestMain(m *testing.M) {
	// A stack waits more than it works: for holds, syncs and time-outs.
	if err := flag.Set("test.parallel", "3"); err != nil {
		panic(err)
	}
	code, err := runWithBinaries(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runWithBinaries(m *testing.M) (int, error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return 0, err
	}
	root = filepath.Dir(strings.TrimSpace(string(module)))
	if _, err := os.Stat(filepath.Join(root, "bin", "devserver")); err != nil {
		return 0, fmt.Errorf("run make bin/devserver first: %w", err)
	}
	if binDir, err = os.MkdirTemp("", "vmsflow-e2e-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(binDir)
	build := exec.Command("go", "build", "-o", binDir, "./worker", "./gateway", "./starter", "./dev/simulator", "./dev/demo")
	build.Dir = root
	if printed, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, printed)
	}
	return m.Run(), nil
}

// summary is what the demo's -summary promises (its JSON is an interface to others, so it is written out here).
type summary struct {
	Orders struct {
		Total     int                       `json:"total"`
		Open      int                       `json:"open"`
		ByOutcome map[string]int            `json:"by_outcome"`
		ByModel   map[string]map[string]int `json:"by_model"`
	} `json:"orders"`
	Returns struct {
		Total     int            `json:"total"`
		Open      int            `json:"open"`
		ByOutcome map[string]int `json:"by_outcome"`
		ByKind    map[string]int `json:"by_kind"`
		ByModel   map[string]int `json:"by_model"`
		Units     struct {
			Good    int `json:"good"`
			Bad     int `json:"bad"`
			Missing int `json:"missing"`
		} `json:"units"`
		CreditNotes int `json:"credit_notes"`
		RSIs        int `json:"rsi"`
		Settlements int `json:"settlements"`
	} `json:"returns"`
	Audit struct {
		Clean          bool     `json:"clean"`
		BeforeHold     *int     `json:"acknowledged_before_hold"`
		AfterTaken     *int     `json:"acknowledged_after_customer_cancel"`
		Invoices       *int     `json:"b2b_invoices_twice"`
		Messages       *int     `json:"erp_messages_twice"`
		Manifests      *int     `json:"manifests_over_250"`
		Stock          *int     `json:"stock_units_leaked"`
		IRNs           *int     `json:"irns_wrong"`
		QRs            *int     `json:"qrs_unverified"`
		NumbersMissing *int     `json:"invoice_numbers_missing"`
		NumbersTwice   *int     `json:"invoice_numbers_twice"`
		Registrations  *int     `json:"registrations_wrong"`
		Cancelled      *int     `json:"cancelled_quantities_differ"`
		UnitsLost      *int     `json:"units_lost"`
		QCsTwice       *int     `json:"qcs_twice"`
		RTOsTwice      *int     `json:"rtos_twice"`
		NotesTwice     *int     `json:"credit_notes_twice"`
		NotesWrong     *int     `json:"credit_notes_wrong"`
		RSIsWrong      *int     `json:"rsis_wrong"`
		Settlements    *int     `json:"settlements_wrong"`
		Mismatches     []string `json:"mismatches"`
	} `json:"audit"`
	CallsPerOrder  float64 `json:"ajio_calls_per_order"`
	CallsPerReturn float64 `json:"ajio_calls_per_return"`
	HistoryEvents  struct {
		Median int `json:"median"`
		Max    int `json:"max"`
	} `json:"history_events"`
}

// demo is a running demo.
type demo struct {
	command *exec.Cmd
	dir     string
	out     *os.File
}

// startDemo starts bin/demo with its files in a folder of the test, whose path all its processes carry in their
// arguments or environment.
func startDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := &demo{dir: filepath.Join(t.TempDir(), "run")}
	var err error
	d.out, err = os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute) // a demo ends by itself before
	d.command = exec.CommandContext(ctx, filepath.Join(binDir, "demo"), append(args, "-dir", d.dir)...)
	d.command.Dir, d.command.Stdout, d.command.Stderr = root, d.out, d.out
	d.command.Cancel = func() error { return d.command.Process.Signal(syscall.SIGTERM) }
	d.command.WaitDelay = time.Minute
	require.NoError(t, d.command.Start())
	t.Cleanup(func() {
		cancel()
		_ = d.command.Wait() // it has been waited for, unless the test failed
		_ = d.out.Close()
	})
	return d
}

func (d *demo) printed() string {
	content, err := os.ReadFile(d.out.Name())
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// runDemo runs the demo to its end and returns its summary and what it printed.
func runDemo(t *testing.T, args ...string) (summary, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "summary.json")
	d := startDemo(t, append(args, "-exit", "-summary", file)...)
	err := d.command.Wait()
	require.NoError(t, err, "the demo's exit code\n%s", d.printed())
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var s summary
	require.NoError(t, json.Unmarshal(content, &s))
	d.requireNothingLeft(t)
	return s, d.printed()
}

// requireNothingLeft waits until no process carries the demo's folder any more. The kernel ends the children of a
// parent that was killed, which takes a moment.
func (d *demo) requireNothingLeft(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return len(d.processes(t)) == 0 }, 30*time.Second, 100*time.Millisecond,
		"processes outlived the demo: %v", d.processes(t))
}

// processes lists the live processes with the demo's folder in their arguments or environment.
func (d *demo) processes(t *testing.T) []string {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	require.NotEmpty(t, entries, "this test reads /proc, which only Linux has")
	var found []string
	for _, entry := range entries {
		arguments, _ := os.ReadFile(filepath.Join(entry, "cmdline")) // gone meanwhile, or a zombie: no arguments
		environment, _ := os.ReadFile(filepath.Join(entry, "environ"))
		if strings.Contains(string(arguments), d.dir) || strings.Contains(string(environment), d.dir) {
			found = append(found, filepath.Base(entry)+" "+strings.ReplaceAll(string(arguments), "\x00", " "))
		}
	}
	return found
}
