package activities

import (
	"context"
	"encoding/json"
	"time"

	"vmsflow/internal/erp"
	"vmsflow/internal/order"
)

// PostReturnInput is a return for the ERP, with its QC as Ajio has taken it.
type PostReturnInput struct {
	Expectation order.Expectation `json:"expectation"`
	// Units are those of the return's lines; surplus units are not the ERP's to know.
	Units   []order.UnitResult    `json:"units"`
	Shipped order.Shipped         `json:"shipped"`
	Model   order.SettlementModel `json:"model"`
}

// PostReturn tells the ERP of a return (RETURN_ORDER_COMPLETE), so that it makes the credit note. As with orders the
// message is stored before the first attempt, here under the return's id, and every attempt carries the same messageId.
func (a *ERP) PostReturn(ctx context.Context, in PostReturnInput) error {
	channel, err := a.channel(in.Expectation.Pob, erp.Returns)
	if err != nil {
		return err
	}
	message, err := a.DB.StoreERPMessage(ctx, in.Expectation.Pob, in.Expectation.ReturnID, erp.ReturnOrderComplete,
		func(messageID int64) ([]byte, error) {
			return json.Marshal(erp.NewReturn(erp.ReturnPosting{
				MessageID: messageID, EventTime: time.Now(), Expectation: in.Expectation, Units: in.Units,
				Shipped: in.Shipped, Model: in.Model, Channel: channel.Channel,
			}))
		})
	if err != nil {
		return err
	}
	return a.send(ctx, channel, erp.Returns, message)
}
