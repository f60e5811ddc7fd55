// Package erptest simulates a client's ERP, in the manner of net/http/httptest: a real server that receives the
// order postings of contracts/increff-erp.md §5, makes an e-invoice for each order and posts it to the gateway
// (§3.1) as an ERP does, well or badly.
//
// It judges what it receives on its own. IRN, financial year and main HSN come from internal/gst, which vmsflow
// checks them with; that package is held to published values of its own. The signed QR is written here, for
// internal/gst only reads it. Everything stands in a ledger; broken rules of the contract are collected as violations.
package erptest
