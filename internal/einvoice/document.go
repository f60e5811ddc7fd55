package einvoice

import (
	"bytes"
	"encoding/base64"
)

// MaxPDF is the largest invoice document (contracts/increff-erp.md §3.1, INV-4, assumed).
const MaxPDF = 10 << 20

// ReadPDF takes a document out of a posting's invoicePdf and checks it by INV-4: base64, a PDF by its first bytes, at most
// MaxPDF. problem says what is wrong with the field, behind the rule; empty when nothing is.
func ReadPDF(encoded string) (pdf []byte, problem string) {
	pdf, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil:
		return nil, "INV-4 is not base64"
	case !bytes.HasPrefix(pdf, []byte("%PDF")):
		return nil, "INV-4 does not begin like a PDF"
	case len(pdf) > MaxPDF:
		return nil, "INV-4 is over 10 MiB"
	}
	return pdf, ""
}
