package detection

import (
	"context"
	"errors"
	"net/netip"
	"testing"

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
