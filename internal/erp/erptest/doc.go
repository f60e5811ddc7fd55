// Package erptest simulates a client's ERP, in the manner of net/http/httptest: a real server that receives the
// order postings of contracts/increff-erp.md §5, makes an e-invoice for each order and posts it to the gateway
// (§3.1) as an ERP does, well or badly.
//
// It judges what it receives on its own and shares no rule with the product: the IRN, the document number and
// the signed QR are computed here from contracts/gst-einvoice.md, so that a mistake cannot agree with itself.
// Everything stands in a ledger; broken rules of the contract are collected as violations.
package erptest
