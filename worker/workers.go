package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"vmsflow/activities"
	"vmsflow/internal/ajio"
	"vmsflow/internal/config"
	"vmsflow/internal/erp"
	"vmsflow/internal/fetch"
	"vmsflow/internal/irp"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/warehouse"
	"vmsflow/workflows"
	"vmsflow/workflows/contract"
)

const (
	// stopTimeout is how long a worker that is told to stop lets calls finish: longer than most calls take, shorter
	// than a supervisor's patience. What is cut off is repeated elsewhere, after reading back.
	stopTimeout = 20 * time.Second
	// sweepAge is how long a gateway has to signal a message before the sweep does it.
	sweepAge = 30 * time.Second
	// ajioInFlight keeps few calls of a POB under way at once. Ajio's throttle is the bottleneck, and what is in flight
	// can no longer be overtaken by something more urgent.
	ajioInFlight = 8
)

// options are those of every worker. A worker that can no longer work ends the process through fatal, for a supervisor
// to start it again; a process that looks healthy and polls nothing would be worse.
func options(fatal func(error)) worker.Options {
	return worker.Options{
		WorkerStopTimeout: stopTimeout,
		OnFatalError:      fatal,
		Interceptors:      []interceptor.WorkerInterceptor{activities.PatienceInterceptor(activities.Patience), activities.PulseInterceptor()},
	}
}

func activitiesOnly(fatal func(error)) worker.Options {
	o := options(fatal)
	o.DisableWorkflowWorker = true
	return o
}

// newWorkers makes one worker per task queue: the orders, the ERPs, the warehouses, and Ajio for each POB.
func newWorkers(temporal client.Client, db *postgres.DB, channels config.Channels, fatal func(error)) ([]worker.Worker, error) {
	erps := &activities.ERP{DB: db, Channels: map[string]activities.ERPChannel{}}
	documents := &activities.Documents{DB: db, Fetchers: map[string]*fetch.Fetcher{}}
	einvoices := &activities.EInvoice{DB: db, Channels: map[string]activities.EInvoiceChannel{}}
	warehouses := &activities.Warehouse{DB: db, Clients: map[string]*warehouse.Client{}}
	orders := worker.New(temporal, contract.QueueOrders, options(fatal))
	erpWorker := worker.New(temporal, contract.QueueERP, activitiesOnly(fatal))
	warehouseWorker := worker.New(temporal, contract.QueueWarehouse, activitiesOnly(fatal))
	einvoiceWorker := worker.New(temporal, contract.QueueEInvoice, activitiesOnly(fatal))
	workers := []worker.Worker{orders, erpWorker, warehouseWorker, einvoiceWorker}

	var problems []error
	for _, channel := range channels {
		ajioWorker, err := newAjioWorker(temporal, db, channel, fatal)
		if err != nil {
			problems = append(problems, fmt.Errorf("%v: %w", channel, err))
			continue
		}
		workers = append(workers, ajioWorker)
		if err := addChannel(erps, warehouses, channel); err != nil {
			problems = append(problems, fmt.Errorf("%v: %w", channel, err))
		}
		if err := addEInvoicing(einvoices, channel); err != nil {
			problems = append(problems, fmt.Errorf("%v: %w", channel, err))
		}
		documents.Fetchers[channel.Pob] = fetch.New(fetch.Options{AllowedHosts: channel.ERP.DocumentHosts})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	workflows.Register(orders)
	orders.RegisterActivity(&activities.Orders{DB: db})
	orders.RegisterActivity(&activities.Invoices{Rules: channels.InvoiceRules()})
	orders.RegisterActivity(&activities.Returns{DB: db})
	orders.RegisterActivity(&activities.QC{Tables: channels.QCTables()})
	einvoiceWorker.RegisterActivity(einvoices)
	orders.RegisterActivity(&activities.Messages{
		DB: db, Temporal: temporal, MinAge: sweepAge, Policies: channels.ReturnPolicies(),
	})
	orders.RegisterActivity(&activities.Sweeps{DB: db, Temporal: temporal, Pobs: channels.Pobs()})
	erpWorker.RegisterActivity(erps)
	erpWorker.RegisterActivity(documents)
	warehouseWorker.RegisterActivity(warehouses)
	return workers, nil
}

func newAjioWorker(temporal client.Client, db *postgres.DB, channel config.Channel, fatal func(error)) (worker.Worker, error) {
	ajioClient, err := ajio.New(ajio.Config{
		BaseURL: channel.Ajio.BaseURL, Partner: channel.Ajio.Partner, Pob: channel.Pob,
		Username: channel.Ajio.Username, Password: channel.Ajio.Password, PageBase: channel.Ajio.PageBase,
		Pace: pace(db, channel),
	})
	if err != nil {
		return nil, err
	}
	o := activitiesOnly(fatal)
	o.MaxConcurrentActivityExecutionSize = ajioInFlight
	w := worker.New(temporal, contract.QueueAjio(channel.Pob), o)
	w.RegisterActivity(&activities.Ajio{Client: ajioClient, DB: db})
	w.RegisterActivity(&activities.Intake{
		Client: ajioClient, DB: db, Temporal: temporal, Policy: channel.Policy(), ReturnPolicy: channel.ReturnPolicy(),
		Lookback: channel.Sync.Lookback,
	})
	return w, nil
}

// pace keeps all workers together within the calls a minute that Ajio allows a POB.
func pace(db *postgres.DB, channel config.Channel) func(context.Context) error {
	return func(ctx context.Context) error {
		wait, err := db.TakeAjioSlot(ctx, channel.Pob, channel.Ajio.RequestsPerMinute)
		if err != nil || wait == 0 {
			return err
		}
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// addEInvoicing makes what a POB of the RMS model makes its invoices with.
func addEInvoicing(einvoices *activities.EInvoice, channel config.Channel) error {
	if channel.InvoicingModel != order.RMSModel {
		return nil
	}
	client, err := irp.New(irp.Config{
		BaseURL: channel.IRP.BaseURL, ClientID: channel.IRP.ClientID, ClientSecret: channel.IRP.ClientSecret,
		GSTIN: channel.Seller.GSTIN, Username: channel.IRP.Username, Password: channel.IRP.Password,
	})
	if err != nil {
		return err
	}
	einvoices.Channels[channel.Pob] = activities.EInvoiceChannel{
		IRP: client, Keys: channel.Tax.Keys, Seller: channel.SellerParty(), Buyer: channel.BuyerParty(),
		PlaceOfSupply: channel.Partner.PlaceOfSupply, Prefix: channel.InvoicePrefix,
	}
	return nil
}

// addChannel makes the clients for a POB's ERP and warehouse. In the RMS model there need not be an ERP, or only one for
// returns.
func addChannel(erps *activities.ERP, warehouses *activities.Warehouse, channel config.Channel) error {
	warehouseClient, err := warehouse.New(warehouse.Config{BaseURL: channel.Warehouse.BaseURL, Headers: channel.Warehouse.Headers})
	if err != nil {
		return err
	}
	warehouses.Clients[channel.Pob] = warehouseClient
	if channel.ERP.OrderURL == "" && channel.ERP.ReturnURL == "" {
		return nil
	}
	erpClient, err := erp.New(erp.Config{
		OrderURL: channel.ERP.OrderURL, ReturnURL: channel.ERP.ReturnURL,
		CredentialURL: channel.ERP.CredentialURL, Headers: channel.ERP.Headers,
	})
	if err != nil {
		return err
	}
	erps.Channels[channel.Pob] = activities.ERPChannel{Client: erpClient, Channel: erp.Channel{
		Pob: channel.Pob, PartnerCode: channel.Partner.Code, PartnerLocationCode: channel.Partner.LocationCode,
		SellerGSTIN: channel.Seller.GSTIN, PartnerGSTIN: channel.Partner.GSTIN, PlaceOfSupply: channel.Partner.PlaceOfSupply,
		BillingAddress: erp.Address{
			Name: channel.Partner.Address.Name, Line1: channel.Partner.Address.Line1, Line2: channel.Partner.Address.Line2,
			Line3: channel.Partner.Address.Line3, City: channel.Partner.Address.City, State: channel.Partner.Address.State,
			Zip: channel.Partner.Address.Zip, Country: channel.Partner.Address.Country,
		},
	}}
	return nil
}
