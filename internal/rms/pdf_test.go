package rms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
	"vmsflow/internal/order"
	"vmsflow/internal/rms"
)

// signedQR has the letters of a JWT and this length; 937 to 952 are real.
func signedQR(length int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	chance := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, length)
	for i := range text {
		text[i] = letters[chance.IntN(len(letters))]
	}
	text[length/10], text[length/2] = '.', '.'
	return string(text)
}

func registration() rms.Registration {
	return rms.Registration{
		IRN: storyIRN, AckNumber: "112510000000421", SignedQR: signedQR(950),
		AckDate: time.Date(2025, time.November, 17, 16, 0, 5, 0, gst.IST),
	}
}

func printed(t *testing.T, inv rms.Invoice, reg rms.Registration) []byte {
	t.Helper()
	pdf, err := rms.PDF(inv, reg)
	require.NoError(t, err)
	return pdf
}

func TestTheSameInvoiceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	inv := made(t, story())
	first := printed(t, inv, registration())
	require.Equal(t, "%PDF-", string(first[:5]))
	for range 3 {
		require.True(t, bytes.Equal(first, printed(t, inv, registration())))
	}

	// As it comes back from Postgres: other zones, the same moments.
	text, err := json.Marshal(inv)
	require.NoError(t, err)
	var stored rms.Invoice
	require.NoError(t, json.Unmarshal(text, &stored))
	reg := registration()
	reg.AckDate = reg.AckDate.UTC()
	require.True(t, bytes.Equal(first, printed(t, stored, reg)))

	reg.AckNumber = "112510000000422"
	require.False(t, bytes.Equal(first, printed(t, inv, reg)))
}

func TestOnlyARegisteredInvoiceIsPrinted(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(inv *rms.Invoice, reg *rms.Registration){
		"another IRN":       func(_ *rms.Invoice, reg *rms.Registration) { reg.IRN = strings.Repeat("0", 64) },
		"no acknowledgment": func(_ *rms.Invoice, reg *rms.Registration) { reg.AckNumber = "" },
		"no date":           func(_ *rms.Invoice, reg *rms.Registration) { reg.AckDate = time.Time{} },
		"no QR":             func(_ *rms.Invoice, reg *rms.Registration) { reg.SignedQR = "" },
		"a QR too long":     func(_ *rms.Invoice, reg *rms.Registration) { reg.SignedQR = signedQR(3000) },
		"no lines":          func(inv *rms.Invoice, _ *rms.Registration) { inv.Lines = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv, reg := made(t, story()), registration()
			spoil(&inv, &reg)
			_, err := rms.PDF(inv, reg)
			require.ErrorContains(t, err, storyNumber)
		})
	}
}

func TestThePrintedQRDecodesToTheSignedString(t *testing.T) {
	t.Parallel()
	for _, length := range []int{300, 937, 950, 952, 1200} {
		signed := signedQR(length)
		file, size, err := rms.PrintQR(signed)
		require.NoError(t, err)
		require.InDelta(t, 52.9, size, 6, "mm, at %d characters", length)
		picture, err := png.Decode(bytes.NewReader(file))
		require.NoError(t, err)
		require.InDelta(t, size, float64(picture.Bounds().Dx())/300*25.4, 0.01, "dots of 300 to the inch")

		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		require.NoError(t, err)
		decoded, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		require.NoError(t, err)
		require.Equal(t, signed, decoded.GetText())
		require.Equal(t, "M", decoded.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL])
	}

	_, size, err := rms.PrintQR(signedQR(952))
	require.NoError(t, err)
	require.InDelta(t, 52.92, size, 0.01, "117 modules and a quiet zone of 4, 5 dots each")
}

func TestAmountsAreWrittenTheIndianWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount         order.Paise
		figures, words string
	}{
		{0, "0.00", "Rupees zero only"},
		{5, "0.05", "Rupees zero and five paise only"},
		{1_00, "1.00", "Rupees one only"},
		{19_99, "19.99", "Rupees nineteen and ninety-nine paise only"},
		{20_00, "20.00", "Rupees twenty only"},
		{21_10, "21.10", "Rupees twenty-one and ten paise only"},
		{100_00, "100.00", "Rupees one hundred only"},
		{999_00, "999.00", "Rupees nine hundred ninety-nine only"},
		{1_000_00, "1,000.00", "Rupees one thousand only"},
		{3_255_00, "3,255.00", "Rupees three thousand two hundred fifty-five only"},
		{2_257_50, "2,257.50", "Rupees two thousand two hundred fifty-seven and fifty paise only"},
		{10_001_00, "10,001.00", "Rupees ten thousand one only"},
		{99_999_00, "99,999.00", "Rupees ninety-nine thousand nine hundred ninety-nine only"},
		{1_00_000_00, "1,00,000.00", "Rupees one lakh only"},
		{12_34_567_89, "12,34,567.89", "Rupees twelve lakh thirty-four thousand five hundred sixty-seven and eighty-nine paise only"},
		{1_00_00_000_00, "1,00,00,000.00", "Rupees one crore only"},
		{100_00_00_001_00, "1,00,00,00,001.00", "Rupees one hundred crore one only"},
		{1_23_45_67_89_012_34, "1,23,45,67,89,012.34", "Rupees twelve thousand three hundred forty-five crore sixty-seven lakh eighty-nine thousand twelve and thirty-four paise only"},
	} {
		require.Equal(t, c.figures, rms.Figures(c.amount))
		require.Equal(t, c.words, rms.InWords(c.amount))
	}
	require.Equal(t, "-1,234.50", rms.Figures(-1_234_50))
}

func TestHalfARateIsExact(t *testing.T) {
	t.Parallel()
	for rate, want := range map[gst.Rate]string{0: "0", 500: "2.5", 1800: "9", 25: "0.125", 501: "2.505", 1: "0.005"} {
		require.Equal(t, want, rms.Halves(rate))
	}
}

func TestTextsOutsideTheFontStayReadableOrAreVisiblyReplaced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Polo T-shirt":     "Polo T-shirt",
		"Café – “Été”":     "Caf\xe9 \x96 \x93\xc9t\xe9\x94",
		"Cafe\u0301":       "Caf\xe9",
		"₹ 950":            "Rs. 950",
		"Şişli, Łódź":      "Sisli, ?\xf3dz",
		"नीला":             "????", // two letters, each with a vowel sign of its own width
		"a\x00b\tc\u0085d": "a b c d",
		"Shirt\xff":        "Shirt?",
		"½ ﬁt":             "\xbd fit",
		"q\u0323":          "q",
	} {
		require.Equal(t, want, rms.Latin(text), text)
	}
}

// kinds are invoices that differ in how they are laid out.
func kinds(t *testing.T) map[string]rms.Invoice {
	t.Helper()
	long := story()
	line, name := long.PO.Lines[0], long.Lines[0]
	long.PO.Lines, long.Lines, long.Packed, long.PO.Amount = nil, nil, order.Quantities{}, 0
	long.Seller.LegalName = strings.Repeat("Northline Apparel ", 5) + "Limited"
	long.Seller.Address2 = "Survey number 42, behind the old mill, next to the new one, third gate on the left, Thane"
	for i := range 70 {
		line.OrderItemID, line.ItemCode = fmt.Sprintf("L%d", i), fmt.Sprint(469876543001+i)
		name.OrderItemID = line.OrderItemID
		name.Name = strings.TrimSpace(strings.Repeat("Slim Fit Cotton Shirt with a long name ", 1+i%4))
		long.PO.Lines, long.Lines = append(long.PO.Lines, line), append(long.Lines, name)
		long.Packed[line.OrderItemID] = line.Units
		long.PO.Amount += 1995_00
	}
	dear := within()
	dear.PO.Lines = dear.PO.Lines[:1]
	dear.PO.Lines[0].Units, dear.PO.Lines[0].BasePrice, dear.PO.Lines[0].TaxRate = 100_000, 999_999_99, 1800
	dear.Packed, dear.PO.Amount = order.Quantities{shirt: 100_000}, 100_000*999_999_99/100*118
	return map[string]rms.Invoice{
		"story": made(t, story()), "within": made(t, within()), "long": made(t, long), "dear": made(t, dear),
	}
}

// To look at them: go test -run Shape -artifacts -outputdir <folder> ./internal/rms
func TestInvoicesOfEveryShapeArePrinted(t *testing.T) {
	t.Parallel()
	dir := t.ArtifactDir()
	for name, inv := range kinds(t) {
		reg := registration()
		reg.IRN = inv.IRN
		pdf := printed(t, inv, reg)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600))
		pages := bytes.Count(pdf, []byte("/Type /Page\n"))
		if name == "long" {
			require.Greater(t, pages, 2)
		} else {
			require.Equal(t, 1, pages, name)
		}
	}
}
