package irptest

import (
	"crypto/rsa"
	"time"
)

// Options says which suppliers the simulator serves and how it behaves. Only Accounts is needed.
type Options struct {
	Accounts []Account
	// Key signs QRs and invoices; nil makes a new RSA-2048 key, which takes a moment.
	Key *rsa.PrivateKey
	Now func() time.Time // time.Now when nil
	// LoseEvery loses the answer to every n-th registration that goes through; 0 loses none.
	LoseEvery int
	// Below10Crore lifts the limit of 30 days for suppliers with a smaller turnover.
	Below10Crore bool
	// Exempt are sandbox identities: GSTINs that need not keep pattern and check character.
	Exempt []string
	// Inactive are GSTINs whose registration has ended: code 3029.
	Inactive []string
}

// Account is the credential of one supplier.
type Account struct {
	GSTIN        string
	ClientID     string
	ClientSecret string
	Username     string
	Password     string
}
