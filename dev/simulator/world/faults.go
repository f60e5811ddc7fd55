package world

import (
	"fmt"
	"time"

	"vmsflow/internal/simulate"
)

// Faults is how badly the outside systems behave.
type Faults string

// The levels.
const (
	NoFaults   Faults = "none"
	SomeFaults Faults = "some"  // a few percent of all calls
	Storm      Faults = "storm" // more than a quarter of all calls
)

func (f Faults) check() error {
	switch f {
	case NoFaults, SomeFaults, Storm:
		return nil
	default:
		return fmt.Errorf("faults %q: write none, some or storm", string(f))
	}
}

// A fault is bounded, so that a demo ends while somebody still watches.
const (
	SlowFor = 700 * time.Millisecond // how late a slow answer comes
	HangFor = 1500 * time.Millisecond
)

// Rates are the chances of faults on every call to an outside system. Two faults are left out. Refused is an
// answer that a person must settle, and in a demo there is none. TokenExpired by chance would sooner or later
// meet one call twice in a row, which rightly stops an order for a person; credentials expire by ExpireEvery.
func (f Faults) Rates() []simulate.Rate {
	switch f {
	case SomeFaults:
		return []simulate.Rate{
			{Fault: simulate.ServerError, Chance: 0.01},
			{Fault: simulate.Unavailable, Chance: 0.005},
			{Fault: simulate.TooManyRequests, Chance: 0.01},
			{Fault: simulate.Slow, Chance: 0.01},
			{Fault: simulate.AnswerLost, Chance: 0.015},
		}
	case Storm:
		return []simulate.Rate{
			{Fault: simulate.ServerError, Chance: 0.05},
			{Fault: simulate.Unavailable, Chance: 0.03},
			{Fault: simulate.TooManyRequests, Chance: 0.04},
			{Fault: simulate.Slow, Chance: 0.03},
			{Fault: simulate.Timeout, Chance: 0.02},
			{Fault: simulate.AnswerLost, Chance: 0.11},
		}
	default:
		return nil
	}
}

// ExpireEvery is how often a system's credential expires under way; 0 is never before its time.
func (f Faults) ExpireEvery() time.Duration {
	switch f {
	case SomeFaults:
		return 8 * time.Second
	case Storm:
		return 3 * time.Second
	default:
		return 0
	}
}
