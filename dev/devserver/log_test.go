package devserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAServerMayComplainForAsLongAsItRuns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	log, err := openLog(path)
	require.NoError(t, err)
	script := "echo ready; read go; for n in 1 2 3; do echo complaint $n >&2; sleep 0.1; done; echo the last word"
	command := exec.Command("/bin/sh", "-c", script)
	goOn, err := command.StdinPipe()
	require.NoError(t, err)
	server, err := run(t.Context(), command, log)
	require.NoError(t, err)
	_, err = goOn.Write([]byte("\n")) // it complains only after the start
	require.NoError(t, err)
	<-server.exited
	require.True(t, command.ProcessState.Success(), command.ProcessState)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"ready", "complaint 1", "complaint 2", "complaint 3", "the last word"},
		strings.Split(strings.TrimSpace(string(content)), "\n"))
}
