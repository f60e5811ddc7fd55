package main

import (
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
	for _, pob := range p.world.Pobs {
		random(p.erps[pob.Code].Faults)
		random(p.warehouses[pob.Code].Faults)
	}
	if every := p.world.Faults.ExpireEvery(); every > 0 {
		p.done.Go(func() { p.expire(every) })
	}
}

// expire lets the credentials of Ajio and of the ERPs run out under way, one call at a time: the next one comes
// when the last one has been met. The warehouses have none that could.
func (p *play) expire(every time.Duration) {
	queued := map[*simulate.Plan]int{}
	next := func(plan *simulate.Plan, ledger *simulate.Ledger, name string) {
		met := len(ledger.Calls(func(c simulate.Call) bool { return c.Fault == simulate.TokenExpired }))
		if met == queued[plan] {
			plan.Next(name, simulate.TokenExpired, 1)
			queued[plan]++
		}
	}
	for turn := 0; p.sleep(every); turn++ {
		names := []string{ajiotest.CallOrders, ajiotest.CallAcknowledge, ajiotest.CallGenerate, ajiotest.CallUpload}
		next(p.ajio.Faults, p.ajio.Ledger, names[turn%len(names)])
		for _, erp := range p.erps {
			next(erp.Faults, erp.Ledger, erptest.CallCreate)
		}
	}
}
