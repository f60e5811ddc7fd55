package irptest

// System is the simulator's name in its ledger.
const System = "irp"

// The names of the calls, in the ledger and for faults. The ledger's client is the GSTIN that signed in, its key the
// IRN, also of a document that is refused; it is empty for logins and for bodies that cannot be read.
const (
	CallLogin    = "login"
	CallRegister = "register"
	CallRead     = "read"
	CallCancel   = "cancel"
)
