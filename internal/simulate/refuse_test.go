package simulate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/simulate"
)

// refused asks for each call, written as "name order", and returns the places of those that were refused.
func refused(t *testing.T, plan *simulate.Plan, calls ...string) (places []int) {
	t.Helper()
	for i, call := range calls {
		name, about, _ := strings.Cut(call, " ")
		c := simulate.Call{Name: name, Fault: plan.Draw(name)}
		if plan.Refuses(&c, about) {
			require.Equal(t, simulate.Refused, c.Fault, "the ledger shows it")
			places = append(places, i)
		}
	}
	return places
}

func TestEveryNthCallIsRefusedOnceAndGoesThroughWhenItIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every int
		calls []string
		want  []int
	}{
		"none":                           {0, []string{"a 1", "b 1", "a 2"}, nil},
		"every third":                    {3, []string{"a 1", "b 1", "c 1", "a 2", "b 2", "c 2", "a 3"}, []int{2, 5}},
		"sent again it does not count":   {2, []string{"a 1", "a 2", "a 2", "a 2", "a 3", "a 4"}, []int{1, 5}},
		"each call once":                 {1, []string{"a 1", "a 1", "b 1", "b 1", "a 2", "a 2"}, []int{0, 2, 4}},
		"a repeat of what went through":  {2, []string{"a 1", "a 1", "a 1"}, []int{1}},
		"another call of the same order": {2, []string{"a 1", "a 2", "b 2", "c 2"}, []int{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := &simulate.Plan{}
			plan.RefuseEvery(c.every)
			require.Equal(t, c.want, refused(t, plan, c.calls...))
		})
	}
}

func TestACallThatMeetsAnotherFaultDoesNotCount(t *testing.T) {
	t.Parallel()
	plan := &simulate.Plan{}
	plan.RefuseEvery(2)
	plan.Next("a", simulate.Unavailable, 3)
	require.Equal(t, []int{4}, refused(t, plan, "a 1", "a 1", "a 1", "a 1", "a 2"))
	plan.Next("a", simulate.Refused, 1)
	require.Equal(t, []int{0}, refused(t, plan, "a 9"), "one on demand is refused all the same")
}

func TestAnotherProcessOrdersRefusalsAndEndsThem(t *testing.T) {
	t.Parallel()
	mux, plan := http.NewServeMux(), &simulate.Plan{}
	simulate.Admin(mux, "/_sim/x", &simulate.Ledger{}, plan, func() any { return nil })
	order := func(every int) {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/_sim/x/faults", strings.NewReader(fmt.Sprintf(`{"refuse_every": %d}`, every))))
		require.Equal(t, http.StatusNoContent, w.Code)
	}
	order(1)
	require.Equal(t, []int{0}, refused(t, plan, "a 1", "a 1"))
	order(0)
	require.Empty(t, refused(t, plan, "a 2", "a 3"))
}
