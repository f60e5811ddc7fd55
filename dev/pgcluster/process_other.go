//go:build !linux

package pgcluster

import "syscall"

// dieWithParent does nothing where the kernel has no such signal: there only Stop ends the server.
func dieWithParent(*syscall.SysProcAttr) {}
