package fetch_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// names is a name server. Each question for a name gets the name's next answer, and the last one from then on: so a
// name may lead elsewhere the second time.
type names struct {
	mu      sync.Mutex
	answers map[string][]string // by name: IPv4 addresses
}

// set gives a name its answers.
func (n *names) set(name string, addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers[name] = addresses
}

func (n *names) next(name string) (address string, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	answers := n.answers[strings.TrimSuffix(name, ".")]
	if len(answers) == 0 {
		return "", false
	}
	if len(answers) > 1 {
		n.answers[strings.TrimSuffix(name, ".")] = answers[1:]
	}
	return answers[0], true
}

// resolver serves the names over UDP and returns a resolver that asks nobody else.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	go n.serve(server)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func (n *names) serve(server net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		size, from, err := server.ReadFrom(buffer)
		if err != nil {
			return
		}
		var message dnsmessage.Message
		if message.Unpack(buffer[:size]) != nil || len(message.Questions) != 1 {
			continue
		}
		n.answer(&message)
		if packed, err := message.Pack(); err == nil {
			_, _ = server.WriteTo(packed, from)
		}
	}
}

func (n *names) answer(m *dnsmessage.Message) {
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	question := m.Questions[0]
	if question.Type != dnsmessage.TypeA {
		return // no addresses of this kind
	}
	address, known := n.next(question.Name.String())
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	case address == "down":
		m.RCode = dnsmessage.RCodeServerFailure
	default:
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
		}}
	}
}
