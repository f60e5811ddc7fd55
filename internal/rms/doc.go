// Package rms makes the B2B invoice of the seller to Ajio where no ERP does (Model 2, contracts/increff-erp.md §7.2):
// after packing, one line for each packed order line, with the price of Ajio's purchase order and the tax of the law.
//
// Number and ValidatePrefix say what a number looks like, Make builds and cross-checks an Invoice, and PDF prints it
// once the IRP has registered it. Whatever contradicts the purchase order, the law or the limits of the IRP is a
// Problem that names what to mend: the order waits for a person before a wrong document exists.
//
// Everything here is pure: the same input gives the same invoice and, byte for byte, the same PDF. The numbers, the
// table of rates and the stored invoices are in internal/postgres, the calls to the IRP in internal/irp; activities
// join them.
package rms
