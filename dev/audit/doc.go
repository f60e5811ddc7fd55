// Package audit judges a finished run: it compares what really happened, by the ledgers and books of the outside
// systems, with what Postgres and Temporal say happened. It believes nobody: no figure of it comes from vmsflow
// alone, and it reads Postgres with its own statements.
//
// collect.go gathers the evidence, the rest are rules over it: pure functions that each find one kind of wrong,
// and say so in a sentence with the order's id.
package audit
