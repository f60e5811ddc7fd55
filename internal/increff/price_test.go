package increff_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/increff"
	"vmsflow/internal/order"
)

func TestSellingPriceIsPricePlusTaxPerUnitHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line order.POLine
		want order.Paise
	}{
		{order.POLine{Units: 2, BasePrice: 95000, IGST: 9500}, 99750},
		{order.POLine{Units: 2, BasePrice: 100, CGST: 1, SGST: 2}, 102}, // 1.5 paise of tax per unit
		{order.POLine{Units: 3, BasePrice: 100, IGST: 1}, 100},          // a third
		{order.POLine{Units: 3, BasePrice: 100, IGST: 1, Cess: 1}, 101}, // two thirds
		{order.POLine{Units: 1, BasePrice: 100, CGST: 9, SGST: 9, Cess: 2}, 120},
		{order.POLine{Units: 0, BasePrice: 100, IGST: 5}, 100},
	} {
		require.Equal(t, c.want, increff.SellingPrice(c.line), "%+v", c.line)
	}
}

func TestMergedLinesShareTheirAveragePrice(t *testing.T) {
	t.Parallel()
	require.Equal(t, order.Paise(157), increff.SellingPrice(
		order.POLine{Units: 1, BasePrice: 100, IGST: 5}, order.POLine{Units: 2, BasePrice: 180, IGST: 5},
	))
}

func TestPaymentMethod(t *testing.T) {
	t.Parallel()
	require.Equal(t, "COD", increff.PaymentMethod("COD"))
	require.Equal(t, "NCOD", increff.PaymentMethod("PREPAID"))
}
