//go:build !linux

package stack

import "syscall"

// dieWithParent does nothing: only Linux can do this.
func dieWithParent(*syscall.SysProcAttr) {}
