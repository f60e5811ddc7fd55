// Command simulator is the world outside vmsflow in one process: Ajio, the invoice registration portal, and an ERP and
// a warehouse for each POB. It plays the world that the demo or an end-to-end test hands it (package world), and keeps
// the ledgers by which they judge vmsflow afterwards.
//
// Ajio stands at the root, the others under /irp, /<pob>/erp and /<pob>/warehouse, each with its ledger and state under
// /_sim/ajio, /irp/_sim/irp, /<pob>/erp/_sim/erp and /<pob>/warehouse/_sim/warehouse. POST /_sim/begin lets the orders
// come, GET /_sim/world says which have come. Signed QRs are verified with the key at /irp/_sim/irp/key.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"vmsflow/dev/simulator/world"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("simulator", flag.ContinueOnError)
	listen := fs.String("listen", "127.0.0.1:0", "`address` to serve on")
	gateway := fs.String("gateway", "http://127.0.0.1:8080", "`URL` of vmsflow's gateway, which ERP and warehouse call")
	file := fs.String("world", "", "JSON `file` of the world to play; a world of 25 orders when empty")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	w, err := load(*file)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	play, err := newPlay(w, *gateway, "http://"+listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer play.close()
	server := &http.Server{Handler: play.handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(out, "simulator listening on http://%s\n", listener.Addr())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return server.Close() // whoever still calls has been stopped before
	}
}

func load(file string) (world.World, error) {
	if file == "" {
		return world.New(world.Options{Count: 25, Seed: 1, Hold: 5 * time.Second, Faults: world.SomeFaults})
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return world.World{}, err
	}
	var w world.World
	if err := json.Unmarshal(content, &w); err != nil {
		return world.World{}, fmt.Errorf("%s: %w", file, err)
	}
	return w, nil
}
