package detection

import (
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// A trusted proxy is not banned: behind it is everybody.
func TestAdmitProxy(t *testing.T) {
	f := newFixture(t)
	f.scan(scanner)
	client := abuse.Client{Addr: scanner, Path: "/"}
	if v := f.Active().Admit(client, FromProxy); v.Verdict != record.VerdictPass {
		t.Errorf("got %+v", v)
	}
	if v := f.Active().Admit(client, FromOtherSite); v.Verdict != record.VerdictBan {
		t.Errorf("got %+v", v)
	}
}
