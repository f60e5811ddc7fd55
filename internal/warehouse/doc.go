// Package warehouse calls the warehouse or OMS of a seller (contracts/increff-erp.md §6): it tells it about an
// order on hold, releases the order for picking, stops units and announces what comes back. What the warehouse reports back, packs,
// manifests and returns, is served by the gateway.
//
// It knows no workflow: every call may be repeated without harm, because totals are absolute and a known order
// is answered with success. The other end for tests and demos is warehousetest.
package warehouse
