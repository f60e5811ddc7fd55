package simulate

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// Listen serves a handler on a free port of 127.0.0.1 and returns the address, such as http://127.0.0.1:41231,
// and what stops it. Simulators never listen on anything but the loopback. It panics when no port is to be
// had, as net/http/httptest does; that package is not used because it adds a flag to every binary.
func Listen(handler http.Handler) (url string, stop func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("simulate: no port on the loopback: %v", err))
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }
}
