package block

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// What docs/format.md says, in bytes: changing it needs a new version.
func TestFormatIsPinned(t *testing.T) {
	var b Builder
	b.Reset(3)
	b.Add(&record.Event{
		Seq: 3*1024 + 258, Time: time.UnixMicro(-2), Until: time.UnixMicro(1), Category: "a", Type: "b", Outcome: "c",
		Subject: &record.Subject{Type: "d", ID: "e", Label: "f"}, Initiator: &record.Initiator{ID: "g", Name: "h"},
		Text: "i", Key: "j", Params: map[string]string{"n": "k"},
	})
	head, value := b.Encode(1 << 20)
	sections := b.sections(maxText) // for compressed they may look one way or another
	for what, bytes := range map[string]struct {
		got  []byte
		want string
	}{
		"head":             {head, "01" + "01" + "01" + "03" + "03" + "02" + "b9f4f8fb"},
		"block, its begin": {value[:9], "01" + "01" + "05" + "05" + "0201" + "06" + "03" + "03"},
		"places":           {sections[0], "0201" + "06" + "03" + "03"},
		"names":            {sections[1], "0800" + "0000" + strings.Repeat("0100", 7) + "01000200030004000500060007000000" + "61626364656768"},
		"terms":            {b.Terms(), "01" + "01" + "0161" + "e55f5555e305cc0c31364008" + "fddbc14c"},
		"texts":            {sections[2], "0500" + "0000" + strings.Repeat("0100", 4) + "0100" + "0200" + "0300" + "0100" + "0400" + "696a666b"},
	} {
		if got := hex.EncodeToString(bytes.got); got != bytes.want {
			t.Errorf("%s: %s, want %s", what, got, bytes.want)
		}
	}
}
