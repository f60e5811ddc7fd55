package main

import (
	"crypto/rsa"
	"time"

	"vmsflow/dev/simulator/world"
	"vmsflow/internal/ajio/ajiotest"
	"vmsflow/internal/erp/erptest"
	"vmsflow/internal/gst"
	"vmsflow/internal/irp/irptest"
	"vmsflow/internal/order"
	"vmsflow/internal/warehouse/warehousetest"
)

// patience of the ERPs and warehouses with the gateway. Real ones wait longer before they repeat.
const (
	retryEvery    = 500 * time.Millisecond
	maxRetryAfter = 5 * time.Second
)

func (p *play) marketplace() (*ajiotest.Server, error) {
	o := ajiotest.Options{
		Partner: world.Partner, ThrottlePerMinute: world.RequestsPerMinute, Seed: p.world.Seed,
		PODelay:       func(orderID string) time.Duration { return p.order(orderID).POAfter },
		DocumentDelay: p.world.Timing.DocumentAfter,
		RTODelay:      p.world.Timing.ShowRTOAfter, // RSIs are there at once: vmsflow asks for them again only after a minute
		RefuseEvery:   p.world.RefuseEvery,
	}
	for _, pob := range p.world.Pobs {
		state, err := gst.StateOf(pob.GSTIN) // by it Ajio splits the tax of the purchase order
		if err != nil {
			return nil, err
		}
		account := ajiotest.Account{Pob: pob.Code, Username: pob.Code, Password: world.Password, State: state, ReturnModel: pob.Settlement}
		if pob.Model == order.RMSModel {
			account.BuyerGSTIN = pob.Buyer.GSTIN
		}
		o.Accounts = append(o.Accounts, account)
	}
	return ajiotest.New(o), nil
}

// erp is the ERP of the i-th POB. All ERPs and the portal sign with one key, as one portal signs the invoices of all ERPs.
func (p *play) erp(i int, gateway, self string, key *rsa.PrivateKey) *erptest.Server {
	code := p.world.Pobs[i].Code
	return erptest.New(erptest.Options{
		GatewayURL: gateway, GatewayUsername: code, GatewayPassword: world.Password,
		PublicURL: self + "/" + code + "/erp",
		Username:  code, Password: world.Password, DynamicAuth: true,
		Behaviour:    p.invoicing,
		InvoiceDelay: p.world.Timing.InvoiceAfter,
		Note:         p.crediting, NoteDelay: p.world.Timing.NoteAfter, LateBy: p.world.Timing.NoteLateBy,
		RetryEvery: retryEvery, MaxRetryAfter: maxRetryAfter,
		FirstInvoice: i*100_000 + 1, FirstNote: i*100_000 + 1, // one seller: no number at two POBs
		VaryForms: true, Key: key,
	})
}

func (p *play) warehouse(pob world.Pob, gateway string) *warehousetest.Server {
	return warehousetest.New(warehousetest.Options{
		GatewayURL: gateway, GatewayUsername: pob.Code, GatewayPassword: world.Password,
		Username: pob.Code, Password: world.Password,
		Behaviour: p.packing,
		PackDelay: p.world.Timing.PackAfter, ManifestEvery: p.world.Timing.ManifestEvery, CombinedShare: 0.2,
		RetryEvery: retryEvery, MaxRetryAfter: maxRetryAfter,
	})
}

// portal is the IRP, with an account for each seller whose invoices vmsflow registers.
func (p *play) portal(key *rsa.PrivateKey) *irptest.Server {
	o := irptest.Options{Key: key, LoseEvery: p.world.IRPLoseEvery}
	registered := map[string]bool{}
	for _, pob := range p.world.Pobs {
		if pob.Model != order.RMSModel || registered[pob.GSTIN] {
			continue
		}
		registered[pob.GSTIN] = true
		o.Accounts = append(o.Accounts, irptest.Account{
			GSTIN: pob.GSTIN, ClientID: world.ClientID, ClientSecret: world.Password, Username: pob.GSTIN, Password: world.Password,
		})
	}
	return irptest.New(o)
}
