package stack

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/config"
	"vmsflow/internal/gst/gsttest"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/order"
)

func TestTheChannelsFileIsOneThatVmsflowReads(t *testing.T) {
	t.Parallel()
	for _, hold := range []time.Duration{5 * time.Second, 4 * time.Hour} {
		w, err := world.New(world.Options{Count: 120, Hold: hold, Faults: world.NoFaults})
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "channels.yaml")
		content := channelsFile(w, "http://127.0.0.1:1", publicKey())
		require.NoError(t, os.WriteFile(path, content, 0o600))
		channels, err := config.LoadChannels(path, func(string) string { return world.Password })
		require.NoError(t, err)
		require.Len(t, channels, len(w.Pobs))
		require.Equal(t, hold, channels[0].AckHold)
		require.Equal(t, order.ERPModel, channels[0].InvoicingModel)
		require.Equal(t, order.RMSModel, channels[1].InvoicingModel)
		require.Equal(t, "http://127.0.0.1:1/irp", channels[1].IRP.BaseURL)
		require.NotContains(t, string(content), "password: "+world.Password)
	}
}

// publicKey is one that an IRP signs with.
func publicKey() irptest.PublicKey {
	key := gsttest.NewKey()
	return irptest.PublicKey{KeyID: key.ID(), PEM: key.PEM(), Issuer: gsttest.Issuer}
}

func TestAShortHoldIsAllowedOnlyWhereItIsShort(t *testing.T) {
	t.Parallel()
	w, err := world.New(world.Options{Count: 1, Hold: 4 * time.Hour, Faults: world.NoFaults})
	require.NoError(t, err)
	require.Contains(t, string(channelsFile(w, "http://127.0.0.1:1", publicKey())), "allow_short_hold: false")
}

func TestAProcessThatEndsByItselfIsReportedWithItsLastWords(t *testing.T) {
	t.Parallel()
	s := &Stack{Options: Options{Dir: t.TempDir()}, processes: map[string]*process{}, failed: make(chan error, 1)}
	require.NoError(t, s.startProgram(t.Context(), script(s, "echo out of cheese; exit 3"), ""))
	select {
	case err := <-s.Failed():
		require.ErrorContains(t, err, "worker ended by itself: exit status 3")
		require.ErrorContains(t, err, "out of cheese")
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed")
	}
	require.NoError(t, s.Stop())
}

func TestAProcessThatIsKilledIsNoFailureAndMayBeStartedAgain(t *testing.T) {
	t.Parallel()
	s := &Stack{Options: Options{Dir: t.TempDir()}, processes: map[string]*process{}, failed: make(chan error, 1)}
	require.NoError(t, s.startProgram(t.Context(), script(s, "exec sleep 60"), ""))
	require.ErrorContains(t, s.Restart(t.Context(), Worker), "worker runs; kill it first")
	require.NoError(t, s.Kill(Worker))
	require.NoError(t, s.Restart(t.Context(), Worker))
	again, err := s.running(Worker)
	require.NoError(t, err)
	require.NoError(t, s.Stop())
	<-again.exited
	require.Empty(t, s.failed)
}

func TestSettingsOfARealInstallationDoNotReachTheStack(t *testing.T) {
	t.Setenv("TEMPORAL_API_KEY", "real")
	t.Setenv("DATABASE_URL", "postgres://real")
	s := &Stack{Options: Options{Dir: t.TempDir()}, DatabaseURL: "postgres://private", TemporalAddress: "127.0.0.1:1"}
	env := s.program(Worker).env
	require.NotContains(t, env, "TEMPORAL_API_KEY=real")
	require.NotContains(t, env, "DATABASE_URL=postgres://real")
	require.Contains(t, env, "DATABASE_URL=postgres://private")
	require.Contains(t, env, "PATH="+os.Getenv("PATH"))
}

// script stands in for the worker.
func script(s *Stack, commands string) program {
	return program{name: Worker, path: "/bin/sh", args: []string{"-c", commands}, log: s.Log(Worker)}
}
