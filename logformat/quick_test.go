package logformat

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// What is read quickly is what encoding/json reads.
func sameAsSlow(t interface {
	Helper()
	Fatalf(string, ...any)
}, line []byte) (quickly bool) {
	t.Helper()
	if e, ok := quickNDJSON(line); ok {
		want, err := slowNDJSON(line)
		if err != nil || !e.Time.Equal(want.Time) {
			t.Fatalf("%s is read as %+v, and slowly as %+v, %v", line, e, want, err)
		}
		if e.Time = want.Time; !reflect.DeepEqual(e, want) {
			t.Fatalf("%s is read as\n%+v, and slowly as\n%+v", line, e, want)
		}
		quickly = true
	}
	if in, ok := quickCaddy(line); ok {
		got, err := in.entry(new(Dialect), line)
		want, slowErr := new(Dialect).slowCaddy(line)
		if !reflect.DeepEqual(got, want) || (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Fatalf("%s is read as\n%+v, %v, and slowly as\n%+v, %v", line, got, err, want, slowErr)
		}
		quickly = true
	}
	return quickly
}

const quickRequest = `{"time":"2026-11-22T23:00:00.123456+01:00","instance":"acme","ip":"203.0.113.7","method":"GET","host":"booking.example.com","path":"/desks/23","query":"day=mon","status":200,"bytes":5120,"bytes_in":0,"duration_ms":12.4,"proto":"HTTP/2.0","user_agent":"Mozilla/5.0","asn":3320,"verdict":"pass","aborted":false}`

func TestQuickReadsWhatServersWrite(t *testing.T) {
	for _, line := range []string{quickRequest, caddyAccess} {
		if !sameAsSlow(t, []byte(line)) {
			t.Errorf("slow: %s", line)
		}
	}
}

// Lines that are changed a little are read in the same way, or slowly.
func TestQuickGivesUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := []byte(rapid.SampledFrom([]string{quickRequest, caddyAccess}).Draw(t, "line"))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			from := rapid.IntRange(0, len(line)-1).Draw(t, "from")
			to := rapid.IntRange(from, min(len(line), from+20)).Draw(t, "to")
			with := rapid.SampledFrom([]string{"", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e9", "null", "true", " ", "é", "\xff", "\x01", "T", `"ip":"::1",`, `"IP":"::1",`, `"uri":"/",`}).Draw(t, "with")
			line = bytes.Join([][]byte{line[:from], line[to:]}, []byte(with))
			if len(line) == 0 {
				return
			}
		}
		sameAsSlow(t, line)
	})
}

func FuzzQuick(f *testing.F) {
	f.Add([]byte(quickRequest))
	f.Add([]byte(caddyAccess))
	f.Fuzz(func(t *testing.T, line []byte) { sameAsSlow(t, line) })
}
