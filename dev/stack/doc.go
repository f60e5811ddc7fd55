// Package stack runs vmsflow as it is deployed, the real binaries as processes of their own, around a private
// Temporal server, a private Postgres and the simulated outside world. The demo shows it to people, the
// end-to-end tests take it apart: a process may be killed and started again in the middle of everything.
//
// All of it listens on 127.0.0.1 and ends with Stop, on Linux also when this process is killed.
package stack
