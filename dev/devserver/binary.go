package devserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

const binary = "devserver"

// thisModule matches the go.mod of vmsflow itself, not that of a nested module.
var thisModule = regexp.MustCompile(`(?m)^module vmsflow$`)

// findBinary looks beside the running program, where "make" puts all of them, and in bin/ of the module around
// the working directory, where tests run.
func findBinary() (string, error) {
	var candidates []string
	if program, err := os.Executable(); err == nil {
		candidates = append(candidates, filepath.Join(filepath.Dir(program), binary))
	}
	if root, err := moduleRoot(); err == nil {
		candidates = append(candidates, filepath.Join(root, "bin", binary))
	}
	for _, path := range candidates {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("run make bin/devserver: there is none in %q", candidates)
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if content, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && thisModule.Match(content) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the working directory is not in vmsflow's module")
		}
		dir = filepath.Dir(dir)
	}
}
