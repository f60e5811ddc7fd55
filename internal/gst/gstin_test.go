package gst_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestAGSTINKeepsThePatternAndItsCheckCharacter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		gstin    string
		want     []gst.ID
		expected string // the check character that the error names
	}{
		{"27AAPFU0939F1ZV", nil, ""},
		{"29AAGCB7383J1Z4", nil, ""},
		{"10AABCU9355J1Z9", nil, ""},
		{"09AABCU9355J1ZS", nil, ""},
		{"29AAFCC9980M1ZR", nil, ""},
		{"27AAPFU0939FWZ0", nil, ""}, // the sum is a multiple of 36
		{"27AAPFU0939F1Z0", ids(gst.GSTINCheckCharacter), "V"},
		{"29AAFCA7488L1Z0", ids(gst.GSTINCheckCharacter), "W"}, // a transporter id
		{"37ARZPT4384Q1MT", ids(gst.GSTINForm, gst.GSTINCheckCharacter), "X"},
		{"29AWGPV7107B1Z1", ids(gst.GSTINCheckCharacter), "F"},
		{"01AAAAA9999A19N", ids(gst.GSTINForm, gst.GSTINCheckCharacter), "F"},
		{"02AMBPG7773M002", ids(gst.GSTINForm, gst.GSTINCheckCharacter), "W"},
		{"01AMBPG7773M002", ids(gst.GSTINForm, gst.GSTINCheckCharacter), "Y"},
		{"27AAPFU0939F0ZW", ids(gst.GSTINForm), ""}, // entity 0, check character right
		{"", ids(gst.GSTINForm), ""},
		{"27AAPFU0939F1Z", ids(gst.GSTINForm), ""},
		{"27AAPFU0939F1ZV0", ids(gst.GSTINForm), ""},
		{"27AAPFU0939F1ZV\n", ids(gst.GSTINForm), ""},
		{" 27AAPFU0939F1ZV", ids(gst.GSTINForm), ""},
		{"27aapfu0939f1zv", ids(gst.GSTINForm), ""},
		{"URP", ids(gst.GSTINForm), ""},
	} {
		err := gst.ValidateGSTIN(c.gstin, nil)
		requireIDs(t, err, c.want, c.gstin)
		if c.expected != "" {
			require.ErrorContains(t, err, `expected check character "`+c.expected+`"`, c.gstin)
		}
	}
}

// The worked example of contracts/gst-einvoice.md §4: 221 mod 36 = 5, 36 - 5 = 31 = V.
func TestTheCheckCharacterIsWorkedOutAsInTheExample(t *testing.T) {
	t.Parallel()
	folded := []int{2, 14, 10, 20, 25, 30, 30, 0, 9, 6, 9, 30, 1, 35}
	sum := 0
	for i, digit := range "27AAPFU0939F1Z" {
		product := strings.IndexRune(alphabet, digit)
		if i%2 == 1 {
			product *= 2
		}
		require.Equal(t, folded[i], product/36+product%36, "position %d", i+1)
		sum += folded[i]
	}
	require.Equal(t, 221, sum)
	require.Equal(t, byte('V'), alphabet[36-sum%36])
	require.NoError(t, gst.ValidateGSTIN("27AAPFU0939F1ZV", nil))
}

func TestSandboxIdentitiesPassOnlyWhereTheyAreListed(t *testing.T) {
	t.Parallel()
	sandbox := []string{"02AMBPG7773M002", "01AMBPG7773M002"}
	require.NoError(t, gst.ValidateGSTIN("01AMBPG7773M002", sandbox))
	require.NoError(t, gst.ValidateGSTIN(seller, sandbox))
	require.Error(t, gst.ValidateGSTIN("01AMBPG7773M002", nil))
	require.Error(t, gst.ValidateGSTIN("27AAPFU0939F1Z0", sandbox))
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// FuzzGSTIN holds that a GSTIN is valid if and only if its pattern and check character are right, and that exactly
// one of the 36 characters is. The check character is computed in another way than in the package: from the right,
// as Luhn mod N.
func FuzzGSTIN(f *testing.F) {
	for _, seed := range []string{seller, buyer, "10AABCU9355J1Z9", "27AAPFU0939F1Z0", "37ARZPT4384Q1MT", "01AMBPG7773M002", "", "27aapfu0939f1zv", "27AAPFU0939F1Z\xff"} {
		f.Add(seed)
	}
	pattern := regexp.MustCompile(`\A\d\d[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[\dA-Z]\z`)
	luhn := func(text string) int {
		sum, factor := 0, 2
		for i := len(text) - 1; i >= 0; i-- {
			addend := factor * strings.IndexByte(alphabet, text[i])
			sum += addend/36 + addend%36
			factor = 3 - factor
		}
		return (36 - sum%36) % 36
	}
	f.Fuzz(func(t *testing.T, gstin string) {
		shaped := pattern.MatchString(gstin)
		require.Equal(t, shaped, !gst.HasID(gst.ValidateGSTIN(gstin, nil), gst.GSTINForm))
		if !shaped {
			return
		}
		right := luhn(gstin[:14])
		for i := range alphabet {
			err := gst.ValidateGSTIN(gstin[:14]+alphabet[i:i+1], nil)
			require.Equal(t, i == right, err == nil, "%s%c", gstin[:14], alphabet[i])
			require.Equal(t, i != right, gst.HasID(err, gst.GSTINCheckCharacter))
		}
	})
}
