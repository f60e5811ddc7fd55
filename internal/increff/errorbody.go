package increff

import "strings"

// The codes of an error body. BAD_DATA is Increff's; the others are ours (contracts/increff-erp.md §2.1).
const (
	BadData         = "BAD_DATA"          // 400: the description lists every broken rule
	Unauthorized    = "UNAUTHORIZED"      // 401: nothing was stored
	TooManyRequests = "TOO_MANY_REQUESTS" // 429: wait for Retry-After
	TooLarge        = "TOO_LARGE"         // 413: the body is over 15 MiB
	OrderCancelled  = "ORDER_CANCELLED"   // 400: the order is cancelled; put the goods back, cancel the IRN
	InProgress      = "IN_PROGRESS"       // 503: it is being done; ask again after Retry-After
	InternalError   = "INTERNAL_ERROR"    // 500: repeat
)

// ErrorBody is the body of every answer that is not a success.
type ErrorBody struct {
	Code        string `json:"code"`
	Message     string `json:"message"`
	Description string `json:"description"`
}

// Describe joins the broken rules as a description: each in square brackets, separated by blanks.
func Describe(rules ...string) string {
	if len(rules) == 0 {
		return ""
	}
	return "[" + strings.Join(rules, "] [") + "]"
}
