package main

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
)

func rootCommand(t *tool) *cobra.Command {
	root := &cobra.Command{
		Use:   "starter",
		Short: "Set vmsflow up, look into its orders and returns and help them on",
		Long: `starter sets vmsflow up, says where an order or a return stands and what needs a
person, carries a person's answer to a parked step, tells an order or a return what
its senders could not, and loads stock.

` + exitCodes + `
Environment:
  DATABASE_URL      the database
  VMSFLOW_CHANNELS  the channels file (default channels.yaml); secrets are not read
  VMSFLOW_WEB_UI    where the Temporal Web UI is (default http://localhost:8233)
  TEMPORAL_*        the Temporal server, as for its own tools: TEMPORAL_ADDRESS,
                    TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_PROFILE, …`,
		Example: `  starter setup
  starter attention
  starter status S1725110042
  starter retry S1725110042
  starter close-return R2511240077 --why "settled by mail with Ajio"
  starter stock load stock.csv`,
		Args:              cobra.NoArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&t.format, "output", "o", "table", "how results are written: table or json")
	flags.BoolVar(&t.json, "json", false, "short for --output json")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		_, spreadsheet := cmd.Annotations[csvToo]
		switch {
		case t.format == "table" || t.format == "csv" && spreadsheet:
		case t.format == "json":
			t.json = true
		default:
			return fmt.Errorf("--output %q: write table or json", t.format)
		}
		return nil
	}
	root.AddCommand(
		setupCommand(t), syncCommand(t), attentionCommand(t), statusCommand(t), retryCommand(t), skipCommand(t), cancelCommand(t),
		generateRTOCommand(t), finishQCCommand(t), closeReturnCommand(t), cancelledCommand(t), abandonedCommand(t),
		returnsCommand(t), settlementsCommand(t), documentCommand(t), signalCommand(t), stockCommand(t),
	)
	return root
}

// csvToo marks a command whose result can be written for a spreadsheet as well.
const csvToo = "csv"

const noSuchTable = "42P01" // Postgres's undefined_table

// does makes a command's work one whose errors carry an exit code: 1 unless they say otherwise.
func does(work func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := work(cmd, args)
		var coded *exitError
		if err == nil || errors.As(err, &coded) {
			return err
		}
		if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == noSuchTable {
			return exit(exitFailed, "the database has no tables yet: run starter setup (%w)", err)
		}
		if unreachable(err) {
			return &exitError{code: exitUnreachable, err: err}
		}
		return &exitError{code: exitFailed, err: err}
	}
}

// named checks the arguments of a command and says what is missing in the words of its usage line.
func named(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s: %s is missing; usage: %s", cmd.CommandPath(), names[len(args)], cmd.UseLine())
		}
		if len(args) > len(names) {
			return fmt.Errorf("%s: %q is too much; usage: %s", cmd.CommandPath(), args[len(names)], cmd.UseLine())
		}
		return nil
	}
}
