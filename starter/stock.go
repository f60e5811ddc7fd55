package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vmsflow/internal/postgres"
)

func stockCommand(t *tool) *cobra.Command {
	command := &cobra.Command{
		Use:   "stock",
		Short: "Load and list the stock that orders reserve from",
		Example: `  starter stock load stock.csv
  starter stock list --pob DV0012345`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(stockLoadCommand(t), stockListCommand(t))
	return command
}

func stockLoadCommand(t *tool) *cobra.Command {
	return &cobra.Command{
		Use:   "load FILE",
		Short: "Set the units on hand from a CSV file",
		Long: `load sets the units on hand of the items in a CSV file; other items stay as they
are. FILE is - for the standard input. Its first line names the columns:

  pob,item_code,on_hand

on_hand counts all units in the warehouse, those that orders hold among them. If
any row is wrong, all wrong rows are reported and nothing is loaded.`,
		Example: `  starter stock load stock.csv
  erp-export | starter stock load -`,
		Args: named("FILE"),
		RunE: does(func(cmd *cobra.Command, args []string) error { return t.loadStock(cmd.Context(), args[0]) }),
	}
}

func stockListCommand(t *tool) *cobra.Command {
	var pob string
	command := &cobra.Command{
		Use:   "list",
		Short: "List the units on hand, reserved and free",
		Example: `  starter stock list
  starter stock list --pob DV0012345 --json`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return t.listStock(cmd.Context(), pob) }),
	}
	command.Flags().StringVar(&pob, "pob", "", "only this POB")
	return command
}

// stockFile is a CSV file that has been read: levels by POB, and where each stood.
type stockFile struct {
	levels map[string][]postgres.StockLevel
	lines  map[stockKey]int
	wrong  []error
}

type stockKey struct{ pob, item string }

func (f *stockFile) bad(line int, format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...)))
}

func (t *tool) loadStock(ctx context.Context, path string) error {
	if err := t.load(); err != nil {
		return err
	}
	in := t.in
	if path != "-" {
		opened, err := os.Open(path)
		if err != nil {
			return exit(exitUsage, "%w", err)
		}
		defer opened.Close()
		in = opened
	}
	file := readStock(in, t.channels.Pobs())
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	if err := file.checkReserved(ctx, db); err != nil {
		return err
	}
	if len(file.wrong) > 0 {
		return exit(exitFailed, "%s: nothing was loaded, %d rows are wrong:\n%w", path, len(file.wrong), errors.Join(file.wrong...))
	}
	loaded := map[string]int{}
	for _, pob := range slices.Sorted(maps.Keys(file.levels)) {
		if err := db.LoadStock(ctx, pob, file.levels[pob]); err != nil { // an order reserved just now
			return fmt.Errorf("%w; loaded before: %v", err, loaded)
		}
		loaded[pob] = len(file.levels[pob])
	}
	return t.print(loaded, func(w io.Writer) {
		row(w, "POB", "ITEMS LOADED")
		for _, pob := range slices.Sorted(maps.Keys(loaded)) {
			row(w, pob, loaded[pob])
		}
	})
}

var stockColumns = []string{"pob", "item_code", "on_hand"}

func readStock(in io.Reader, pobs []string) *stockFile {
	file := &stockFile{levels: map[string][]postgres.StockLevel{}, lines: map[stockKey]int{}}
	reader := csv.NewReader(in)
	reader.FieldsPerRecord = -1
	reader.TrimLeadingSpace = true
	header, err := reader.Read()
	if err == nil && len(header) > 0 {
		header[0] = strings.TrimPrefix(header[0], "\ufeff") // spreadsheets write it
	}
	if !slices.Equal(header, stockColumns) {
		file.bad(1, "must name the columns %s", strings.Join(stockColumns, ","))
		return file
	}
	for {
		cells, err := reader.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(file.lines) == 0 && len(file.wrong) == 0 {
				file.bad(1, "is followed by no rows")
			}
			return file
		case errors.As(err, &syntax):
			file.bad(syntax.Line, "%v", syntax.Err)
		case err != nil:
			file.wrong = append(file.wrong, err)
			return file
		default:
			line, _ := reader.FieldPos(0)
			file.take(line, cells, pobs)
		}
	}
}

// take enters a row, or says what is wrong with it.
func (f *stockFile) take(line int, cells, pobs []string) {
	if len(cells) != len(stockColumns) {
		f.bad(line, "has %d columns instead of %d", len(cells), len(stockColumns))
		return
	}
	pob, item := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])
	onHand, err := strconv.ParseInt(strings.TrimSpace(cells[2]), 10, 32) // the column is an integer
	first, twice := f.lines[stockKey{pob, item}]
	switch {
	case !slices.Contains(pobs, pob):
		f.bad(line, "POB %q is not in the channels file", pob)
	case item == "":
		f.bad(line, "item_code is empty")
	case err != nil || onHand < 0:
		f.bad(line, "on_hand %q is not a whole number from 0", cells[2])
	case twice:
		f.bad(line, "item %s of POB %s stands at line %d already", item, pob, first)
	default:
		f.lines[stockKey{pob, item}] = line
		f.levels[pob] = append(f.levels[pob], postgres.StockLevel{ItemCode: item, OnHand: int(onHand)})
	}
}

// checkReserved finds the rows that would take units from orders, before anything is loaded for any POB.
func (f *stockFile) checkReserved(ctx context.Context, db *postgres.DB) error {
	for _, pob := range slices.Sorted(maps.Keys(f.levels)) {
		stock, err := db.Stock(ctx, pob)
		if err != nil {
			return err
		}
		reserved := make(map[string]int, len(stock))
		for _, r := range stock {
			reserved[r.ItemCode] = r.Reserved
		}
		for _, level := range f.levels[pob] {
			if level.OnHand < reserved[level.ItemCode] {
				f.bad(f.lines[stockKey{pob, level.ItemCode}], "item %s of POB %s has %d units on hand, but orders hold %d",
					level.ItemCode, pob, level.OnHand, reserved[level.ItemCode])
			}
		}
	}
	return nil
}

// stockLine is one item in the list.
type stockLine struct {
	Pob string `json:"pob"`
	postgres.StockRow
	Free int `json:"free"`
}

func (t *tool) listStock(ctx context.Context, pob string) error {
	pobs, err := t.pobs(pob)
	if err != nil {
		return err
	}
	db, err := t.database(ctx)
	if err != nil {
		return err
	}
	lines := []stockLine{}
	for _, pob := range pobs {
		stock, err := db.Stock(ctx, pob)
		if err != nil {
			return err
		}
		for _, r := range stock {
			lines = append(lines, stockLine{Pob: pob, StockRow: r, Free: r.OnHand - r.Reserved})
		}
	}
	return t.print(lines, func(w io.Writer) {
		row(w, "POB", "ITEM", "ON HAND", "RESERVED", "FREE")
		for _, l := range lines {
			row(w, l.Pob, l.ItemCode, l.OnHand, l.Reserved, l.Free)
		}
	})
}
