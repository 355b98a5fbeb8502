package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/gatebook/gatebook/record"
)

// FuzzStrictObject: what is read is what encoding/json reads, and all else names a
// parameter.
func FuzzStrictObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, `{"a":{"b":[1,2]},"c":null}`, `{"a":1,"a":2}`, `{"a":1} {}`, `{"a":`, `[]`, `null`, ``, `{"a":1,}`, `{,}`, `{"a" 1}`, `{1:2}`, "{\"\\u0061\":1,\"a\":2}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := strictObject(wholeBody, text)
		if err != nil {
			var invalid *record.ParamError
			if !errors.As(err, &invalid) || invalid.Reason.Code == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil || len(want) != len(got) {
			t.Fatalf("%q: %v, got %v", text, err, got)
		}
		for key := range want {
			if !bytes.Equal(bytes.TrimSpace(want[key]), bytes.TrimSpace(got[key])) {
				t.Errorf("%q: %s is %s and %s", text, key, want[key], got[key])
			}
		}
	})
}
