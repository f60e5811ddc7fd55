package ajiotest

import (
	"net/http"
	"net/url"
	"strconv"

	"vmsflow/internal/ajio/wire"
)

// paging is which part of a list is asked for.
type paging struct {
	number, size int
	first        int // the index of the first row
}

// paging reads pageNumber and pageSize, both optional. A page below the base or a size above 50 is a 400
// (contracts/ajio-vms.md §9, §11.1).
func (s *Server) paging(query url.Values) (paging, *reply) {
	p := paging{number: s.options.PageBase, size: wire.MaxPageSize}
	for name, into := range map[string]*int{wire.QueryPageNumber: &p.number, wire.QueryPageSize: &p.size} {
		if text := query.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				refused := envelope(http.StatusBadRequest, simBadRequest, "%s is not a number", name)
				return p, &refused
			}
			*into = n
		}
	}
	if p.number < s.options.PageBase || p.size < 1 || p.size > wire.MaxPageSize {
		refused := envelope(http.StatusBadRequest, simLimit, "page %d of %d rows: the first page is %d, at most %d rows",
			p.number, p.size, s.options.PageBase, wire.MaxPageSize)
		return p, &refused
	}
	p.first = (p.number - s.options.PageBase) * p.size
	return p, nil
}

// listing is a list answer.
type listing[row any] struct {
	Orders []row     `json:"orders"`
	Page   wire.Page `json:"page"`
}

// cut answers one page of the rows.
func cut[row any](p paging, rows []row) listing[row] {
	part := []row{}
	if p.first < len(rows) {
		part = rows[p.first:min(p.first+p.size, len(rows))]
	}
	return listing[row]{Orders: part, Page: wire.Page{
		Number: wire.Count(p.number), Size: wire.Count(p.size), TotalElements: wire.Count(len(rows)),
		TotalPages: wire.Count((len(rows) + p.size - 1) / p.size),
	}}
}
