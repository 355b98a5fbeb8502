package serverlog

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// What docs/format.md says, in bytes: changing one needs a new version.
func TestServerLogFormatIsPinned(t *testing.T) {
	r := &record.Request{
		IP: netip.MustParseAddr("203.0.113.7"), Method: "GET", Path: "/", Status: 200, Bytes: 5120, BytesIn: -1,
		Duration: 12400 * time.Microsecond, ASN: 3320, Aborted: true, Verdict: record.VerdictBan,
		Error: &record.Failure{Source: record.SourceApp, Cut: true},
	}
	for what, bytes := range map[string]struct {
		got  []byte
		want string
	}{
		"head key":    {(&blockMeta{first: 7, last: 300}).headKey(), "68" + "0000000000000007" + "000000000000012c"},
		"body key":    {(&blockMeta{first: 7, last: 300}).bodyKey(), "62" + "0000000000000007" + "000000000000012c"},
		"request":     {appendRequest(nil, r), "83c01d" + "9003" + "8050" + "01" + "e0c101" + "cb007107" + "f819" + "03474554" + "012f" + "0362616e" + "41" + "03617070"},
		"empty":       {appendRequest(nil, &record.Request{}), "0000000000"},
		"manifest":    {manifest{next: 9, rows: 8}.value(), "0000000000000009" + "0000000000000008"},
		"first place": {[]byte(rowID{1, 2}.cursor()), hex.EncodeToString([]byte("AQAAAAAAAAABAAAAAAAAAAI"))},
	} {
		if got := hex.EncodeToString(bytes.got); got != bytes.want {
			t.Errorf("%s: %s, want %s", what, got, bytes.want)
		}
	}
}
