package gst_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestADocumentNumberHasUpTo16CharactersAndNoLeadingZeroOrSign(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"A", "9", "DOC/001", "AJ/25-26/000001", "ABCDEFGHIJKLMNOP", "aj/1", "A-/"} {
		require.NoError(t, gst.ValidateDocNo(number), number)
	}
	for _, number := range []string{
		"", "ABCDEFGHIJKLMNOPQ", "0123", "/A", "-A", "A_1", "A B", " A", "A\n", "A.1", `A\1`, "Ä1", "AÄ", "ı", "АВ/1" /* Cyrillic */, "A\x00", "\xff",
	} {
		requireIDs(t, gst.ValidateDocNo(number), ids(gst.DocNoForm), number)
	}
}

func TestTheNumberOfAnOriginalHasTwoCharactersAtLeast(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"A1", "AJ/25-26/000421", "ABCDEFGHIJKLMNOP", "1/"} {
		require.NoError(t, gst.ValidateOriginalDocNo(number), number)
	}
	for _, number := range []string{"", "A", "ABCDEFGHIJKLMNOPQ", "01", "/A", "A_", "A1\n"} {
		requireIDs(t, gst.ValidateOriginalDocNo(number), ids(gst.DocNoForm), number)
	}
}

func TestNumbersAreNormalizedToUpperCaseInASCIIOnly(t *testing.T) {
	t.Parallel()
	require.Equal(t, "AJ/1", gst.NormalizeDocNo("aj/1"))
	require.Equal(t, "AJ/25-26/000001", gst.NormalizeDocNo("Aj/25-26/000001"))
	require.Error(t, gst.ValidateDocNo(gst.NormalizeDocNo("ı")), "a dotless i must not become a valid I")
}

// FuzzDocNo compares the pattern with the rule spelled out, and holds that normalizing changes letter case only.
func FuzzDocNo(f *testing.F) {
	for _, seed := range []string{"A", "DOC/001", "AJ/25-26/000001", "ABCDEFGHIJKLMNOPQ", "0123", "/A", "aj/1", "A_1", "ı", "", "A\n", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, number string) {
		valid := len(number) >= 1 && len(number) <= 16 && !strings.ContainsAny(number[:1], "0/-")
		for i := range len(number) {
			c := number[i]
			valid = valid && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '-')
		}
		require.Equal(t, valid, gst.ValidateDocNo(number) == nil)
		require.Equal(t, valid && len(number) > 1, gst.ValidateOriginalDocNo(number) == nil)

		normal := gst.NormalizeDocNo(number)
		require.Equal(t, normal, gst.NormalizeDocNo(normal))
		require.Equal(t, valid, gst.ValidateDocNo(normal) == nil)
		if valid {
			require.Equal(t, strings.ToUpper(number), normal)
		}
	})
}
