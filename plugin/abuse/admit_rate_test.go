package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

var loginForm = abuse.PathRate{Method: "POST", Path: "/Login", PerSecond: 10.0 / 60, Burst: 20}

// send asks for the login form, and returns the verdict.
func send(d *abuse.Detector, ip, path string, now time.Time) abuse.Verdict {
	return d.Admit(abuse.Client{Addr: netip.MustParseAddr(ip), UserAgent: browser, Method: "POST", Path: path}, now)
}

// The 21st request is refused until one of them is forgotten; other clients, methods
// and paths are not.
func TestPathRatesAreTrue(t *testing.T) {
	d := newDetector(t, abuse.Config{Enforce: true, Paths: []abuse.PathRate{loginForm}})
	now := start
	for i := range 20 {
		if v := send(d, "203.0.113.7", "/login", now); v.Verdict != record.VerdictPass {
			t.Fatalf("request %d: %+v", i+1, v)
		}
	}
	v := send(d, "203.0.113.7", "/login", now)
	if v.Verdict != record.VerdictThrottle || v.RetryAfter != 6*time.Second || v.Rule != "rate" {
		t.Errorf("request 21: %+v", v)
	}
	for _, path := range []string{"/LOGIN", "//login", "/login/", "/./login", "/a/../login", "/login;x=1", "/%6cogin"} {
		if v := send(d, "203.0.113.7", path, now); v.Verdict != record.VerdictThrottle {
			t.Errorf("%s passes", path)
		}
	}
	for _, path := range []string{"/", "/login2", "/a/login"} {
		if v := send(d, "203.0.113.7", path, now); v.Verdict != record.VerdictPass {
			t.Errorf("%s: %+v", path, v)
		}
	}
	if d.Admit(abuse.Client{Addr: netip.MustParseAddr("203.0.113.7"), UserAgent: browser, Method: "GET", Path: "/login"}, now).Verdict != record.VerdictPass {
		t.Error("another method is refused")
	}
	if send(d, "203.0.113.8", "/login", now).Verdict != record.VerdictPass {
		t.Error("another client is refused")
	}
	if send(d, "203.0.113.7", "/login", now.Add(6*time.Second-time.Millisecond)).Verdict == record.VerdictPass || send(d, "203.0.113.7", "/login", now.Add(6*time.Second)).Verdict != record.VerdictPass {
		t.Error("Retry-After is not true")
	}
}

// All clients share the rate of an instance, which is flagged, and none of them.
func TestInstanceRates(t *testing.T) {
	d := newDetector(t, abuse.Config{Enforce: true, Paths: []abuse.PathRate{{Path: "/search*", PerSecond: 1, Burst: 50, PerInstance: true}}})
	var found []abuse.Overflow
	refused := 0
	for i := range 100 {
		ip := netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
		if send(d, fmt.Sprintf("203.0.113.%d", i), "/search", start).Verdict == record.VerdictThrottle {
			refused++
		}
		found = append(found, d.Observe(&abuse.Request{Request: visit(ip, "/")}, start)...)
	}
	if refused != 50 {
		t.Errorf("%d of 100 are refused", refused)
	}
	if len(found) != 1 || found[0].Subject.Kind != record.InstanceSubject || found[0].Rule != "rate" || found[0].IP.IsValid() {
		t.Errorf("found %+v", found)
	}
}
