package devserver_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"vmsflow/dev/devserver"
)

func TestWhatAServerKnowsIsInItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	options := devserver.Options{DBFile: filepath.Join(dir, "temporal.db"), LogFile: filepath.Join(dir, "temporal.log")}

	first, err := devserver.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = first.Stop() })
	require.Contains(t, first.UIURL, "http://127.0.0.1:")
	_, err = dial(t, first).ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: "nobody"}, "Any")
	require.NoError(t, err)
	require.NoError(t, first.Stop())
	require.NoError(t, first.Stop(), "stopping twice is allowed")

	options.UIPort = devserver.NoUI
	second, err := devserver.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = second.Stop() })
	require.Empty(t, second.UIURL)
	_, err = dial(t, second).DescribeWorkflowExecution(t.Context(), "kept", "")
	require.NoError(t, err)

	log, err := os.ReadFile(options.LogFile)
	require.NoError(t, err)
	require.Contains(t, string(log), "Temporal address: "+first.Address)
}

func TestACancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := devserver.Start(ctx, devserver.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestTestsShareOneServer(t *testing.T) {
	t.Parallel()
	first, second := devserver.ForTest(t), devserver.ForTest(t)
	require.Same(t, first, second)
}

func dial(t *testing.T, server *devserver.Server) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: server.Address})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}
