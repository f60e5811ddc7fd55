package devserver

import "syscall"

// dieWithParent has the kernel stop the server when this process ends, even by SIGKILL.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGTERM }
