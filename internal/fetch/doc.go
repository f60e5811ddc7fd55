// Package fetch reads an invoice's PDF from a URL that somebody else wrote, without letting that URL read anything
// else: only public addresses over https, unless the channel names the host (contracts/increff-erp.md §3.1, INV-4,
// assumed). Where a name leads is judged when the connection is made, so that a name that is resolved anew cannot
// change its mind.
//
// url.go has the rules for a URL's form, which the gateway applies too; address.go those for where it leads; fetch.go
// follows it; error.go says which failures are for a person.
package fetch
