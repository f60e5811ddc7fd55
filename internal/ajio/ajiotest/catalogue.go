package ajiotest

import (
	"fmt"
	"strconv"

	"vmsflow/internal/order"
)

// Article is a variant that can be ordered. Prices are per unit.
type Article struct {
	ItemCode     string      `json:"item_code"` // Ajio's variant id, on which stock runs
	ProductID    string      `json:"product_id"`
	EAN          string      `json:"ean"`
	Name         string      `json:"name"`
	Brand        string      `json:"brand"`
	Color        string      `json:"color"`
	Size         string      `json:"size"`
	HSN          string      `json:"hsn"`
	MRP          order.Paise `json:"mrp"`
	ListingPrice order.Paise `json:"listing_price"` // what the consumer pays, with tax
	BasePrice    order.Paise `json:"base_price"`    // what Ajio pays the seller, without tax; with the HSN it decides the rate
}

// style is a product with its sizes.
type style struct {
	id, name, brand, color, hsn string
	sizes                       []string
	mrp, listing, base          order.Paise
}

var (
	letters = []string{"S", "M", "L", "XL"}
	inches  = []string{"30", "32", "34", "36"}
	blazers = []string{"40", "42"}

	styles = []style{
		{"469876543", "Slim Fit Cotton Shirt", "NORTHLINE", "Blue", "62052000", letters, 199900, 129900, 95000},
		{"469880012", "Polo T-shirt", "NORTHLINE", "Black", "61091000", letters, 249900, 159900, 120000},
		{"469880457", "Crew-Neck T-shirt", "TIDE & OAK", "White", "61091000", letters, 79900, 49900, 34525},
		{"469881190", "Straight Fit Jeans", "TIDE & OAK", "Indigo", "62034200", inches, 299900, 179900, 133350},
		{"469882263", "Linen Blend Trousers", "MARUT", "Beige", "62034990", inches, 229900, 149900, 108875},
		{"469883018", "Printed A-line Kurta", "SAANJH", "Teal", "62114290", letters, 159900, 95900, 69990},
		{"469883776", "Floral Wrap Dress", "SAANJH", "Rust", "62044290", letters, 279900, 167900, 124545},
		{"469884502", "Fleece Hoodie", "MARUT", "Charcoal", "61102000", letters, 219900, 131900, 97815},
		{"469885129", "Ribbed Cardigan", "ELLIN", "Maroon", "61103010", letters, 259900, 155900, 115105},
		{"469885884", "Jersey Joggers", "ELLIN", "Olive", "61034200", letters, 149900, 89900, 66695},
		{"469886497", "Wool-Blend Blazer", "MARUT", "Navy", "62033100", blazers, 799900, 479900, 355040}, // above ₹2,500: 18 % GST
	}
)

// Catalogue lists the articles, always the same forty-two, so that stock can be loaded for them.
func Catalogue() []Article {
	var articles []Article
	for _, st := range styles {
		for i, size := range st.sizes {
			articles = append(articles, Article{
				ItemCode: fmt.Sprintf("%s%03d", st.id, i+1), ProductID: st.id, EAN: ean(len(articles)),
				Name: st.name, Brand: st.brand, Color: st.color, Size: size, HSN: st.hsn,
				MRP: st.mrp, ListingPrice: st.listing, BasePrice: st.base,
			})
		}
	}
	return articles
}

// ean makes the n-th EAN-13 of India's prefix 890, with its check digit.
func ean(n int) string {
	digits := fmt.Sprintf("890%09d", 123456789+37*n)
	sum := 0
	for i, digit := range digits {
		weight := 1
		if i%2 == 1 {
			weight = 3
		}
		sum += weight * int(digit-'0')
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}
