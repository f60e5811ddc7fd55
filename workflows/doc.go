// Package workflows holds the lifecycles as deterministic Temporal code. Start with forward_order.go and return_order.go:
// lifecycle lists the steps, and each step reads in the words of the business.
//
//   - desk.go runs a step, parks it when it is refused, waits, and takes the operator's decision
//   - forward_order_inbox.go takes what comes in, forward_order_invoice.go judges an ERP's invoice, forward_order_cut.go
//     takes single units out, forward_order_end.go takes the whole order back
//   - return_order_inbox.go, return_order_settle.go, return_order_end.go and return_order_late.go are the same for a return:
//     what comes in, the credit note or RSI, how it ends, and what comes after its end
//   - message.go receives signals, each document once
//   - options.go has the activity profiles with their reasons
//   - visibility.go is what an operator sees in the Web UI
//   - register.go lists every workflow
//
// The package knows no database, no HTTP and no clock but Temporal's; its effects are named in activities.
//
// # What an order costs
//
// A forward order of the ERP model without trouble is kept within 115 events (a test counts them on a real server).
// One activity costs six events: scheduled, started, completed, and the workflow task after it. A signal costs four, a
// timer two to five, a change of search attributes one.
//
//	start                                           4
//	soft reserve                                    6
//	hold: stage, timer, its end                     6
//	acknowledge                                     6
//	await the PO: stage, timer, signal              7
//	announce to the warehouse, PO shown             7
//	post to the ERP                                 6
//	await the invoice: stage, timer, signal         7
//	judge the invoice, in the same workflow task    1
//	release for picking, invoice shown              7
//	await the pack: stage, timer, signal            7
//	generate, attach, upload, stage                19
//	B2C invoice and label side by side, stage    9-13
//	await the manifest: stage, timer, signal        7
//	close the books, last stage                     9
//
// In the RMS model making the invoice takes the place of awaiting and judging it, for about as many.
//
// A customer return without trouble takes 88 events, and is kept within 100: the start, nine activities (the forward order
// is read twice, because other returns of it may come meanwhile), two local ones, the waits for QC and credit note with their
// signals, and what the Web UI is told in between.
package workflows
