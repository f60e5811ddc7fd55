package gst

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"
)

// QRField names one of the ten values of a signed QR, as the IRP spells it.
type QRField string

// The ten values, in the order of the IRP.
const (
	FieldSellerGSTIN QRField = "SellerGstin"
	FieldBuyerGSTIN  QRField = "BuyerGstin"
	FieldDocNo       QRField = "DocNo"
	FieldDocType     QRField = "DocTyp"
	FieldDocDate     QRField = "DocDt"
	FieldTotal       QRField = "TotInvVal"
	FieldItemCount   QRField = "ItemCnt"
	FieldMainHSNCode QRField = "MainHsnCode"
	FieldIRN         QRField = "Irn"
	FieldIRNDate     QRField = "IrnDt"
)

const (
	docDateLayout = "02/01/2006"          // dd/MM/yyyy
	irnDateLayout = "2006-01-02 15:04:05" // yyyy-MM-dd HH:mm:ss, IST
)

var errCount = errors.New("no number of lines")

var docTypes = []DocType{Invoice, CreditNote, DebitNote}

// parseQRData reads the JSON inside the claim "data" (step 6). Otherwise QR-004 for every value that is missing or
// unreadable. Names count exactly; values beside the ten are ignored, an IRP may add some.
func parseQRData(data []byte) (QR, error) {
	var values qrReader
	if err := json.Unmarshal(data, &values.raw); err != nil {
		return QR{}, violated(QRValue, "data", "no JSON object")
	}
	qr := QR{
		SellerGSTIN: values.text(FieldSellerGSTIN),
		BuyerGSTIN:  values.text(FieldBuyerGSTIN),
		DocNo:       values.text(FieldDocNo),
		DocType:     values.docType(FieldDocType),
		DocDate:     values.moment(FieldDocDate, docDateLayout),
		TotalPaise:  values.amount(FieldTotal),
		ItemCount:   values.count(FieldItemCount),
		MainHSNCode: values.text(FieldMainHSNCode),
		IRN:         values.text(FieldIRN),
		IRNDate:     values.moment(FieldIRNDate, irnDateLayout),
	}
	if err := values.problems.err(); err != nil {
		return QR{}, err
	}
	return qr, nil
}

// qrReader reads values one by one and notes what is wrong with them.
type qrReader struct {
	raw      map[string]json.RawMessage
	problems Violations
}

func (r *qrReader) text(field QRField) string {
	raw, ok := r.raw[string(field)]
	if !ok {
		r.problems = append(r.problems, violation(QRValue, string(field), "missing"))
		return ""
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil || text == "" {
		r.problems = append(r.problems, violation(QRValue, string(field), "%s is no text", raw))
	}
	return text
}

func (r *qrReader) docType(field QRField) DocType {
	text := DocType(r.text(field))
	if text != "" && !slices.Contains(docTypes, text) {
		r.problems = append(r.problems, violation(QRValue, string(field), "%q is none of %v", text, docTypes))
	}
	return text
}

// moment insists on the layout to the letter: time.Parse would also take "6:00:05" and fractions of a second.
func (r *qrReader) moment(field QRField, layout string) time.Time {
	text := r.text(field)
	moment, err := time.ParseInLocation(layout, text, IST)
	if text != "" && (err != nil || moment.Format(layout) != text) {
		r.problems = append(r.problems, violation(QRValue, string(field), "%q is not of the form %s", text, layout))
	}
	return moment
}

func (r *qrReader) amount(field QRField) int64 {
	return readNumber(r, field, parsePaise)
}

func (r *qrReader) count(field QRField) int {
	return readNumber(r, field, func(digits string) (int, error) {
		count, err := strconv.Atoi(digits)
		if err != nil || count < 1 {
			return 0, errCount
		}
		return count, nil
	})
}

// readNumber hands over the digits as they stand in the JSON, so that no float lies between.
func readNumber[T any](r *qrReader, field QRField, parse func(string) (T, error)) T {
	raw, ok := r.raw[string(field)]
	if !ok {
		r.problems = append(r.problems, violation(QRValue, string(field), "missing"))
	}
	number, err := parse(string(raw))
	if ok && err != nil {
		r.problems = append(r.problems, violation(QRValue, string(field), "%s: %s", raw, err))
	}
	return number
}
