package pgcluster_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/dev/pgcluster"
)

// childDir, when set, makes this test binary a program that runs a cluster there until it is killed.
const childDir = "VMSFLOW_TEST_CLUSTER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		c, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: dir})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(c.URL())
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, opts pgcluster.Options) *pgcluster.Cluster {
	t.Helper()
	c, err := pgcluster.Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop()) })
	return c
}

// dataDir is a folder that does not exist yet, below one that every user may enter.
func dataDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "vmsflow-pgcluster-test-") //nolint:usetesting // nobody but root may enter t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	require.NoError(t, os.Chmod(parent, 0o755))
	return filepath.Join(parent, "data")
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestATemporaryClusterServesItsDatabaseAndVanishesOnStop(t *testing.T) {
	t.Parallel()
	c := start(t, pgcluster.Options{})
	conn := connect(t, c.URL())

	var name, dir string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT current_database(), current_setting('data_directory')`).Scan(&name, &dir))
	require.Equal(t, "vmsflow", name)
	require.DirExists(t, dir)

	require.NoError(t, c.Stop())
	require.NoError(t, c.Stop(), "a second Stop does nothing")
	require.NoDirExists(t, dir)
	require.Error(t, conn.Ping(t.Context()))
}

func TestAClusterKeepsItsDataOverARestartWithAStaleLockFile(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := start(t, pgcluster.Options{Dir: dir})
	_, err := connect(t, first.URL()).Exec(t.Context(), `CREATE TABLE kept AS SELECT 42 AS answer`)
	require.NoError(t, err)
	require.NoError(t, first.Stop())

	// What a killed server leaves behind, its number having gone to another program: this one.
	stale := strconv.Itoa(os.Getpid()) + "\n" + dir + "\n0\n5432\n\n127.0.0.1\n\nready\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte(stale), 0o600))

	second := start(t, pgcluster.Options{Dir: dir})
	answer := 0
	require.NoError(t, connect(t, second.URL()).QueryRow(t.Context(), `SELECT answer FROM kept`).Scan(&answer))
	require.Equal(t, 42, answer)
}

func TestTheServerEndsWithAKilledParentAndTheNextStartTakesOver(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child with its parent")
	}
	t.Parallel()
	dir := dataDir(t)
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), childDir+"="+dir)
	output, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	url, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	conn := connect(t, strings.TrimSpace(url))
	require.NoError(t, conn.Ping(t.Context()))

	require.NoError(t, program.Process.Kill())
	_ = program.Wait()

	next := start(t, pgcluster.Options{Dir: dir})
	require.NoError(t, connect(t, next.URL()).Ping(t.Context()))
	require.Error(t, conn.Ping(t.Context()), "the first server is gone")
}

func TestAStartThatFailsSaysWhyAndLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	running := start(t, pgcluster.Options{})
	port := int(connect(t, running.URL()).Config().Port)

	_, err := pgcluster.Start(t.Context(), pgcluster.Options{Port: port})
	require.ErrorContains(t, err, "could not bind")
}

func TestWithoutBinariesTheErrorNamesTheWaysOn(t *testing.T) {
	require.ErrorContains(t, pgcluster.ErrNotInstalled, "DATABASE_URL")
	require.ErrorContains(t, pgcluster.ErrNotInstalled, "PATH")
	require.ErrorContains(t, pgcluster.ErrNotInstalled, "install")
}
