package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vmsflow/internal/order"
	"vmsflow/workflows/contract"
)

func cancelCommand(t *tool) *cobra.Command {
	a := &answer{verb: "cancel", update: contract.UpdateCancelOrder, kinds: []string{kindOrder}, mustSay: "why the order is cancelled"}
	var lines, items []string
	command := &cobra.Command{
		Use:   "cancel [ORDER…]",
		Short: "Cancel orders, or some of their units, for the seller",
		Long: `cancel takes orders back for the seller: at Ajio, in the ERP, in the warehouse and
in stock. With --line or --item it cancels these units of one order only, and the
rest goes on. The order refuses what the law or the stage no longer allows.

Orders are named or selected by flags as for starter retry; they need not be parked.
"done" says that the order accepted; taking it back everywhere takes longer. A return
is not cancelled but given up: starter close-return.`,
		Example: `  starter cancel S1725110042 --why "sold twice"
  starter cancel S1725110042 --line S17251100420001=1 --why "one is damaged"
  starter cancel --attention po_overdue --pob DV0012345 --why "agreed with Ajio" --dry-run`,
		RunE: does(func(cmd *cobra.Command, names []string) error {
			units, err := readUnits(lines, items, names)
			if err != nil {
				return exit(exitUsage, "%w", err)
			}
			a.payload = func(w *work) (any, error) { return units.request(w, a.why) }
			return t.answer(cmd.Context(), a, names)
		}),
	}
	a.flags(command)
	command.Flags().BoolVar(&a.filter.parked, "parked", false, "only what is parked at a step")
	command.Flags().StringArrayVar(&lines, "line", nil, "only these units: ORDER_ITEM_ID=UNITS; may be repeated")
	command.Flags().StringArrayVar(&items, "item", nil, "only these units: ITEM_CODE=UNITS; may be repeated")
	return command
}

// someUnits are the units of one order that are cancelled; none of them means all.
type someUnits struct {
	lines order.Quantities
	items []order.SKUUnits
}

func readUnits(lines, items, names []string) (someUnits, error) {
	var units someUnits
	if len(lines)+len(items) == 0 {
		return units, nil
	}
	if len(names) != 1 || len(lines) > 0 && len(items) > 0 {
		return units, errors.New("units are those of one order: name it, and write either --line or --item")
	}
	byLine, lineErr := countUnits("--line", lines)
	byItem, itemErr := countUnits("--item", items)
	units.lines = byLine
	for _, code := range byItem.IDs() {
		units.items = append(units.items, order.SKUUnits{ItemCode: code, Units: byItem[code]})
	}
	return units, errors.Join(lineErr, itemErr)
}

// countUnits reads NAME=UNITS, each name once.
func countUnits(flag string, counts []string) (order.Quantities, error) {
	units := order.Quantities{}
	for _, count := range counts {
		at := strings.LastIndex(count, "=")
		if at < 1 {
			return nil, fmt.Errorf("%s %q: write what, = and how many units", flag, count)
		}
		name, number := count[:at], count[at+1:]
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s %s: %q is not a number of units from 1", flag, name, number)
		}
		if _, twice := units[name]; twice {
			return nil, fmt.Errorf("%s names %s twice", flag, name)
		}
		units[name] = n
	}
	return units, nil
}

// request is what the order is asked. It never widens: units that the order does not have are no whole order.
func (u someUnits) request(w *work, why string) (any, error) {
	asked := contract.CancelRequest{Reason: why}
	switch w.Kind {
	case kindOrder:
	case kindReturn:
		return nil, errors.New("only orders are cancelled; starter close-return gives a return up, and its units are settled by hand")
	default:
		return nil, errors.New("only orders are cancelled; starter skip gives a manifest up, and its parcels try again alone")
	}
	var lines []order.Line
	live := order.Quantities{}
	for _, l := range w.lines {
		lines = append(lines, order.Line{OrderItemID: l.OrderItemID, ItemCode: l.ItemCode})
		live[l.OrderItemID] = l.Live
	}
	for _, id := range u.lines.IDs() {
		if !slices.ContainsFunc(lines, func(l order.Line) bool { return l.OrderItemID == id }) {
			return nil, fmt.Errorf("the order has no line %s; it has %s", id, strings.Join(live.IDs(), ", "))
		}
		if u.lines[id] > live[id] {
			return nil, fmt.Errorf("line %s has %d live units, not %d", id, live[id], u.lines[id])
		}
	}
	switch {
	case len(u.lines) > 0:
		asked.Units = u.lines
	case len(u.items) > 0:
		byLine, err := order.ByLine(lines, live, u.items)
		if err != nil {
			return nil, err
		}
		asked.Units = byLine
	}
	return asked, nil
}
