package pgcluster

import "syscall"

// dieWithParent has the kernel send the fast shutdown when this process ends, even by SIGKILL.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGINT }
