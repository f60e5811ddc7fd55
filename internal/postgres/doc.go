// Package postgres is everything that vmsflow keeps outside Temporal: the index of orders and returns, stock and its
// reservations, messages in and out, documents, manifests, credit notes and what is settled by hand, and the numbers and
// tax rates of our own invoices. It knows tables and nothing of workflows, HTTP or Ajio; the rules of the business stand
// in internal/order, those of the tax law in internal/gst.
//
// Every writing method may be repeated: activities are retried and a reply may be lost. Where a repeat says
// something else than what is stored, the first one stays and the caller gets ErrConflict.
//
// The pair POB and order id is the key of whatever belongs to an order. Times are written as timestamptz and
// read in UTC. Tests take their databases from the sub-package pgtest.
package postgres
