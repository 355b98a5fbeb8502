package abuse_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// A client that goes on in spite of its throttles is banned in the end. The ban holds
// for its address, because the client can change its user agent.
func TestBanAfterThrottles(t *testing.T) {
	d := newDetector(t, abuse.Config{Enforce: true})
	ip, now := netip.MustParseAddr("198.51.100.66"), start
	const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	throttles := 0
	for i := 0; ; i++ {
		now = now.Add(7 * time.Second)
		if i > 1000 {
			t.Fatalf("no ban after %d throttles", throttles)
		}
		c := abuse.Client{Addr: ip, UserAgent: agent, Method: "POST", Path: "/login"}
		v := d.Admit(c, now)
		if v.Verdict == record.VerdictBan {
			break
		}
		if v.Verdict != record.VerdictPass {
			continue
		}
		r := visit(ip, "/login")
		r.Method, r.UserAgent, r.Status, r.Time = "POST", agent, 401, now
		for _, o := range d.Observe(&abuse.Request{Request: r}, now) {
			if o.Rule == "http-generic-401-bf" && o.Action == abuse.Throttle {
				throttles++
			}
		}
	}
	if throttles != 3 {
		t.Errorf("banned after %d throttles, want 3", throttles)
	}
	other := abuse.Client{Addr: ip, UserAgent: "another one", Path: "/"}
	if v := d.Admit(other, now); v.Verdict != record.VerdictBan {
		t.Errorf("with another user agent: %s, want a ban", v.Verdict)
	}
}
