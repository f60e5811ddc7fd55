package workflows

import (
	"go.temporal.io/sdk/workflow"

	"vmsflow/activities"
	"vmsflow/internal/einvoice"
	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

// judgeInvoice takes the next invoice that came in, or notes why it is refused. The gateway has judged it by the same
// rules, but an adapter may signal one past it.
func (o *forwardOrder) judgeInvoice(ctx workflow.Context) error {
	posting := o.invoices[0]
	o.invoices = o.invoices[1:]
	verdict, err := o.examineInvoice(ctx, posting)
	if err != nil {
		return err
	}
	for _, violation := range verdict.Refused {
		o.refuseInvoice(ctx, posting.InvoiceNumber, violation.String())
	}
	if len(verdict.Refused) > 0 {
		return o.letERPTryAgain(ctx, posting)
	}
	for _, doubt := range verdict.Doubts {
		o.alert = "invoice_doubtful"
		o.note(ctx, "Invoice %s was taken, but look at it %s", posting.InvoiceNumber, doubt)
	}
	invoice := &order.Invoice{
		Number: posting.InvoiceNumber, Date: posting.InvoiceDate.Time, IRN: posting.IrnNumber, SignedQR: posting.QrCode,
		Quantities: verdict.Quantities, DocumentID: posting.DocumentID,
	}
	if invoice.DocumentID == 0 {
		problem, err := o.archiveInvoice(ctx, posting, invoice)
		if err != nil {
			return err
		}
		if problem != "" {
			o.refuseInvoice(ctx, posting.InvoiceNumber, "["+problem+"]")
			return o.letERPTryAgain(ctx, posting)
		}
	}
	o.invoice = invoice
	return nil
}

// examineInvoice judges a posting. One whose signed QR nobody here has the key for waits for a person, who adds the key
// and retries, or has verified it by other means.
func (o *forwardOrder) examineInvoice(ctx workflow.Context, posting contract.ERPInvoice) (einvoice.Verdict, error) {
	var verdict einvoice.Verdict
	_, err := o.do(ctx, step{name: "verify the ERP's invoice", canSkip: true}, func(ctx workflow.Context) error {
		judge := workflow.ExecuteLocalActivity(judgement(ctx), activities.JudgeInvoice, activities.JudgeInput{
			Pob: o.Order.Pob, Posting: einvoice.Read(posting.B2BInvoicePosting, posting.DocumentID != 0),
			Facts: einvoice.Facts{Model: o.Policy.Model, Lines: o.Order.Lines, PO: *o.po},
		})
		verdict = einvoice.Verdict{} // what is empty does not stand in the answer, and must not stay from an earlier one
		if err := judge.Get(ctx, &verdict); err != nil {
			return err
		}
		if verdict.KeyUnknown != "" && len(verdict.Refused) == 0 {
			return activities.Refuse("qr_key_unknown", nil, "The signed QR of invoice %s cannot be verified: %s. Add the key to the channels file, "+
				"restart the workers, then retry; or verify the invoice at the GST portal and skip.", posting.InvoiceNumber, verdict.KeyUnknown)
		}
		return nil
	})
	return verdict, err
}

// archiveInvoice puts the document into our own archive: it came inside the signal, or stands where the ERP's URL says.
func (o *forwardOrder) archiveInvoice(ctx workflow.Context, posting contract.ERPInvoice, invoice *order.Invoice) (problem string, _ error) {
	var archived activities.ArchiveResult
	if posting.InvoicePdf == "" {
		// Skipping refuses the invoice, so that the ERP can post one whose document can be had.
		skipped, err := o.do(ctx, step{name: "fetch the invoice's document", canSkip: true, outage: erpDown}, func(ctx workflow.Context) error {
			fetch := erpCall(ctx, "fetch and archive the invoice's document")
			return workflow.ExecuteActivity(fetch, documentActivities.FetchInvoice, activities.FetchInput{
				Pob: o.Order.Pob, OrderID: o.Order.ID, Number: posting.InvoiceNumber, URL: posting.InvoiceURL,
				Anew: posting.Attempt > 0,
			}).Get(ctx, &archived.Document)
		})
		if skipped {
			problem = "invoiceURL: its document could not be fetched"
		}
		invoice.DocumentID = archived.Document.ID
		return problem, err
	}
	_, err := o.do(ctx, step{name: "archive the invoice", outage: databaseDown}, func(ctx workflow.Context) error {
		archive := books(ctx, "archive the invoice's PDF")
		return workflow.ExecuteActivity(archive, orderActivities.ArchiveInvoice, activities.ArchiveInput{
			Pob: o.Order.Pob, OrderID: o.Order.ID, Number: posting.InvoiceNumber, PDF: posting.InvoicePdf,
		}).Get(ctx, &archived)
	})
	invoice.DocumentID = archived.Document.ID
	return archived.Problem, err
}

func (o *forwardOrder) refuseInvoice(ctx workflow.Context, number, why string) {
	o.concern = "invoice_refused"
	o.note(ctx, "Invoice %s was refused %s", number, why)
}

// letERPTryAgain lets the gateway take another invoice for the purchase order, for the one it took is refused here.
func (o *forwardOrder) letERPTryAgain(ctx workflow.Context, posting contract.ERPInvoice) error {
	concern := o.concern
	_, err := o.do(ctx, step{name: "let the ERP post another invoice", outage: databaseDown}, func(ctx workflow.Context) error {
		release := books(ctx, "let the ERP post another invoice")
		return workflow.ExecuteActivity(release, messageActivities.RefuseInvoice, activities.RefuseInput{
			Pob: o.Order.Pob, PONumber: o.po.Number, InvoiceNumber: posting.InvoiceNumber,
		}).Get(ctx, nil)
	})
	o.concern = concern
	return err
}

// secondInvoice reports an invoice that came after another one was taken.
func (o *forwardOrder) secondInvoice(ctx workflow.Context, second contract.ERPInvoice) {
	o.alert = "second_invoice"
	o.note(ctx, "A second e-invoice came for the purchase order, %s; the first, %s, stands. Have the ERP cancel the second.",
		second.InvoiceNumber, o.invoice.Number)
}
