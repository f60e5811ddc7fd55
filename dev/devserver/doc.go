// Package devserver runs bin/devserver, a whole Temporal service with its Web UI, as a child process: for tests,
// the demo and development. Production uses the cluster that TEMPORAL_ADDRESS names instead.
//
// The server itself is the nested module dev/server, because compiling it takes minutes; "make bin/devserver"
// builds it once.
package devserver
