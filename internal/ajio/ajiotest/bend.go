package ajiotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// bend encodes a body and applies the switches that change how every answer looks.
func (s *Server) bend(body any) []byte {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("ajiotest: cannot encode an answer: %v", err))
	}
	q := s.options.Quirks
	if !q.UnknownFields && !q.StringNumbers && !q.Milliseconds {
		return encoded
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		panic(fmt.Sprintf("ajiotest: cannot read back an answer: %v", err))
	}
	bent, _ := json.Marshal(q.bend("", tree)) // what was just decoded can be encoded
	return bent
}

func (q Quirks) bend(key string, node any) any {
	switch value := node.(type) {
	case map[string]any:
		for k, child := range value {
			value[k] = q.bend(k, child)
		}
		if q.UnknownFields {
			value["sim_unknown"] = map[string]any{"status": []int{1}, "order_id": nil}
		}
	case []any:
		for i := range value {
			value[i] = q.bend(key, value[i])
		}
	case json.Number:
		if q.Milliseconds && strings.HasSuffix(key, "_date") {
			value += "000"
		}
		if q.StringNumbers {
			return value.String()
		}
		return value
	}
	return node
}
