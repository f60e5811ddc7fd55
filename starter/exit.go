package main

import (
	"errors"
	"fmt"
	"io"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitAttention   = 4
	exitUnreachable = 5
)

const exitCodes = `Exit codes:
  0  done
  1  failed
  2  wrong use: command, flag, argument or configuration
  3  not found
  4  the order or return needs attention
  5  Temporal or the database cannot be reached
`

// exitError is an error with its exit code. One without err has been reported already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func exit(code int, format string, args ...any) error {
	return &exitError{code: code, err: fmt.Errorf(format, args...)}
}

// report prints an error and returns its exit code. What comes without a code comes from the command line's
// parser, so it is wrong use.
func report(errOut io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	var coded *exitError
	if !errors.As(err, &coded) {
		fmt.Fprintf(errOut, "starter: %v\nRun \"starter --help\" for what there is.\n", err)
		return exitUsage
	}
	if coded.err != nil {
		fmt.Fprintf(errOut, "starter: %v\n", err)
	}
	return coded.code
}
