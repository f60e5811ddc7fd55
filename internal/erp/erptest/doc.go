// Package erptest simulates a client's ERP, in the manner of net/http/httptest: a real server that receives the order
// and return postings of contracts/increff-erp.md §5, makes an e-invoice for each order and a credit note for each
// return, and posts them to the gateway (§3.1, §3.2) as an ERP does, well or badly. What it does about one order or one
// return its driver decides: Options.Behaviour, Options.Note, Server.CreditEarly.
//
// It judges what it receives on its own. IRN, financial year and main HSN come from internal/gst, which vmsflow
// checks them with; that package is held to published values of its own. The signed QR is written here, for
// internal/gst only reads it. Everything stands in a ledger; broken rules of the contract are collected as violations.
package erptest
