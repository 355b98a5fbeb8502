package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Milliseconds with three decimals are no exact binary numbers.
func TestEveryMicrosecondSurvivesJSON(t *testing.T) {
	for us := range 20_000 {
		in := Request{Duration: time.Duration(us) * time.Microsecond}
		line, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out Request
		if err := json.Unmarshal(line, &out); err != nil || out.Duration != in.Duration {
			t.Fatalf("%v became %v (%v)", in.Duration, out.Duration, err)
		}
	}
}

// What is no UTF-8 grows in JSON: it must not grow beyond what is read back.
func TestTheLongestTextsSurviveJSON(t *testing.T) {
	for name, text := range map[string]string{
		"no UTF-8":         strings.Repeat("\xff", MaxText),
		"cut in the midst": strings.Repeat("a", MaxText-2) + "\xe2\x82",
		"mixed":            strings.Repeat("a\x80é", MaxText/4),
		"controls":         strings.Repeat("\x00\x1b", MaxText/2),
		"whole":            strings.Repeat("é", MaxText/2),
		"short":            "\xff",
	} {
		first, err := json.Marshal(Request{Path: text, Error: &Failure{Message: text}})
		if err != nil {
			t.Fatal(err)
		}
		var in Request
		if err := json.Unmarshal(first, &in); err != nil {
			t.Fatal(err)
		}
		if len(in.Path) > MaxText || len(in.Path) < MaxText-3 && name != "short" || in.Error.Message != in.Path {
			t.Errorf("%s: read with %d bytes", name, len(in.Path))
		}
		if second, err := json.Marshal(in); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: written in another way the second time (%v)", name, err)
		}
	}
}

func TestDurationsOutOfRangeAreRefused(t *testing.T) {
	for _, line := range []string{`{"duration_ms":1e300}`, `{"duration_ms":-1e300}`, `{"duration_ms":1e13}`} {
		var r Request
		if err := json.Unmarshal([]byte(line), &r); err == nil {
			t.Errorf("%s is read as %v", line, r.Duration)
		}
	}
}
