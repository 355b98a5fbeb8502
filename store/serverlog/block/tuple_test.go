package block

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

func TestAgentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record.Request{Browser: drawWord(t), OS: drawWord(t), UserAgent: drawWord(t)}
		browser, system, userAgent, err := cutAgent(appendAgent(nil, &r))
		if err != nil || string(browser) != r.Browser || string(system) != r.OS || string(userAgent) != r.UserAgent {
			t.Fatalf("%+v: %q, %q, %q, %v", r, browser, system, userAgent, err)
		}
	})
}

func TestNetworkRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record.Request{Country: drawWord(t), ASN: rapid.Uint32().Draw(t, "asn"), ASOrg: drawWord(t)}
		country, asn, organization, err := cutNetwork(appendNetwork(nil, &r))
		if err != nil || string(country) != r.Country || asn != r.ASN || string(organization) != r.ASOrg {
			t.Fatalf("%+v: %q, %d, %q, %v", r, country, asn, organization, err)
		}
	})
}

func TestFailureRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &record.Failure{Source: drawWord(t), Type: drawWord(t), Message: drawWord(t), Where: drawWord(t), Trace: drawWord(t), Integration: drawWord(t), Cut: rapid.Bool().Draw(t, "cut")}
		tuple := appendFailure(nil, f)
		got, err := cutFailure(tuple)
		if err != nil || !reflect.DeepEqual(got, f) {
			t.Fatalf("got %+v, %v; want %+v", got, err, f)
		}
		if source := failureSource(tuple); string(source) != f.Source {
			t.Fatalf("source %q, want %q", source, f.Source)
		}
	})
}

func TestAddressRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ip, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		if rapid.Bool().Draw(t, "IPv4") {
			ip = netip.AddrFrom4([4]byte(ip.AsSlice()))
		}
		if got, err := cutAddress(appendAddress(nil, ip)); err != nil || got != ip {
			t.Fatalf("got %v, %v; want %v", got, err, ip)
		}
	})
	if _, err := cutAddress([]byte("12345")); err == nil {
		t.Error("five bytes are an address")
	}
}

// A request without any of the values has an entry without a byte, which is what
// a column that is left out has.
func TestEmptyTuples(t *testing.T) {
	var r record.Request
	for name, tuple := range map[string][]byte{
		"agent": appendAgent(nil, &r), "network": appendNetwork(nil, &r), "failure": appendFailure(nil, nil), "address": appendAddress(nil, r.IP),
	} {
		if len(tuple) > 0 {
			t.Errorf("%s: %x", name, tuple)
		}
	}
	f, err := cutFailure(nil)
	if f != nil || err != nil || failureSource(nil) != nil {
		t.Errorf("no failure is %+v, %v", f, err)
	}
}

func TestTuplesThatAreCutOff(t *testing.T) {
	agent := appendAgent(nil, &record.Request{Browser: "Firefox", OS: "Linux"})
	network := appendNetwork(nil, &record.Request{Country: "DE", ASN: 3320})
	failed := appendFailure(nil, &record.Failure{Source: "app", Trace: "trace"})
	refused := func(name string, tuple []byte, cut func([]byte) error) {
		for n := 1; n < len(tuple); n++ {
			if cut(bytes.Clone(tuple[:n])) == nil {
				t.Errorf("%d of %d bytes of %s are taken", n, len(tuple), name)
			}
		}
	}
	refused("an agent", agent, func(b []byte) error { _, _, _, err := cutAgent(b); return err })
	refused("a network", network, func(b []byte) error { _, _, _, err := cutNetwork(b); return err })
	refused("a failure", failed, func(b []byte) error { _, err := cutFailure(b); return err })
	if _, _, _, err := cutNetwork([]byte{0xff, 0xff, 0xff, 0xff, 0x1f, 0}); err == nil {
		t.Error("a network number of more than 32 bits is taken")
	}
	for _, b := range [][]byte{nil, {0x80}, {1, 1}} {
		if v, err := cutStatus(b); err == nil {
			t.Errorf("%x is the status %d", b, v)
		}
	}
}
