package pgcluster

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// ErrNotInstalled says that no Postgres binaries were found, and what to do about it.
var ErrNotInstalled = errors.New(`no Postgres found; do one of these:
  - install it: apt-get install postgresql, or brew install postgresql@17
  - set DATABASE_URL to a Postgres server that is running
  - put the folder with initdb and postgres on PATH`)

// binaries are the two programs that make and run a cluster.
type binaries struct{ initdb, postgres string }

// findBinaries looks on PATH first, because that is where somebody says which version they want, and then
// where Debian and Homebrew keep versions that are not on PATH, the newest first.
func findBinaries() (binaries, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if postgres, err := exec.LookPath("postgres"); err == nil {
			return binaries{initdb, postgres}, nil
		}
	}
	var folders []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return binaries{}, err
		}
		slices.SortFunc(found, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
		folders = append(folders, found...)
	}
	for _, folder := range folders {
		candidate := binaries{filepath.Join(folder, "initdb"), filepath.Join(folder, "postgres")}
		if isExecutable(candidate.initdb) && isExecutable(candidate.postgres) {
			return candidate, nil
		}
	}
	return binaries{}, ErrNotInstalled
}

// majorVersion is the last run of digits in a folder's name: 15 in /usr/lib/postgresql/15/bin.
func majorVersion(folder string) int {
	end := len(folder)
	for end > 0 && !isDigit(folder[end-1]) {
		end--
	}
	start := end
	for start > 0 && isDigit(folder[start-1]) {
		start--
	}
	version, err := strconv.Atoi(folder[start:end])
	if err != nil {
		return 0
	}
	return version
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
