package rms_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/rms"
)

func TestTheStorysInvoice(t *testing.T) {
	t.Parallel()
	inv := made(t, story())
	require.Equal(t, rms.Invoice{
		Number: storyNumber, Date: date(2025, time.November, 17), IRN: storyIRN,
		Seller: seller(), Buyer: buyer(), PlaceOfSupply: "29", OrderID: "S1725110042",
		PONumber: "4700123456", PODate: date(2025, time.November, 17), Split: gst.IGST,
		Lines: []rms.Line{
			{
				OrderItemID: shirt, ItemCode: "469876543001", EAN: "8901234567890", Description: "Slim Fit Cotton Shirt", HSN: "62052000",
				Units: 2, UnitPrice: 950_00, Taxable: 1900_00, Rate: 500, Tax: rms.Tax{IGST: 95_00}, Total: 1995_00,
			},
			{
				OrderItemID: polo, ItemCode: "469880012004", EAN: "8901234567906", Description: "Polo T-shirt", HSN: "61091000",
				Units: 1, UnitPrice: 1200_00, Taxable: 1200_00, Rate: 500, Tax: rms.Tax{IGST: 60_00}, Total: 1260_00,
			},
		},
		MainHSN: "62052000", Taxable: 3100_00, Tax: rms.Tax{IGST: 155_00}, Total: 3255_00,
	}, inv)
	require.Equal(t, order.Quantities{shirt: 2, polo: 1}, inv.Quantities())
	require.Equal(t, 3, inv.Units())
	require.False(t, inv.NeedsEWayBill())
}

func TestAnInvoiceReadsBackFromJSONAsItWas(t *testing.T) {
	t.Parallel()
	inv := made(t, story())
	text, err := json.Marshal(inv)
	require.NoError(t, err)
	var again rms.Invoice
	require.NoError(t, json.Unmarshal(text, &again))
	require.True(t, inv.Date.Equal(again.Date))
	require.True(t, inv.PODate.Equal(again.PODate))
	again.Date, again.PODate = inv.Date, inv.PODate
	require.Equal(t, inv, again)
}

func TestOnlyWhatWasPackedIsInvoiced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		packed         order.Quantities
		lines          int
		taxable, total order.Paise
		mainHSN        string
	}{
		{"one shirt of two", order.Quantities{shirt: 1, polo: 1}, 2, 2150_00, 2257_50, "61091000"},
		{"no polo", order.Quantities{shirt: 2}, 1, 1900_00, 1995_00, "62052000"},
		{"no polo, said so", order.Quantities{shirt: 2, polo: 0}, 1, 1900_00, 1995_00, "62052000"},
		{"the polo alone", order.Quantities{polo: 1}, 1, 1200_00, 1260_00, "61091000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := story()
			d.Packed = c.packed
			inv := made(t, d)
			require.Len(t, inv.Lines, c.lines)
			require.Equal(t, c.taxable, inv.Taxable)
			require.Equal(t, c.total, inv.Total)
			require.Equal(t, c.mainHSN, inv.MainHSN)
		})
	}
}

// A paisa more or less than IGST: CGST and SGST are each rounded, so that they are equal.
func TestInsideOneStateBothHalvesAreEqual(t *testing.T) {
	t.Parallel()
	inv := made(t, within())
	require.Equal(t, gst.CGSTAndSGST, inv.Split)
	require.Equal(t, rms.Tax{CGST: 77_50, SGST: 77_50}, inv.Tax)
	require.Equal(t, order.Paise(3255_00), inv.Total)

	for _, c := range []struct{ price, half order.Paise }{
		{950_20, 23_76},  // 23.755 each
		{950_60, 23_77},  // 23.765 each
		{950_10, 23_75},  // 23.7525 each
		{2500_00, 62_50}, // even
	} {
		d := within()
		line := &d.PO.Lines[0]
		line.BasePrice, line.Units = c.price, 1
		d.Packed = order.Quantities{shirt: 1}
		d.PO.Lines = d.PO.Lines[:1]
		d.PO.Amount = c.price + 2*c.half
		inv := made(t, d)
		require.Equal(t, rms.Tax{CGST: c.half, SGST: c.half}, inv.Tax, c.price)
		require.Equal(t, c.price+2*c.half, inv.Total)
	}
}

func TestTheRateIsThatOfTheUnitsPriceOnTheInvoicesDay(t *testing.T) {
	t.Parallel()
	var (
		lastDay = date(2025, time.September, 21)
		reform  = date(2025, time.September, 22)
	)
	for _, c := range []struct {
		name  string
		hsn   string
		price order.Paise
		date  time.Time
		want  gst.Rate
	}{
		{"exactly 2,500.00", "62052000", 2500_00, reform, 500},
		{"2,500.01", "62052000", 2500_01, reform, 1800},
		{"footwear at 2,500.00", "64039990", 2500_00, reform, 500},
		{"footwear at 2,500.01", "64039990", 2500_01, reform, 1800},
		{"before, exactly 1,000.00", "62052000", 1000_00, lastDay, 500},
		{"before, 1,000.01", "62052000", 1000_01, lastDay, 1200},
		{"1,000.01 since", "62052000", 1000_01, reform, 500},
		{"a second before midnight in IST", "62052000", 1200_00, time.Date(2025, time.September, 21, 18, 29, 59, 0, time.UTC), 1200},
		{"midnight in IST", "62052000", 1200_00, time.Date(2025, time.September, 21, 18, 30, 0, 0, time.UTC), 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := made(t, single(c.hsn, c.price, c.want, c.date))
			require.Equal(t, c.want, inv.Lines[0].Rate)
			require.Equal(t, order.Paise(gst.LineTax(int64(c.price), c.want, gst.IGST).IGST), inv.Tax.IGST)
		})
	}

	t.Run("the price of one unit decides, not that of the line", func(t *testing.T) {
		t.Parallel()
		d := story()
		d.PO.Lines[0].Units, d.Packed[shirt] = 3, 3 // 2,850 together
		d.PO.Amount = 4252_50
		require.Equal(t, gst.Rate(500), made(t, d).Lines[0].Rate)
	})
}

func TestTheFinancialYearOfANumberBeginsAtMidnightInIST(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, time.March, 31, 18, 29, 59, 0, time.UTC), "AJ/25-26/000421"},
		{time.Date(2026, time.March, 31, 18, 30, 0, 0, time.UTC), "AJ/26-27/000421"},
	} {
		number := rms.Number("AJ", gst.FinancialYear(c.at), 421)
		require.Equal(t, c.want, number)
		d := story()
		d.Date = c.at
		inv, err := rms.Make(d, number, gst.DefaultRates())
		require.NoError(t, err)
		require.Equal(t, gst.IRN(d.Seller.GSTIN, c.at, gst.Invoice, number), inv.IRN)
	}
}

// Each check finds its own fault and nothing else, and says what to mend.
func TestWhatDoesNotAgreeIsNoInvoice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(d *rms.Draft)
		want  rms.Reason
		text  string
	}{
		{"no rate row", func(d *rms.Draft) { d.PO.Lines[0].HSN = "42022210" }, rms.NoRate, "add a row"},
		{"Ajio charges CGST and SGST", func(d *rms.Draft) { d.PO.Lines[0].IGST, d.PO.Lines[0].CGST, d.PO.Lines[0].SGST = 0, 47_50, 47_50 }, rms.SplitDiffers, "bears IGST"},
		{"Ajio charges a cess", func(d *rms.Draft) { d.PO.Lines[0].Cess = 1 }, rms.SplitDiffers, "a cess of 0.01"},
		{"Ajio's rate is another", func(d *rms.Draft) { d.PO.Lines[0].TaxRate = 1200 }, rms.RateDiffers, "HSN 62052000 at 950.00 a unit bears 5 % on 17/11/2025, Ajio's purchase order says 12 %"},
		{"Ajio has no rate", func(d *rms.Draft) { d.PO.Lines[0].TaxRate, d.PO.Lines[0].IGST = 0, 0 }, rms.RateDiffers, "says 0 %"},
		{"HSN of seven digits", func(d *rms.Draft) { d.PO.Lines[0].HSN = "6205200" }, rms.BadItem, "line " + shirt + " (469876543001): HSN-001"},
		{"HSN of four digits", func(d *rms.Draft) { d.PO.Lines[0].HSN = "6205" }, rms.BadItem, "at least 6"},
		{"HSN missing", func(d *rms.Draft) { d.PO.Lines[0].HSN = "" }, rms.BadItem, "is no HSN code"},
		{"a service", func(d *rms.Draft) { d.PO.Lines[0].HSN = "996511" }, rms.BadItem, "is a service"},
		{"no name", func(d *rms.Draft) { d.Lines = nil }, rms.BadItem, "3 to 300 are needed"},
		{"no price", func(d *rms.Draft) { d.PO.Lines[0].BasePrice = 0 }, rms.PODiffers, "base price is 0.00"},
		{"seller's GSTIN", func(d *rms.Draft) { d.Seller.GSTIN = "27AAPFU0939F1Z0" }, rms.BadParty, "SellerDtls.Gstin: GST-002"},
		{"seller's state", func(d *rms.Draft) { d.Seller.StateCode = "07" }, rms.BadParty, "SellerDtls.Stcd: GST-003"},
		{"buyer's GSTIN", func(d *rms.Draft) { d.Buyer.GSTIN, d.PO.BuyerGSTIN = "29AAGCB7383J1Z", "" }, rms.BadParty, "BuyerDtls.Gstin: GST-001"},
		{"buyer's state", func(d *rms.Draft) { d.Buyer.StateCode = "27" }, rms.BadParty, "BuyerDtls.Stcd: GST-003"},
		{"another buyer than the PO's", func(d *rms.Draft) { d.PO.BuyerGSTIN = "29AAFCC9980M1ZR" }, rms.BadParty, "names the buyer 29AAFCC9980M1ZR"},
		{"another place of supply than the buyer's state", func(d *rms.Draft) { d.PlaceOfSupply = "33" }, rms.BadParty, "BuyerDtls.Pos"},
		{"no such place of supply", func(d *rms.Draft) { d.PlaceOfSupply = "28" }, rms.BadParty, "no state has the code"},
		{"legal name too short", func(d *rms.Draft) { d.Seller.LegalName = "AB" }, rms.BadParty, "SellerDtls.LglNm"},
		{"legal name too long", func(d *rms.Draft) { d.Buyer.LegalName = strings.Repeat("a", 101) }, rms.BadParty, "101 characters, 3 to 100"},
		{"no address", func(d *rms.Draft) { d.Seller.Address1 = " " }, rms.BadParty, "SellerDtls.Addr1"},
		{"second line too short", func(d *rms.Draft) { d.Seller.Address2 = "ab" }, rms.BadParty, "SellerDtls.Addr2"},
		{"town too long", func(d *rms.Draft) { d.Buyer.Location = strings.Repeat("a", 51) }, rms.BadParty, "BuyerDtls.Loc"},
		{"quotation mark", func(d *rms.Draft) { d.Buyer.Address1 = `the "Tower"` }, rms.BadParty, "quotation mark"},
		{"backslash", func(d *rms.Draft) { d.Buyer.Address1 = `12\3` }, rms.BadParty, "backslash"},
		{"line break", func(d *rms.Draft) { d.Buyer.Address1 = "12\n3" }, rms.BadParty, "cannot be printed"},
		{"PIN", func(d *rms.Draft) { d.Seller.PIN = "042130" }, rms.BadParty, "SellerDtls.Pin"},
		{"PO amount too high", func(d *rms.Draft) { d.PO.Amount = 3257_01 }, rms.TotalDiffers, "3257.01 is too far from the computed 3255.00"},
		{"PO amount too low", func(d *rms.Draft) { d.PO.Amount = 3253_99 }, rms.TotalDiffers, "TAX-002"},
		{"PO amount below a part of it", func(d *rms.Draft) { d.PO.Amount, d.Packed = 1993_99, order.Quantities{shirt: 2} }, rms.TotalDiffers, "TAX-002"},
		{"PO without number", func(d *rms.Draft) { d.PO.Number = "" }, rms.PODiffers, "has no number"},
		{"a line twice", func(d *rms.Draft) { d.PO.Lines[1].OrderItemID = shirt; d.Packed = order.Quantities{shirt: 1} }, rms.PODiffers, "stands twice"},
		{"more packed than ordered", func(d *rms.Draft) { d.Packed[shirt] = 3 }, rms.PODiffers, "3 units were packed, purchase order 4700123456 has 2"},
		{"packed what is not in the PO", func(d *rms.Draft) { d.Packed["X"] = 1 }, rms.PODiffers, "line X: was packed but"},
		{"less than nothing packed", func(d *rms.Draft) { d.Packed[shirt] = -1 }, rms.PODiffers, "below zero"},
		{"nothing packed", func(d *rms.Draft) { d.Packed = nil }, rms.PODiffers, "0 packed lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := story()
			c.spoil(&d)
			reasons, text := refused(t, d, storyNumber)
			require.Equal(t, []rms.Reason{c.want}, reasons, text)
			require.Contains(t, text, c.text)
		})
	}
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	d := story()
	d.Seller.PIN, d.PO.Lines[0].TaxRate, d.PO.Lines[1].HSN = "", 1800, "1"
	reasons, _ := refused(t, d, "aj/1")
	require.Equal(t, []rms.Reason{rms.BadItem, rms.BadNumber, rms.BadParty, rms.RateDiffers}, reasons)
}

func TestTheTotalMayDifferFromAjiosWithinTheLawsTolerance(t *testing.T) {
	t.Parallel()
	for _, amount := range []order.Paise{3254_00, 3255_00, 3257_00} {
		d := story()
		d.PO.Amount = amount
		require.Equal(t, order.Paise(3255_00), made(t, d).Total)
	}
}

func TestAPurchaseOrderWithoutABuyerLeavesItToTheConfiguration(t *testing.T) {
	t.Parallel()
	d := story()
	d.PO.BuyerGSTIN = ""
	require.Equal(t, made(t, story()), made(t, d))
}

func TestAnEmptiedLineOfThePurchaseOrderNeedsNoPrice(t *testing.T) {
	t.Parallel()
	d := story()
	d.PO.Lines = append(d.PO.Lines, order.POLine{OrderItemID: "L3", ItemCode: "1"})
	require.Equal(t, made(t, story()), made(t, d))
}

func TestAConsignmentAboveTheBoundIsInvoicedAndMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		units int
		above bool
	}{
		{40, false}, // 49,999.74 with tax
		{41, true},
	} {
		d := single("62052000", 1190_47, 500, date(2025, time.November, 17))
		d.PO.Lines[0].Units, d.Packed[shirt] = c.units, c.units
		d.PO.Amount = order.Paise(c.units) * 1250_00
		inv := made(t, d)
		require.Equal(t, c.above, inv.NeedsEWayBill(), inv.Total)
	}
	require.False(t, rms.Invoice{Total: 50_000_00}.NeedsEWayBill())
	require.True(t, rms.Invoice{Total: 50_000_01}.NeedsEWayBill())
}

func TestANameIsMadeFitForTheIRP(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		`Jeans 32" \ Slim`:          `Jeans 32'' / Slim`,
		"  Polo\tT-shirt\n":         "Polo T-shirt",
		strings.Repeat("नीला ", 90): strings.TrimSpace(string([]rune(strings.Repeat("नीला ", 90))[:300])),
		"Shirt\xff":                 "Shirt\uFFFD",
	} {
		d := story()
		d.Lines[0].Name = name
		require.Equal(t, want, made(t, d).Lines[0].Description)
	}
}

func TestAPrefixLeavesRoomForYearAndNumber(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"A", "AJ", "AJM", "9A", "A0"} {
		require.NoError(t, rms.ValidatePrefix(prefix))
		number := rms.Number(prefix, "2025-26", 999_999)
		require.LessOrEqual(t, len(number), 16)
		require.NoError(t, gst.ValidateDocNo(number))
		require.NoError(t, gst.ValidateOriginalDocNo(number))
	}
	for _, prefix := range []string{"", "AJIO", "aj", "0A", "/A", "-A", "A-", "A B", "ÄB", "A\n"} {
		require.Error(t, rms.ValidatePrefix(prefix), "%q", prefix)
	}
}

func TestANumberThatHasGrownTooLongIsRefused(t *testing.T) {
	t.Parallel()
	reasons, text := refused(t, story(), rms.Number("AJM", "2025-26", 1_000_000))
	require.Equal(t, []rms.Reason{rms.BadNumber}, reasons)
	require.Contains(t, text, "set another prefix")
	reasons, _ = refused(t, story(), "A")
	require.Equal(t, []rms.Reason{rms.BadNumber}, reasons, "it could never be credited")
}
