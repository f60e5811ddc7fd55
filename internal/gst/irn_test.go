package gst_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestTheIRNIsTheHashOfGSTINYearTypeAndNumber(t *testing.T) {
	t.Parallel()
	for _, vector := range []struct {
		gstin   string
		date    time.Time
		docType gst.DocType
		number  string
		want    string
	}{
		1: {"29AAFCC9980M1ZR", date(2020, time.January, 3), gst.Invoice, "2019-20/KA/1", "23f498ee41441ecad30f72ba5b9907506c3df70a17b0e0dff46b76a786400662"},
		2: {"01AMBPG7773M002", date(2022, time.September, 17), gst.Invoice, "SINV-CFY-00067", "706daeccda0ef6f818da78f3a2a05a1288731057373002289b46c3229289a2e7"},
		3: {"01AMBPG7773M002", date(2022, time.September, 17), gst.CreditNote, "g2qxhY", "1c96258af085e45da556494ea5e5a7b401a598ab80af4136309c2dac7b54d795"},
		4: {"01AMBPG7773M002", date(2022, time.September, 17), gst.DebitNote, "g2qxhY", "24f37c80532583c6894d8153e2b12494daa80ddbb197f0fc2c1bac07db67f933"},
		5: {"01AAAAA9999A19N", date(2020, time.January, 3), gst.Invoice, "ABC01234", "353c2677715ae97aa876a37262a38381a75c1d1184f6a803f703bb395971925f"},
		6: {seller, date(2025, time.November, 17), gst.Invoice, "AJ/25-26/000001", "0f94152d242e4fc228afd2a65fe050b985c2ccb41021ac360c03c601017a2a69"},
		7: {seller, date(2025, time.November, 26), gst.CreditNote, "CN/25-26/000001", "f22a0b7aa4599ad80138bf78888f52d4c965827cfd9b016ecf9de02f642b6ae9"},
		8: {seller, date(2025, time.November, 17), gst.Invoice, "AJ/25-26/000421", storyIRN},
		9: {seller, date(2025, time.November, 26), gst.CreditNote, "CN/25-26/000042", "d9b80a4fd36ada6b0a6240f9171301b98ad12e7da835b347db0c8316f75eabc1"},
	}[1:] {
		require.Equal(t, vector.want, gst.IRN(vector.gstin, vector.date, vector.docType, vector.number), vector.number)
		require.NoError(t, gst.MatchesIRN(vector.want, vector.gstin, vector.date, vector.docType, vector.number), vector.number)
	}
}

func TestTheNumberIsHashedInUpperCaseFromFirstJune2025(t *testing.T) {
	t.Parallel()
	const (
		upper   = "0f94152d242e4fc228afd2a65fe050b985c2ccb41021ac360c03c601017a2a69" // vector 6
		asTyped = "7d48657ac653ce74c5fa2a61892bb57ead9d72c2340ee751039182828b088301"
	)
	for _, c := range []struct {
		date time.Time
		want string
	}{
		{ist(2025, time.May, 31, 23, 59, 59), asTyped},
		{time.Date(2025, time.May, 31, 18, 29, 59, 0, time.UTC), asTyped},
		{time.Date(2025, time.May, 31, 18, 30, 0, 0, time.UTC), upper}, // 1 June in IST
		{date(2025, time.June, 1), upper},
		{date(2025, time.November, 17), upper},
	} {
		require.Equal(t, c.want, gst.IRN(seller, c.date, gst.Invoice, "aj/25-26/000001"), c.date)
	}
}

func TestAForeignIRNMayHashTheNumberAsTypedUntilTheSwitchOnly(t *testing.T) {
	t.Parallel()
	const (
		upper   = "0f94152d242e4fc228afd2a65fe050b985c2ccb41021ac360c03c601017a2a69"
		asTyped = "7d48657ac653ce74c5fa2a61892bb57ead9d72c2340ee751039182828b088301"
	)
	before, after := date(2025, time.May, 31), date(2025, time.June, 1)
	for _, c := range []struct {
		name, irn string
		date      time.Time
		number    string
		want      []gst.ID
	}{
		{"as typed, before", asTyped, before, "aj/25-26/000001", nil},
		{"upper case, before: reported later", upper, before, "aj/25-26/000001", nil},
		{"upper case, after", upper, after, "aj/25-26/000001", nil},
		{"as typed, after", asTyped, after, "aj/25-26/000001", ids(gst.IRNDiffers)},
		{"lower-case hash of an upper-case number", asTyped, before, "AJ/25-26/000001", ids(gst.IRNDiffers)},
		{"another number", upper, after, "AJ/25-26/000002", ids(gst.IRNDiffers)},
		{"another year", upper, date(2026, time.April, 1), "AJ/25-26/000001", ids(gst.IRNDiffers)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireIDs(t, gst.MatchesIRN(c.irn, seller, c.date, gst.Invoice, c.number), c.want)
		})
	}
	err := gst.MatchesIRN(upper, seller, after, gst.CreditNote, "AJ/25-26/000001")
	requireIDs(t, err, ids(gst.IRNDiffers))
	require.ErrorContains(t, err, gst.IRN(seller, after, gst.CreditNote, "AJ/25-26/000001"), "the error tells what would be right")
	requireIDs(t, gst.MatchesIRN(upper, buyer, after, gst.Invoice, "AJ/25-26/000001"), ids(gst.IRNDiffers))
}

func TestAnIRNHas64LowerCaseHexDigits(t *testing.T) {
	t.Parallel()
	for _, irn := range []string{
		"", storyIRN[1:], storyIRN + "0", storyIRN + "\n", "F57C9C12882370CFBF816F938F5D95CE35E2E747C5DD8CB9ED7310D58044C130", "g" + storyIRN[1:],
	} {
		requireIDs(t, gst.MatchesIRN(irn, seller, date(2025, time.November, 17), gst.Invoice, "AJ/25-26/000421"), ids(gst.IRNForm), irn)
	}
}

// FuzzIRN holds that an IRN matches its own document, whatever the case of the number's letters from 1 June 2025 on,
// and no other; and that nothing but 64 lower-case hex digits can match.
func FuzzIRN(f *testing.F) {
	switchDay := date(2025, time.June, 1).Unix()
	for _, number := range []string{"AJ/25-26/000421", "aj/25-26/000001", "g2qxhY", "2019-20/KA/1", "ı", "ſ", "", "A\xff"} {
		f.Add(storyIRN, seller, switchDay, number)
		f.Add(strings.ToUpper(storyIRN), buyer, switchDay-1, number)
	}
	f.Add("", "", int64(0), "")
	f.Add(storyIRN+"\n", seller, date(2026, time.April, 1).Unix(), "AJ/1")
	form := regexp.MustCompile(`\A[0-9a-f]{64}\z`)
	f.Fuzz(func(t *testing.T, stated, gstin string, seconds int64, number string) {
		day := time.Unix(seconds%(1<<36), 0) // some two thousand years around 1970, to keep the year's form
		irn := gst.IRN(gstin, day, gst.Invoice, number)
		require.Regexp(t, form, irn)
		require.NoError(t, gst.MatchesIRN(irn, gstin, day, gst.Invoice, number))
		requireIDs(t, gst.MatchesIRN(irn, gstin, day, gst.CreditNote, number), ids(gst.IRNDiffers))
		requireIDs(t, gst.MatchesIRN(strings.ToUpper(irn), gstin, day, gst.Invoice, number), ids(gst.IRNForm))

		upper := gst.IRN(gstin, day, gst.Invoice, gst.NormalizeDocNo(number))
		require.NoError(t, gst.MatchesIRN(upper, gstin, day, gst.Invoice, number), "a document may always be reported late")
		if seconds%(1<<36) >= switchDay {
			require.Equal(t, upper, irn)
		}

		err := gst.MatchesIRN(stated, gstin, day, gst.Invoice, number)
		require.Equal(t, !form.MatchString(stated), gst.HasID(err, gst.IRNForm))
		require.Equal(t, stated == irn || stated == upper, err == nil)
	})
}
