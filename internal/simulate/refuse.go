package simulate

// RefuseEvery lets a system refuse every n-th business call from now on, 0 none. Calls that are turned away before,
// at the credential or by another fault, do not count, so the same calls in the same order meet the same refusals.
//
// Nothing is refused twice: once a call about an order was, the next one of that name about that order goes through
// and does not count. So whoever sends it again after a person has looked succeeds.
func (p *Plan) RefuseEvery(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every, p.counted = n, 0
}

// Refuses says whether a business call is refused: because Refused was drawn for it, or because it is the n-th of
// RefuseEvery. The simulator asks it behind its credential, with the order that the call is about, and answers in the
// system's own shape. The call is marked, so that the ledger shows it.
func (p *Plan) Refuses(c *Call, about string) bool {
	if c.Fault == None && p.refusesNext(c.Name, about) {
		c.Fault = Refused
	}
	return c.Fault == Refused
}

func (p *Plan) refusesNext(name, about string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	call := name + " " + about
	if p.every <= 0 || p.refused[call] {
		return false
	}
	if p.counted++; p.counted%p.every != 0 {
		return false
	}
	if p.refused == nil {
		p.refused = map[string]bool{}
	}
	p.refused[call] = true
	return true
}
