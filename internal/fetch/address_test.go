package fetch_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/fetch"
)

func TestWhichAddressesMayBeConnectedTo(t *testing.T) {
	t.Parallel()
	const (
		public   = "for everybody"
		reserved = "only for a host that is allowed"
		never    = "for nobody"
	)
	tests := []struct{ name, address, may string }{
		{"public", "8.8.8.8", public},
		{"public, IPv6", "2606:4700::1111", public},
		{"public, in an IPv6-only network", "64:ff9b::808:808", public},

		{"loopback", "127.0.0.1", reserved},
		{"loopback, anywhere in it", "127.255.0.3", reserved},
		{"loopback, IPv6", "::1", reserved},
		{"private, 10/8", "10.1.2.3", reserved},
		{"private, 172.16/12", "172.31.255.255", reserved},
		{"private, 192.168/16", "192.168.1.1", reserved},
		{"private, IPv6 (ULA)", "fd12:3456::1", reserved},
		{"carrier-grade NAT", "100.64.0.1", reserved},
		{"benchmarks", "198.18.0.1", reserved},
		{"reserved", "240.0.0.1", reserved},
		{"this network", "0.1.2.3", reserved},
		{"public, disguised as IPv6", "::ffff:8.8.8.8", reserved},
		{"loopback, disguised as IPv6", "::ffff:127.0.0.1", reserved},
		{"loopback, in the old disguise", "::127.0.0.1", reserved},
		{"private, behind NAT64", "64:ff9b::a00:1", reserved},
		{"private, behind a NAT64 of one's own", "64:ff9b:1::a00:1", reserved},
		{"private, behind 6to4", "2002:a00:1::1", reserved},
		{"private, behind Teredo", "2001:0:a00:1::1", reserved},
		{"site-local, long given up", "fec0::1", reserved},

		{"link-local", "169.254.1.1", never},
		{"link-local, IPv6", "fe80::1", never},
		{"link-local, with a zone", "fe80::1%eth0", never},
		{"metadata of most clouds", "169.254.169.254", never},
		{"metadata, disguised as IPv6", "::ffff:169.254.169.254", never},
		{"metadata, behind NAT64", "64:ff9b::a9fe:a9fe", never},
		{"metadata of Azure", "168.63.129.16", never},
		{"metadata of Alibaba Cloud", "100.100.100.200", never},
		{"metadata of Oracle Cloud", "192.0.0.192", never},
		{"metadata of AWS, IPv6", "fd00:ec2::254", never},
		{"metadata of Google Cloud, IPv6", "fd20:ce::254", never},
		{"metadata, with a zone", "fd00:ec2::254%eth0", never},
		{"multicast", "224.0.0.1", never},
		{"multicast, IPv6", "ff02::1", never},
		{"unspecified, which is this machine", "0.0.0.0", never},
		{"unspecified, IPv6", "::", never},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			address := netip.MustParseAddr(test.address)
			stranger, allowed := fetch.CheckAddress(address, false), fetch.CheckAddress(address, true)
			require.Equal(t, test.may == public, stranger == nil, "a host that is not allowed: %v", stranger)
			require.Equal(t, test.may != never, allowed == nil, "a host that is allowed: %v", allowed)
		})
	}
}
