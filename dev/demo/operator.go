package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// operatorEvery is how often the operator's script looks for parked orders.
const operatorEvery = 3 * time.Second

// operator plays the script of an operator who knows that Ajio takes on the second try what it refused on the first:
// it has every parked step of orders and manifests tried again, with the tool that a person would use.
func (d *demo) operator(ctx context.Context) error {
	if d.world.RefuseEvery == 0 || time.Since(d.operated) < operatorEvery {
		return nil
	}
	d.operated = time.Now()
	printed, failed := d.stack.Starter(ctx, "retry", "--all", "--yes", "--json")
	var answers []struct {
		Result string `json:"result"`
	}
	if err := json.Unmarshal([]byte(printed), &answers); err != nil {
		return fmt.Errorf("read the answers of starter retry: %w (%w)", err, failed)
	}
	// One that was not done has gone on meanwhile, or is parked and comes again next time.
	for _, answer := range answers {
		if answer.Result == "done" {
			d.repaired++
		}
	}
	return nil
}

// sayRepaired says what the operator's script had to do.
func (d *demo) sayRepaired() {
	if d.world.RefuseEvery > 0 {
		fmt.Fprintf(d.out, "The operator's script had %d parked steps tried again (starter retry --all --yes).\n", d.repaired)
	}
}
