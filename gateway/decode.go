package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"vmsflow/internal/increff"
)

// decode reads a body. Unknown fields are ignored. ERPs write numbers as strings and codes as numbers
// (contracts/increff-erp.md §9); both are understood. What cannot be read is named field by field.
func decode(body []byte, into any) broken {
	err := json.Unmarshal(body, into)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return broken{fmt.Sprintf("[body: is not JSON from byte %d on]", syntax.Offset)}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var loose any
	if err := decoder.Decode(&loose); err != nil {
		return broken{"[body: is not JSON]"}
	}
	target := reflect.ValueOf(into).Elem()
	m := mender{}
	mended, err := json.Marshal(m.mend(loose, target.Type(), ""))
	if len(m.broken) > 0 {
		return m.broken
	}
	if err == nil {
		target.SetZero()
		err = json.Unmarshal(mended, into)
	}
	if err != nil {
		return broken{"[body: does not have the documented shape]"}
	}
	return nil
}

// mender turns JSON that is nearly of a Go type's shape into JSON that is.
type mender struct{ broken broken }

var timeType = reflect.TypeFor[increff.Time]()

func (m *mender) mend(value any, t reflect.Type, path string) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case value == nil:
		return nil
	case t == timeType:
		return m.time(value, path)
	}
	switch t.Kind() {
	case reflect.Struct:
		return m.object(value, t, path)
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return m.wrong(path, "a list is expected")
		}
		for i := range list {
			list[i] = m.mend(list[i], t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
		return list
	case reflect.String:
		return m.text(value, path)
	case reflect.Bool:
		if _, ok := value.(bool); !ok {
			return m.wrong(path, "true or false is expected")
		}
		return value
	default:
		return m.number(value, t, path)
	}
}

func (m *mender) wrong(path, problem string) any {
	if path == "" {
		path = "body"
	}
	m.broken.add(path, "%s", problem)
	return nil
}

func (m *mender) object(value any, t reflect.Type, path string) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return m.wrong(path, "an object is expected")
	}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		for key := range fields { // encoding/json ignores case too
			if strings.EqualFold(key, name) {
				fields[key] = m.mend(fields[key], field.Type, strings.TrimPrefix(path+"."+name, "."))
			}
		}
	}
	return fields
}

func (m *mender) text(value any, path string) any {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return m.wrong(path, "a text is expected")
	}
}

func (m *mender) time(value any, path string) any {
	text, ok := value.(string)
	if !ok {
		return m.wrong(path, "a time is expected, as a text")
	}
	if _, err := increff.ParseTime(text); err != nil {
		return m.wrong(path, "is not a time such as 2025-11-17T16:00:00.000+05:30 or 17-11-2025T16:00:00")
	}
	return text
}

func (m *mender) number(value any, t reflect.Type, path string) any {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
		return m.wrong(path, "a number is expected")
	}
	if t.Kind() == reflect.Float64 {
		return number
	}
	if whole, err := strconv.ParseInt(text, 10, t.Bits()); err == nil {
		return whole
	}
	if number != math.Trunc(number) || math.Abs(number) >= 1<<53 { // 2.0 is whole
		return m.wrong(path, "a whole number is expected")
	}
	return int64(number)
}
