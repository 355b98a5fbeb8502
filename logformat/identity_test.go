package logformat

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

// hostileText draws what clients send: any bytes, and the longest.
func hostileText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 60), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{
			nasty, `"\"`, "\x00\x1b[31m\x7f\u0085", "a\nb\r\nc", "\u2028\u202e\ufeff\U000e0001", "\xc0\xaf\xed\xa0\x80",
			strings.Repeat("\xff", record.MaxText), strings.Repeat("é", record.MaxText/2), strings.Repeat("\u0001", record.MaxText),
			strings.Repeat("x", record.MaxText-1) + "\xc3", // a character that was cut
		}),
	)
}

// What is exported as NDJSON, imported and exported again is the same to the
// byte, whatever clients sent and applications told.
func TestNDJSONOfAnImportedExportIsTheSame(t *testing.T) {
	text := hostileText()
	rapid.Check(t, func(t *rapid.T) {
		r := requests(t)
		for _, s := range []*string{
			&r.Method, &r.Host, &r.Path, &r.Query, &r.Proto, &r.UserAgent, &r.Browser, &r.OS, &r.Referer, &r.User, &r.ASOrg, &r.RequestID,
		} {
			*s = text.Draw(t, "text")
		}
		r.Verdict = rapid.SampledFrom([]record.Verdict{"", "pass", "throttle", "ban"}).Draw(t, "verdict")
		if rapid.Bool().Draw(t, "failed") {
			r.Error = &record.Failure{
				Source: text.Draw(t, "source"), Type: text.Draw(t, "type"), Message: text.Draw(t, "message"),
				Where: text.Draw(t, "where"), Trace: text.Draw(t, "trace"),
				Integration: text.Draw(t, "integration"), Cut: rapid.Bool().Draw(t, "cut"),
			}
		}
		berlin := time.FixedZone("", 3600)
		first := exported(t, r, berlin)
		if bytes.Count(first, []byte("\n")) != 1 {
			t.Fatalf("%q is not one line", first)
		}
		in, err := Parse(NDJSON, first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second := exported(t, in, berlin); !bytes.Equal(first, second) {
			t.Fatalf("\n got %s\nwant %s", second, first)
		}
	})
}

func exported(t *rapid.T, r record.Request, loc *time.Location) []byte {
	var out bytes.Buffer
	if err := NewWriter(&out, NDJSONLines, loc).Requests(r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
