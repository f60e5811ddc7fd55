package activities

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
)

// ERP holds the postings to the clients' ERPs.
type ERP struct {
	DB *postgres.DB
	// Channels gives each POB's ERP.
	Channels map[string]ERPChannel
}

// ERPChannel is the ERP of one POB and how it knows the POB.
type ERPChannel struct {
	Client  *erp.Client
	Channel erp.Channel
}

// PostOrderInput is an order for the ERP, with its final quantities.
type PostOrderInput struct {
	Order order.Order         `json:"order"`
	PO    order.PurchaseOrder `json:"po"`
}

// PostOrder tells the ERP of the B2B order (OUTWARD_ORDER_CREATE), so that it makes the e-invoice. The message is
// stored before the first attempt: whatever happens, every attempt carries the same messageId, by which the ERP
// drops repeats.
func (a *ERP) PostOrder(ctx context.Context, in PostOrderInput) error {
	return a.post(ctx, in, erp.OutwardOrderCreate, erp.NewCreate)
}

// CancelPostingInput takes an order back that may have been posted.
type CancelPostingInput struct {
	PostOrderInput
	Reason string `json:"reason"` // one of order's reasons
}

// CancelPosting takes a posted order back as a whole (OUTWARD_ORDER_CANCEL). An order of which the ERP cannot
// have heard needs none. Where the posting's answer was lost it is posted again first, because a CANCEL before its
// CREATE would be lost itself.
func (a *ERP) CancelPosting(ctx context.Context, in CancelPostingInput) error {
	created, err := a.DB.FindERPMessage(ctx, in.Order.Pob, in.Order.ID, erp.OutwardOrderCreate)
	if errors.Is(err, postgres.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if created.AcceptedAt == nil {
		err := a.PostOrder(ctx, in.PostOrderInput)
		if err != nil && RefusalOf(err).Attention == AttentionERPRefused {
			return nil // it refused the order, so it does not have it
		}
		if err != nil {
			return err
		}
	}
	return a.post(ctx, in.PostOrderInput, erp.OutwardOrderCancel, func(p erp.Posting) erp.OrderMessage {
		return erp.NewCancel(p, in.Reason)
	})
}

func (a *ERP) post(ctx context.Context, in PostOrderInput, event string, write func(erp.Posting) erp.OrderMessage) error {
	channel, err := a.channel(in.Order.Pob, erp.Orders)
	if err != nil {
		return err
	}
	known, err := a.DB.Order(ctx, in.Order.Pob, in.Order.ID)
	if err != nil {
		return err
	}
	message, err := a.DB.StoreERPMessage(ctx, in.Order.Pob, in.Order.ID, event, func(messageID int64) ([]byte, error) {
		return json.Marshal(write(erp.Posting{
			MessageID: messageID, OmsOrderID: known.ID, OmsItemIDs: known.ItemIDs, EventTime: time.Now(),
			Order: in.Order, PO: in.PO, Channel: channel.Channel,
		}))
	})
	if err != nil {
		return err
	}
	return a.send(ctx, channel, erp.Orders, message)
}

// send posts a stored message, unless the ERP has taken it already.
func (a *ERP) send(ctx context.Context, channel ERPChannel, book erp.Book, message postgres.ERPMessage) error {
	if message.AcceptedAt != nil {
		return nil
	}
	answer, err := channel.Client.Post(ctx, book, message.Body)
	if err != nil {
		return fromERP(err)
	}
	return a.DB.MarkERPAccepted(ctx, message.MessageID, answer.Status, answer.Body)
}

// channel finds a POB's ERP that has this book.
func (a *ERP) channel(pob string, book erp.Book) (ERPChannel, error) {
	channel, ok := a.Channels[pob]
	if !ok {
		return ERPChannel{}, unknownPob(pob)
	}
	if !channel.Client.Has(book) {
		return ERPChannel{}, Refuse(AttentionConfiguration, nil,
			"POB %s has no erp.%s_url in this worker's channels file; write it there, restart the worker, then retry", pob, book)
	}
	return channel, nil
}

// unknownPob parks a step on a worker whose channels file has lost the POB.
func unknownPob(pob string) error {
	return Refuse(AttentionConfiguration, nil, "POB %s is not in this worker's channels file; put it back, restart the worker, then retry", pob)
}
