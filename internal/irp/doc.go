// Package irp is the client of the invoice registration portal: it registers invoices and notes, reads a registration
// back and cancels it, for one GSTIN (contracts/gst-einvoice.md §6).
//
// A method is one call: it signs in, keeps everything that the IRP said, and tells by the Kind of its error what to do
// next. It repeats a call only once, after code 1005, because such a call has had no effect. Everything else is the
// caller's to repeat, by contracts/gst-einvoice.md §15: before a registration is repeated, Find looks whether the first
// attempt went through after all, and Registration.CheckAdoption whether what is there is the document at hand. The
// number of a document is stored before its first attempt, so no repeat can make a second one.
//
// It knows nothing of workflows, of the database or of where a document comes from; it never logs. It does not verify
// signatures: gst.ParseSignedQR does, with the keys of the environment.
//
// Shapes stand in internal/irp/wire, the simulator in internal/irp/irptest, the rules of tax in internal/gst.
package irp
