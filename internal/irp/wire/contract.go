// Package wire is what the IRP's interface looks like: paths, headers, codes and bodies of schema 1.1, each with how
// sure we are of it. The client (internal/irp) and the simulator (internal/irp/irptest) both build on it; whoever
// reads another version of the IRP's specification changes this package and contracts/gst-einvoice.md, nothing else.
//
// The tags are those of contracts/gst-einvoice.md §1: documented, inferred, assumed. Fields are named as the IRP
// spells them. The package knows shapes, not rules: what an answer means stands in internal/irp.
package wire

import (
	"encoding/json"
	"time"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
)

// Paths (§6).
const (
	PathLogin   = "/api/auth"        // POST; documented by NIC's page on authentication, assumed in §6
	PathInvoice = "/api/Invoice"     // POST; documented
	PathByIRN   = "/api/Invoice/irn" // GET /{irn}; documented
	PathCancel  = "/api/Cancel"      // POST; documented
)

// Headers (documented, §6). HTTP does not mind the case of their letters. The login has the first two (§6.5).
const (
	HeaderClientID     = "client_id"
	HeaderClientSecret = "client_secret"
	HeaderGSTIN        = "Gstin"
	HeaderUserName     = "user_name"
	HeaderToken        = "AuthToken"
)

// Limits.
const (
	TokenLife    = 6 * time.Hour  // documented, §6
	ReadableFor  = 48 * time.Hour // sources say 2 and 3 days; 2 assumed, §6.4
	MaxItems     = 1000           // documented, §7
	MaxCancelRem = 100            // characters; documented, §6.3
)

// The codes of ErrorDetails (documented, §6.4). Their wordings differ between sources and are never read.
const (
	CodeInvalidToken   = "1005"
	CodeLogin          = "1008" // wrong user name or password; in NIC's list, not in §6.4
	CodeClient         = "1010" // wrong client id or secret; as CodeLogin
	CodeSchema         = "2140"
	CodeOtherGSTIN     = "2143"
	CodeNotAvailable   = "2148"
	CodeDuplicate      = "2150"
	CodeNotFound       = "2154"
	CodeIGSTOnIntra    = "2172"
	CodeHSN            = "2176"
	CodeSumOfItems     = "2182"
	CodeTotal          = "2189"
	CodeAssessable     = "2193"
	CodeBuyerURP       = "2212"
	CodeEWayBillActive = "2230"
	CodeSerialTwice    = "2233"
	CodeHalvesDiffer   = "2234"
	CodeSellerState    = "2258"
	CodeBuyerState     = "2265"
	CodeCancelTooLate  = "2270"
	CodeTooOldToRead   = "2283"
	CodeGSTINInvalid   = "3028"
	CodeGSTINInactive  = "3029"
	CodeEWayBillExists = "4002"
	CodeNotActive      = "9999"
)

// InfoDuplicate is the InfCd beside CodeDuplicate (documented, §6.2).
const InfoDuplicate = "DUPIRN"

// Values that stand in documents (documented, §6.1 and §7).
const (
	Version            = "1.1"
	TaxScheme          = "GST"
	Yes                = "Y"
	No                 = "N"
	UnregisteredPerson = "URP" // in place of a buyer's Gstin
)

// Flag is the outer Status of an answer (documented, §6.1).
type Flag int

// Done and Failed are its values.
const (
	Failed Flag = 0
	Done   Flag = 1
)

// Status is what became of a registration: the inner Status of an answer (documented, §6.1).
type Status string

// The statuses.
const (
	StatusActive    Status = "ACT"
	StatusCancelled Status = "CNL"
)

// CancelReason is CnlRsn (documented, §6.3). The e-way bill's list swaps 2 and 3.
type CancelReason string

// The reasons.
const (
	ReasonDuplicate      CancelReason = "1"
	ReasonMistake        CancelReason = "2"
	ReasonOrderCancelled CancelReason = "3"
	ReasonOther          CancelReason = "4"
)

// Login is the body of POST /api/auth (assumed, §6.5).
type Login struct {
	UserName string `json:"user_name"`
	Password string `json:"password"`
}

// Token is the Data of its answer (assumed, §6.5). While a token lives, every login gives out the same one
// (documented by NIC's page on authentication).
type Token struct {
	AuthToken   string `json:"AuthToken"`
	TokenExpiry Text   `json:"TokenExpiry"` // not read: an answer 1005 is what ends a token
}

// Answer is around every answer (documented, §6.1 to §6.3). Business errors come with HTTP 200 and Status 0
// (assumed, §6.5).
type Answer struct {
	Status       *Flag           `json:"Status"` // nil when it is missing
	Data         json.RawMessage `json:"Data"`
	ErrorDetails json.RawMessage `json:"ErrorDetails"` // []ErrorDetail, or null
	InfoDtls     json.RawMessage `json:"InfoDtls"`     // []Info, or null
}

// ErrorDetail is one reason of a refusal.
type ErrorDetail struct {
	ErrorCode    Text `json:"ErrorCode"`
	ErrorMessage Text `json:"ErrorMessage"`
}

// Info is what the IRP adds to an answer.
type Info struct {
	InfCd string    `json:"InfCd"`
	Desc  Duplicate `json:"Desc"`
}

// Duplicate is the Desc of InfoDuplicate: the first registration.
type Duplicate struct {
	AckNo AckNo  `json:"AckNo"`
	AckDt Stamp  `json:"AckDt"`
	Irn   string `json:"Irn"`
}

// Registration is the Data of a registration and of a read (documented, §6.1).
type Registration struct {
	AckNo         AckNo  `json:"AckNo"`
	AckDt         Stamp  `json:"AckDt"`
	Irn           string `json:"Irn"`
	SignedInvoice string `json:"SignedInvoice"`
	SignedQRCode  string `json:"SignedQRCode"`
	Status        Status `json:"Status"`
	EwbNo         Text   `json:"EwbNo"`
	EwbDt         Text   `json:"EwbDt"`
	EwbValidTill  Text   `json:"EwbValidTill"`
}

// Cancellation is the body of POST /api/Cancel (documented, §6.3).
type Cancellation struct {
	Irn    string       `json:"Irn"`
	CnlRsn CancelReason `json:"CnlRsn"`
	CnlRem string       `json:"CnlRem"`
}

// Cancelled is the Data of its answer (documented, §6.3).
type Cancelled struct {
	Irn        string `json:"Irn"`
	CancelDate Stamp  `json:"CancelDate"`
}

// Document is the body of POST /api/Invoice: an invoice, a credit or a debit note in schema 1.1 (documented, §6.1 and
// §7). Amounts are positive on notes as well, the type carries the sign. What vmsflow never sends is left out.
type Document struct {
	Version    string   `json:"Version"`
	TranDtls   TranDtls `json:"TranDtls"`
	DocDtls    DocDtls  `json:"DocDtls"`
	SellerDtls Party    `json:"SellerDtls"`
	BuyerDtls  Party    `json:"BuyerDtls"`
	ItemList   []Item   `json:"ItemList"`
	ValDtls    ValDtls  `json:"ValDtls"`
	RefDtls    *RefDtls `json:"RefDtls,omitempty"` // on notes
}

// IRN computes the IRN that the IRP will give to the document (§2, verified).
func (d Document) IRN() string {
	return gst.IRN(d.SellerDtls.Gstin, d.DocDtls.Dt.Time, d.DocDtls.Typ, d.DocDtls.No)
}

// TranDtls says what kind of supply it is. RegRev and IgstOnIntra are "Y" or "N".
type TranDtls struct {
	TaxSch      string         `json:"TaxSch"`
	SupTyp      gst.SupplyType `json:"SupTyp"`
	RegRev      string         `json:"RegRev"`      // reverse charge
	IgstOnIntra string         `json:"IgstOnIntra"` // IGST although seller and place of supply share a state
}

// DocDtls names the document.
type DocDtls struct {
	Typ gst.DocType `json:"Typ"`
	No  string      `json:"No"` // 1 to 16 characters, §3
	Dt  Date        `json:"Dt"`
}

// Party is a seller or a buyer: LglNm 3 to 100 characters, Addr1 1 to 100, Addr2 3 to 100 or none, Loc 3 to 50, no '"'
// and no '\' in any.
type Party struct {
	Gstin string `json:"Gstin"`
	LglNm string `json:"LglNm"`
	Pos   string `json:"Pos,omitempty"` // state code of the place of supply; the buyer's only
	Addr1 string `json:"Addr1"`
	Addr2 string `json:"Addr2,omitempty"`
	Loc   string `json:"Loc"`
	Pin   int    `json:"Pin"`
	Stcd  string `json:"Stcd"`
}

// Item is a line. The schema allows three decimals in Qty and UnitPrice; vmsflow sells whole pieces at whole paise.
type Item struct {
	SlNo       string      `json:"SlNo"`
	PrdDesc    string      `json:"PrdDesc"` // 3 to 300 characters
	IsServc    string      `json:"IsServc"` // "Y" or "N"
	HsnCd      string      `json:"HsnCd"`
	Barcde     string      `json:"Barcde,omitempty"`
	Qty        int         `json:"Qty"`
	Unit       string      `json:"Unit"`
	UnitPrice  order.Paise `json:"UnitPrice"`
	TotAmt     order.Paise `json:"TotAmt"`
	Discount   order.Paise `json:"Discount"`
	AssAmt     order.Paise `json:"AssAmt"` // TotAmt less Discount
	GstRt      Rate        `json:"GstRt"`
	IgstAmt    order.Paise `json:"IgstAmt"`
	CgstAmt    order.Paise `json:"CgstAmt"`
	SgstAmt    order.Paise `json:"SgstAmt"`
	CesAmt     order.Paise `json:"CesAmt,omitempty"`
	OthChrg    order.Paise `json:"OthChrg"`
	TotItemVal order.Paise `json:"TotItemVal"` // AssAmt with taxes, cess and OthChrg
}

// ValDtls are the sums over the lines; TotInvVal is that of TotItemVal less Discount with OthChrg and RndOffAmt.
type ValDtls struct {
	AssVal    order.Paise `json:"AssVal"`
	CgstVal   order.Paise `json:"CgstVal"`
	SgstVal   order.Paise `json:"SgstVal"`
	IgstVal   order.Paise `json:"IgstVal"`
	CesVal    order.Paise `json:"CesVal,omitempty"`
	Discount  order.Paise `json:"Discount"`
	OthChrg   order.Paise `json:"OthChrg"`
	RndOffAmt order.Paise `json:"RndOffAmt"` // −99.99 to 99.99
	TotInvVal order.Paise `json:"TotInvVal"`
}

// RefDtls refers to other documents.
type RefDtls struct {
	PrecDocDtls []PrecDoc `json:"PrecDocDtls"`
}

// PrecDoc names the original of a note: optional in the schema (documented, §7), always sent by us (assumed).
type PrecDoc struct {
	InvNo string `json:"InvNo"` // 2 to 16 characters, §3
	InvDt Date   `json:"InvDt"`
}

// QRData is the JSON inside the claim "data" of SignedQRCode: ten values in this order (verified, §5).
type QRData struct {
	SellerGstin string      `json:"SellerGstin"`
	BuyerGstin  string      `json:"BuyerGstin"`
	DocNo       string      `json:"DocNo"`
	DocTyp      gst.DocType `json:"DocTyp"`
	DocDt       Date        `json:"DocDt"`
	TotInvVal   order.Paise `json:"TotInvVal"`
	ItemCnt     int         `json:"ItemCnt"`
	MainHsnCode string      `json:"MainHsnCode"`
	Irn         string      `json:"Irn"`
	IrnDt       Stamp       `json:"IrnDt"`
}

// Claims are the payload of the IRP's JWTs (verified, §5).
const (
	ClaimData   = "data"
	ClaimIssuer = "iss"
)
