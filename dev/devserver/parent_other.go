//go:build !linux

package devserver

import "syscall"

// dieWithParent does nothing: only Linux can do this.
func dieWithParent(*syscall.SysProcAttr) {}
