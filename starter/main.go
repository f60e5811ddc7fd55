// Command starter is the operator's tool: it sets vmsflow up, says where an order or a return stands and what needs a
// person, carries a person's answer to a parked step, tells an order or a return what its senders could not, and loads
// stock.
//
// It reads the same environment as the other programs (internal/config), but none of the secrets: it calls
// Temporal and Postgres only. Its exit codes are part of its interface; exit.go lists them.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program; tests call it.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	t := &tool{in: in, out: out, errOut: errOut, interactive: isTerminal(in)}
	defer t.close()
	root := rootCommand(t)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return report(errOut, root.ExecuteContext(ctx))
}
