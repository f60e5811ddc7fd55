package warehousetest

import "vmsflow/internal/increff"

// ExpectedState is a return that vmsflow has announced.
type ExpectedState struct {
	ReturnCode string `json:"return_code"`
	OrderCode  string `json:"order_code"`
	Pob        string `json:"pob"`
	OrderType  string `json:"order_type"`
	Units      []Unit `json:"units"`
}

// ReturnState is a parcel that came back.
type ReturnState struct {
	ReturnCode  string      `json:"return_code,omitempty"` // empty for an RTO that nobody had announced
	OrderCode   string      `json:"order_code"`
	Pob         string      `json:"pob"`
	AWB         string      `json:"awb"`
	Transporter string      `json:"transporter"`
	Status      Status      `json:"status"`
	Units       []UnitState `json:"units"`
	// Restocked are the units that passed and whose call the gateway took, by SKU: they are on the shelf again.
	Restocked map[string]int `json:"restocked"`
	Attempts  int            `json:"attempts"` // calls to the gateway
	Answer    string         `json:"answer,omitempty"`
}

// UnitState is one unit of a parcel with its QC.
type UnitState struct {
	Unit
	QcStatus string `json:"qc_status,omitempty"` // PASS or FAIL; empty for a unit that no call names
	QcReason string `json:"qc_reason,omitempty"`
	Reported bool   `json:"reported"` // the gateway took the call that names it
}

func (e *expectation) state() ExpectedState {
	return ExpectedState{
		ReturnCode: e.body.ReturnOrderCode, OrderCode: e.body.ForwardOrderCode, Pob: e.body.LocationCode,
		OrderType: e.body.OrderType, Units: append([]Unit{}, e.units...),
	}
}

func (p *parcel) state() ReturnState {
	state := ReturnState{
		ReturnCode: p.ReturnCode, OrderCode: p.OrderCode, Pob: p.Pob, AWB: p.AWB, Transporter: p.Transporter,
		Status: p.status, Units: []UnitState{}, Restocked: map[string]int{}, Attempts: p.attempts, Answer: p.answer,
	}
	for _, u := range p.units {
		unit := UnitState{Unit: u.Unit, QcReason: u.Reason, Reported: u.reported}
		switch {
		case u.Unnamed:
			unit.QcReason = ""
		case u.Reason != "":
			unit.QcStatus = increff.QCFail
		default:
			unit.QcStatus = increff.QCPass
		}
		if unit.QcStatus == increff.QCPass && u.reported {
			state.Restocked[u.SKU]++
		}
		state.Units = append(state.Units, unit)
	}
	return state
}
