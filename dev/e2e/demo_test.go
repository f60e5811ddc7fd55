package e2e

import (
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryOutcomeUnderFaultsAndACleanAudit(t *testing.T) {
	t.Parallel()
	s, printed := runDemo(t, "-orders", "12", "-faults", "some", "-kill=false")
	requireClean(t, s, 12)
	require.Equal(t, map[string]int{"completed": 6, "cancelled_by_customer": 2, "cancelled_by_seller": 2, "rejected": 2}, s.Orders.ByOutcome)
	ofEach := map[string]int{"completed": 3, "cancelled_by_customer": 1, "cancelled_by_seller": 1, "rejected": 1}
	require.Equal(t, map[string]map[string]int{"erp": ofEach, "rms": ofEach}, s.Orders.ByModel)
	require.Positive(t, s.CallsPerOrder)
	require.Equal(t, map[string]int{"completed": 6, "cancelled": 1, "closed": 1}, s.Returns.ByOutcome)
	require.Positive(t, s.CallsPerReturn)
	require.GreaterOrEqual(t, s.HistoryEvents.Max, s.HistoryEvents.Median)
	require.Positive(t, s.HistoryEvents.Median)

	took := regexp.MustCompile(`The first order is in the Web UI after (\S+)\.`).FindStringSubmatch(printed)
	require.Len(t, took, 2, printed)
	t.Logf("the first order was in the Web UI after %s", took[1])
	require.Regexp(t, `Web UI: http://127\.0\.0\.1:\d+/namespaces/default/workflows`, printed)
}

func TestNothingIsLostWhenWorkerAndGatewayAreKilled(t *testing.T) {
	t.Parallel()
	s, printed := runDemo(t, "-orders", "12", "-faults", "some", "-seed", "2")
	require.Contains(t, printed, "kill -9 worker")
	require.Contains(t, printed, "kill -9 gateway")
	requireClean(t, s, 12)
}

func TestAnAnswerThatTheIRPLosesMakesNoSecondInvoice(t *testing.T) {
	t.Parallel()
	s, _ := runDemo(t, "-orders", "20", "-faults", "none", "-irp-loses", "3", "-kill=false", "-returns=false")
	requireClean(t, s, 20)
}

func TestAnOperatorsScriptRepairsWhatAjioRefuses(t *testing.T) {
	t.Parallel()
	s, printed := runDemo(t, "-orders", "20", "-faults", "none", "-refuse-every", "10", "-kill=false")
	require.Regexp(t, `The operator's script had [1-9]\d* parked steps tried again`, printed)
	requireClean(t, s, 20)
}

func requireClean(t *testing.T, s summary, orders int) {
	t.Helper()
	require.Equal(t, orders, s.Orders.Total)
	require.Zero(t, s.Orders.Open)
	require.Zero(t, s.Returns.Open)
	require.True(t, s.Audit.Clean)
	require.Empty(t, s.Audit.Mismatches)
	for name, count := range map[string]*int{
		"acknowledged_before_hold": s.Audit.BeforeHold, "acknowledged_after_customer_cancel": s.Audit.AfterTaken,
		"b2b_invoices_twice": s.Audit.Invoices, "erp_messages_twice": s.Audit.Messages,
		"manifests_over_250": s.Audit.Manifests, "stock_units_leaked": s.Audit.Stock,
		"irns_wrong": s.Audit.IRNs, "qrs_unverified": s.Audit.QRs, "invoice_numbers_missing": s.Audit.NumbersMissing,
		"invoice_numbers_twice": s.Audit.NumbersTwice, "registrations_wrong": s.Audit.Registrations,
		"cancelled_quantities_differ": s.Audit.Cancelled, "units_lost": s.Audit.UnitsLost, "qcs_twice": s.Audit.QCsTwice,
		"rtos_twice": s.Audit.RTOsTwice, "credit_notes_twice": s.Audit.NotesTwice, "credit_notes_wrong": s.Audit.NotesWrong,
		"rsis_wrong": s.Audit.RSIsWrong, "settlements_wrong": s.Audit.Settlements,
	} {
		require.NotNil(t, count, name)
		require.Zero(t, *count, name)
	}
}

func TestNoProcessOutlivesTheDemo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		signal   syscall.Signal
		exitCode int
	}{
		{"Ctrl-C", syscall.SIGINT, 130},
		{"kill -9", syscall.SIGKILL, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := startDemo(t, "-orders", "5")
			require.Eventually(t, func() bool { return regexp.MustCompile(`Web UI: http`).MatchString(d.printed()) },
				time.Minute, 50*time.Millisecond, "the demo does not come up")
			require.GreaterOrEqual(t, len(d.processes(t)), 4, "demo, simulator, gateway, worker")
			require.NoError(t, d.command.Process.Signal(test.signal))
			_ = d.command.Wait() // its state says the rest
			require.Equal(t, test.exitCode, d.command.ProcessState.ExitCode(), d.printed())
			d.requireNothingLeft(t)
		})
	}
}
