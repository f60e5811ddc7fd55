// Package warehousetest simulates a seller's warehouse, in the manner of net/http/httptest: a real server that receives
// the orders, releases, stops and returns of contracts/increff-erp.md §6, and then acts as the people there do: it packs
// what is released, well or badly, stands waiting for the label, puts cancelled goods back and closes manifests per
// carrier (§4.1, §4.3, §4.4). What comes back its driver says: Server.Return (§4.2).
//
// Everything stands in a ledger; broken rules of the contract are collected as violations.
package warehousetest
