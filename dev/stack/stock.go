package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vmsflow/dev/simulator/world"
)

// stockFile writes what `starter stock load` reads.
func stockFile(w world.World) []byte {
	var file strings.Builder
	file.WriteString("pob,item_code,on_hand\n")
	for _, pob := range w.Pobs {
		stock := w.Stock(pob.Code)
		for _, item := range slices.Sorted(maps.Keys(stock)) {
			fmt.Fprintf(&file, "%s,%s,%d\n", pob.Code, item, stock[item])
		}
	}
	return []byte(file.String())
}
