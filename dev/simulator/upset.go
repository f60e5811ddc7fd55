package main

import (
	"net/http"
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/simulate"
)

// upset makes every system as unreliable as the world wants it, each from a seed of its own.
func (p *play) upset() {
	seed := p.world.Seed
	random := func(plan *simulate.Plan) {
		plan.SlowFor, plan.HangFor = world.SlowFor, world.HangFor
		plan.Random(seed, p.world.Faults.Rates()...)
		seed++
	}
	random(p.ajio.Faults)
	random(p.irp.Faults)
	for _, pob := range p.world.Pobs {
		random(p.erps[pob.Code].Faults)
		random(p.warehouses[pob.Code].Faults)
	}
	if every := p.world.Faults.ExpireEvery(); every > 0 {
		p.done.Go(func() { p.expire(every) })
	}
}

// expire lets the credentials of Ajio and of the ERPs run out under way, one call at a time. The next one comes only
// when the last one was met a whole turn ago, and the first one when calls have succeeded: a call that meets two in a
// row rightly stops its order for a person. The warehouses have none that could run out.
func (p *play) expire(every time.Duration) {
	queued, metBefore := map[*simulate.Plan]int{}, map[*simulate.Plan]int{}
	next := func(plan *simulate.Plan, ledger *simulate.Ledger, name string) {
		met := len(ledger.Calls(func(c simulate.Call) bool { return c.Fault == simulate.TokenExpired }))
		worked := len(ledger.Calls(func(c simulate.Call) bool { return c.Name == name && c.Status == http.StatusOK })) > 0
		if worked && met == queued[plan] && met == metBefore[plan] {
			plan.Next(name, simulate.TokenExpired, 1)
			queued[plan]++
		}
		metBefore[plan] = met
	}
	for turn := 0; p.sleep(every); turn++ {
		names := []string{ajiotest.CallOrders, ajiotest.CallAcknowledge, ajiotest.CallGenerate, ajiotest.CallUpload}
		next(p.ajio.Faults, p.ajio.Ledger, names[turn%len(names)])
		for _, erp := range p.erps {
			next(erp.Faults, erp.Ledger, erptest.CallCreate)
		}
	}
}
