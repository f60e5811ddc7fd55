package fetch

import (
	"fmt"
	"net/netip"
	"slices"

	"code.dny.dev/ssrf"
)

// guardian knows what is not public: every range of IANA's registries for special purposes, of IPv6 everything outside
// the global unicast range, and so also IPv4 in the disguise of IPv6.
var guardian = ssrf.New(ssrf.WithAnyPort())

// nat64 carries IPv4 addresses in its last four bytes. In a network that has IPv6 only, every IPv4 server is seen there.
var nat64 = ssrf.IPv6NAT64Prefix

// metadata are the addresses at which clouds hand their machines credentials, apart from the link-local ones. Azure's
// is a public address, the others are private ones that a wide network may well route.
var metadata = []netip.Addr{
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("100.100.100.200"), // Alibaba Cloud
	netip.MustParseAddr("192.0.0.192"),     // Oracle Cloud
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("fd20:ce::254"),    // Google Cloud
}

// addressError is an address that must not be connected to.
type addressError struct {
	address netip.Addr
	why     string
}

func (e *addressError) Error() string { return fmt.Sprintf("leads to %s, %s", e.address, e.why) }

// checkAddress judges an address. One of a host that is allowed need not be public, but it is never where credentials
// are handed out, nor anything that no server has.
func checkAddress(address netip.Addr, allowed bool) error {
	address = address.WithZone("") // with a zone it would be in no range
	server, public := address.Unmap(), address
	if nat64.Contains(address) {
		bytes := address.As16()
		server = netip.AddrFrom4([4]byte(bytes[12:]))
		public = server
	}
	switch {
	case slices.Contains(metadata, server):
		return &addressError{address, "where machines get credentials"}
	case server.IsLinkLocalUnicast(): // most clouds do it here
		return &addressError{address, "which is a link-local address"}
	case server.IsUnspecified(), server.IsMulticast():
		return &addressError{address, "which is no server's address"}
	case !allowed && guardian.SafeAddr(public) != nil:
		return &addressError{address, "which is not a public address"}
	}
	return nil
}
