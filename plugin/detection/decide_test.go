package detection

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

func TestDecide(t *testing.T) {
	f := newFixture(t)
	f.decide(address(scanner), record.DecideBan)
	f.decide(address(office), record.DecideAllow)
	f.mustStore()
	flag := f.stored(address(scanner))
	if len(flag.Decisions) != 1 || !flag.Decisions[0].Until.Equal(flag.Until) || f.verdict(scanner) != record.VerdictBan {
		t.Errorf("%+v", flag)
	}
	f.decide(record.FlagSubject{Kind: record.AddressSubject, Value: "192.0.2.0/24"}, record.DecideBan)
	err := f.Decide(context.Background(), record.DecisionRequest{Subject: address(netip.MustParseAddr("192.0.2.9")), Decision: record.DecideClear, By: "sec"})
	if param, ok := errors.AsType[*record.ParamError](err); !ok || param.Param != "decision" {
		t.Errorf("cleared an address of a banned range: %v", err)
	}
	closed := errors.New("closed")
	f.failWith(closed)
	if err := f.Decide(context.Background(), record.DecisionRequest{Subject: address(office), Decision: record.DecideBan}); !errors.Is(err, closed) {
		t.Errorf("without a log: %v", err)
	}
}

// A false positive teaches from the evidence, also from what was not stored yet.
// What it taught is restored, and any other decision takes it back.
func TestFalsePositiveTeaches(t *testing.T) {
	f := newFixture(t)
	queries := []string{"q=1'+UNION+SELECT+1,2--+-", "q=1;DROP+TABLE+x--", "q='+OR+1=1--+", "q=1'+AND+SLEEP(5)--+"}
	for i := range 8 {
		r := &record.Request{Time: time.Now(), IP: scanner, Method: http.MethodGet, Path: "/search", Query: queries[i%4], Status: http.StatusOK, Bytes: 500}
		f.Observe(&abuse.Request{Request: r})
	}
	f.decide(address(scanner), record.DecideFalsePositive)
	id := abuse.FlagID(address(scanner))
	taught := func() (texts []string) {
		items, _ := f.Active().Learned(0, "", 10)
		for _, i := range items {
			if !i.Learned && i.Yes && slices.Equal(i.Sources, []string{id}) {
				texts = append(texts, i.Kind.String()+" "+i.Text)
			}
		}
		return texts
	}
	want := []string{"own read /search", "writes read /search?q"}
	if got := taught(); !slices.Equal(got, want) {
		t.Fatalf("taught %q, want %q", got, want)
	}
	f.restart()
	if got := taught(); !slices.Equal(got, want) {
		t.Errorf("restored %q, want %q", got, want)
	}
	if err := f.Decide(context.Background(), record.DecisionRequest{Subject: address(scanner), Note: "looked at again", By: "sec"}); err != nil {
		t.Fatal(err)
	}
	if got := taught(); !slices.Equal(got, want) {
		t.Errorf("after a note: %q, want %q", got, want)
	}
	for _, kind := range []record.DecisionKind{record.DecideClear, record.DecideConfirm, record.DecideBan, record.DecideAllow} {
		f.decide(address(scanner), record.DecideFalsePositive)
		f.decide(address(scanner), kind)
		if got := taught(); got != nil {
			t.Errorf("after %s: %q", kind, got)
		}
	}
	f.restart()
	if got := taught(); got != nil {
		t.Errorf("restored what was taken back: %q", got)
	}
}
