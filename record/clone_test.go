package record_test

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/gatebook/gatebook/record"
)

// TestClone: a clone is equal and shares no text, whatever fields come later.
func TestClone(t *testing.T) {
	r := record.Request{Error: new(record.Failure)}
	texts := append(textsOf(reflect.ValueOf(&r).Elem()), textsOf(reflect.ValueOf(r.Error).Elem())...)
	for _, v := range texts {
		v.SetString(v.Type().Name() + " text")
	}
	c := r.Clone()
	if !reflect.DeepEqual(c, r) {
		t.Fatalf("a clone differs: %+v", c)
	}
	copies := append(textsOf(reflect.ValueOf(&c).Elem()), textsOf(reflect.ValueOf(c.Error).Elem())...)
	if len(copies) < 20 {
		t.Fatalf("only %d texts found", len(copies))
	}
	for i := range copies {
		if unsafe.StringData(copies[i].String()) == unsafe.StringData(texts[i].String()) {
			t.Errorf("text %d is shared", i)
		}
	}
}

func textsOf(v reflect.Value) []reflect.Value {
	var list []reflect.Value
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String {
			list = append(list, f)
		}
	}
	return list
}
