package gst_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestTheStateTableHas36StatesAndTwoOthers(t *testing.T) {
	t.Parallel()
	known := 0
	for code := range 100 {
		_, ok := gst.StateName(fmt.Sprintf("%02d", code))
		listed := code >= 1 && code <= 38 && code != 25 && code != 28 || code == 96 || code == 97
		require.Equal(t, listed, ok, code)
		if ok {
			known++
		}
	}
	require.Equal(t, 38, known)
	name, ok := gst.StateName("27")
	require.True(t, ok)
	require.Equal(t, "Maharashtra", name)
}

func TestTheStateIsTheBeginningOfTheGSTIN(t *testing.T) {
	t.Parallel()
	for gstin, want := range map[string]string{seller: "27", buyer: "29", "01AMBPG7773M002": "01"} {
		state, err := gst.StateOf(gstin)
		require.NoError(t, err)
		require.Equal(t, want, state)
	}
	for _, gstin := range []string{"", "2", "URP", "00AAPFU0939F1ZV", "25AAPFU0939F1ZV", "99AAPFU0939F1ZV"} {
		_, err := gst.StateOf(gstin)
		requireIDs(t, err, ids(gst.StateDiffers), gstin)
	}
}

func TestAnAddressLiesInTheStateOfItsGSTIN(t *testing.T) {
	t.Parallel()
	require.NoError(t, gst.ValidateState(seller, "27"))
	require.NoError(t, gst.ValidateState("09AABCU9355J1ZS", "9"), "Stcd may have one digit")
	for _, code := range []string{"", "29", "2", "027", "Maharashtra"} {
		requireIDs(t, gst.ValidateState(seller, code), ids(gst.StateDiffers), code)
	}
	requireIDs(t, gst.ValidateState("URP", "27"), ids(gst.StateDiffers))
}

func TestAPINHasSixDigitsAndNoLeadingZero(t *testing.T) {
	t.Parallel()
	for pin, want := range map[string]bool{
		"421302": true, "100000": true, "999999": true,
		"": false, "042130": false, "42130": false, "4213020": false, "42130a": false, "421302\n": false, "४२१३०२": false,
	} {
		require.Equal(t, want, gst.ValidPIN(pin), pin)
	}
}
