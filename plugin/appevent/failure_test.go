package appevent

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

func TestParseFailure(t *testing.T) {
	whole := `{"type":"QueryException","message":"SQLSTATE[HY000] server has gone away","where":"app/Http/BookingController.php:88","trace":"#0 a\n#1 b","integration":"Microsoft 365"}`
	want := record.Failure{
		Source: "app", Type: "QueryException", Message: "SQLSTATE[HY000] server has gone away",
		Where: "app/Http/BookingController.php:88", Trace: "#0 a\n#1 b", Integration: "Microsoft 365",
	}
	for _, c := range []struct {
		name     string
		lines    []string
		want     *record.Failure
		rejected string
	}{
		{"nothing", nil, nil, ""},
		{"whole", []string{whole}, &want, ""},
		{"base64url", []string{b64(whole)}, &want, ""},
		{"sf-bytes", []string{sf(whole)}, &want, ""},
		{"split at commas", strings.Split(whole, ","), &want, ""},
		{"all optional", []string{`{}`}, &record.Failure{Source: "app"}, ""},
		{"null", []string{`{"type":null}`}, &record.Failure{Source: "app"}, ""},
		{"unknown keys", []string{`{"type":"t","source":"gate","x":[1]}`}, &record.Failure{Source: "app", Type: "t"}, ""},
		{"further line", []string{whole, `{}`, `{}`}, &want, "too many in one response: 2 over the limit of 1"},
		{"further object", []string{whole + "," + whole}, &want, "1 over the limit of 1"},
		{"malformed", []string{`{"type"`}, nil, "ends too early"},
		{"malformed, then good", []string{`x`, whole}, &want, "neither"},
		{"wrong type", []string{`{"message":7}`}, nil, "message must be a string"},
		{"wrong type of trace", []string{`{"trace":["a"]}`}, nil, "trace must be a string"},
		{"Latin-1", []string{"{\"type\":\"\xfc\"}"}, &record.Failure{Source: "app", Type: "ü"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			failure, rejected := ParseFailure(c.lines, Limits{Events: 9})
			if (failure == nil) != (c.want == nil) || failure != nil && *failure != *c.want {
				t.Errorf("got %+v, want %+v", failure, c.want)
			}
			wantReasons(t, rejected, c.rejected)
		})
	}
}

func TestFailureIsCut(t *testing.T) {
	for key, limit := range map[string]int{"type": 128, "message": 500, "where": 200, "integration": 64} {
		for _, n := range []int{limit, limit + 1} {
			failure, rejected := ParseFailure([]string{`{"` + key + `":"` + strings.Repeat("ä", n) + `"}`}, Limits{})
			if failure == nil {
				t.Fatalf("%s: rejected for %q", key, reasons(rejected))
			}
			got := failure.Type + failure.Message + failure.Where + failure.Integration
			if utf8.RuneCountInString(got) != limit || failure.Cut != (n > limit) {
				t.Errorf("%s of %d characters is cut to %d, marked %v", key, n, utf8.RuneCountInString(got), failure.Cut)
			}
		}
	}
	for trace, want := range map[string]int{
		strings.Repeat("x", 4096):        4096,
		strings.Repeat("x", 4097):        4096,
		"x" + strings.Repeat("ä", 4000):  4095, // no half character
		"xx" + strings.Repeat("ä", 2047): 4096,
	} {
		failure, _ := ParseFailure([]string{`{"trace":"` + trace + `"}`}, Limits{})
		if len(failure.Trace) != want || failure.Cut != (len(trace) > 4096) || !utf8.ValidString(failure.Trace) {
			t.Errorf("a trace of %d bytes is cut to %d, marked %v", len(trace), len(failure.Trace), failure.Cut)
		}
	}
}

func FuzzParseFailure(f *testing.F) {
	f.Add(`{"type":"t","message":"m","where":"w","trace":"t","integration":"i"}`, uint(3))
	f.Add("{\"type\":\"\xfc\"\n\"x\":1}\n{}", uint(0))
	f.Add(b64(`{"trace":"`+strings.Repeat("ä", 3000)+`"}`), uint(9))
	f.Add(`{"message":7,"where":"`+strings.Repeat("x", 300)+`"}`, uint(12))
	f.Fuzz(func(t *testing.T, text string, at uint) {
		text = plant(text, at)
		failure, rejected := ParseFailure(strings.Split(text, "\n"), Limits{})
		checkRejected(t, rejected, text)
		if failure == nil {
			return
		}
		if failure.Source != "app" || utf8.RuneCountInString(failure.Type) > 128 || utf8.RuneCountInString(failure.Message) > 500 ||
			utf8.RuneCountInString(failure.Where) > 200 || len(failure.Trace) > 4096 || utf8.RuneCountInString(failure.Integration) > 64 {
			t.Errorf("not bounded: %+v", failure)
		}
		line, err := json.Marshal(failure)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := ParseFailure([]string{string(line)}, Limits{LineBytes: 1 << 20, TotalBytes: 1 << 20})
		if failure.Cut = false; again == nil || *again != *failure {
			t.Errorf("read again it is %+v, was %+v", again, failure)
		}
	})
}
