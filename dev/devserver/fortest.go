package devserver

import (
	"sync"
	"testing"
)

// shared is the server of all tests of one process. It runs while at least one of them uses it.
var shared struct {
	sync.Mutex
	users  int
	server *Server
}

// ForTest gives a test an in-memory server without Web UI, which it shares with the tests that run beside it in
// the same process: use ids of your own. It stops after the last of them.
func ForTest(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 {
		server, err := Start(t.Context(), Options{UIPort: NoUI})
		if err != nil {
			t.Fatal(err)
		}
		shared.server = server
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users > 0 {
			return
		}
		if err := shared.server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return shared.server
}
