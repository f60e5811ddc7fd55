package rms

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/boombuler/barcode/qr"
)

const (
	// quietZone is how many white modules surround a QR.
	quietZone = 4
	// printDots and dotsPerInch make the square of 52.9 mm in which a phone reads 950 characters
	// (contracts/gst-einvoice.md §5, assumed).
	printDots   = 625
	dotsPerInch = 300
	mmPerInch   = 25.4
)

// printedQR is a QR as an image for a printer, quiet zone included.
type printedQR struct {
	png  []byte
	size float64 // side on paper, mm
}

// printQR draws a signed QR at level M: the string itself, as the IRP gave it. Each module is a whole number of dots
// wide, so that no printer blurs it; the square is therefore as near to 52.9 mm as its version allows.
func printQR(signed string) (printedQR, error) {
	code, err := qr.Encode(signed, qr.M, qr.Auto)
	if err != nil {
		return printedQR{}, fmt.Errorf("draw signed QR of %d characters: %w", len(signed), err)
	}
	modules := code.Bounds().Dx()
	dots := int(math.Round(float64(printDots) / float64(modules+2*quietZone)))
	side := (modules + 2*quietZone) * dots
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range modules * dots {
		for x := range modules * dots {
			if code.At(x/dots, y/dots) == color.Black {
				picture.SetColorIndex(x+quietZone*dots, y+quietZone*dots, 1)
			}
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return printedQR{}, fmt.Errorf("draw signed QR: %w", err)
	}
	return printedQR{png: file.Bytes(), size: float64(side) * mmPerInch / dotsPerInch}, nil
}
