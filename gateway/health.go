package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
)

// livez says that the program runs.
func (s *server) livez(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintln(w, "ok")
}

// readyz says that the program can do its work, and if not, what is missing. Temporal is listed but does not decide:
// postings are accepted while it is away, and a load balancer must not keep them out. It takes no credential, so it
// names no address and no error text.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	checks := []struct {
		name    string
		decides bool
		check   func(context.Context) error
	}{
		{"database", true, s.db.Ping},
		{"schema", true, s.schemaIsCurrent},
		{"temporal", false, func(ctx context.Context) error {
			_, err := s.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		}},
	}
	status, text := http.StatusOK, ""
	for _, c := range checks {
		word := "ok"
		if err := c.check(ctx); err != nil {
			word = "not ready"
			if c.decides {
				status = http.StatusServiceUnavailable
			}
			s.log.Warn("not ready", "check", c.name, "error", err)
		}
		text += c.name + ": " + word + "\n"
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, text)
}

func (s *server) schemaIsCurrent(ctx context.Context) error {
	current, err := s.db.SchemaIsCurrent(ctx)
	if err == nil && !current {
		err = fmt.Errorf("the database has not been migrated to this version")
	}
	return err
}
