// Package pgcluster runs a private Postgres server from the installed binaries, for the demo and for tests
// where no DATABASE_URL is given. It listens on loopback only, trusts everyone there, and gives up durability
// for speed: nothing for a server that keeps real orders.
package pgcluster
