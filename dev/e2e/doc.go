// Package e2e tests vmsflow as a whole: the real binaries as processes, a real Temporal server, a real Postgres and
// the simulated outside world, judged by package audit. Nothing is mocked, and nothing of it is skipped where a
// part is missing: that is a failure.
//
// The binaries are built anew for each run of the tests, but for bin/devserver, which takes minutes: make it with
// "make bin/devserver".
package e2e
