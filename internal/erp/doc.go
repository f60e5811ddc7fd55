// Package erp calls a client's ERP: it writes the order and return postings of contracts/increff-erp.md §5 and
// sends them by the rules of §2.2. The other direction, the ERP's invoices and credit notes, is served by the gateway.
//
// It knows no workflow and no database: a message is stored before its first attempt, and Client.Post sends
// the stored bytes, so that every repeat carries the same messageId. The other end for tests and demos is
// erptest.
package erp
