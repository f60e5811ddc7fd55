// Package gst holds the rules of Indian e-invoicing: what a GSTIN, a document number and an IRN look like, when a
// signed QR can be trusted, which tax a supply bears, and until when a document may be registered, cancelled,
// credited and must be kept. The rules, their sources and how sure they are stand in contracts/gst-einvoice.md;
// every exported name points to its section there.
//
// Everything here is pure: no clock (moments are parameters), no I/O, nothing of ours imported. Amounts are integer
// paise, never a float. Dates of documents are days in IST, whatever the zone of the time.Time that carries them.
//
// A check returns nil when the rule is kept, and otherwise Violations with the ids of contracts/gst-einvoice.md
// §14, so a caller asks HasID(err, gst.QRKeyUnknown) or shows each one beside the field that it read.
//
// ParseSignedQR needs the environment's keys and reads JSON, which workflowcheck does not allow in a workflow: it
// belongs into the gateway and into activities. The rest may be called from a workflow. Calls to the IRP live in
// internal/irp.
package gst
