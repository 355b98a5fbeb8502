package abuse_test

import (
	"os"
	"testing"

	"github.com/gatebook/gatebook/internal/traffic"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

func TestZZ(t *testing.T) {
	c, err := traffic.Read(os.DirFS("testdata/traffic"), os.Getenv("CASE")+".case")
	if err != nil {
		t.Skip()
	}
	reqs := c.Alone()
	if os.Getenv("KNOWN") != "" {
		reqs = c.Known()
	}
	g := newGate(t, abuse.Config{Seed: 1, Private: true})
	n := map[string]int{}
	for i := range reqs {
		r := &reqs[i]
		now := r.Time
		v := g.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Method: r.Method, Path: r.Path}, now)
		if v.Verdict != record.VerdictPass {
			r.Request.Verdict = v.Verdict
			k := "refused " + string(v.Verdict) + " " + v.Rule
			if n[k]++; n[k] < 6 {
				t.Logf("%s %s %s %s %s -> %s %s %s", now.Format("15:04:05"), r.IP, r.Method, r.Path, r.Query, v.Verdict, v.Rule, v.RetryAfter)
			}
		}
		fo := g.Observe(&abuse.Request{Request: r.Request, AuthFailed: r.AuthFailed, CrossSite: abuse.CrossSite("", r.Referer, r.Host)}, now)
		if r.Verdict != record.VerdictThrottle && r.Verdict != record.VerdictBan && r.User != "" && r.Method == "POST" && (r.AuthFailed || r.Status < 400) {
			fo = append(fo, g.Login(&abuse.LoginEvent{Addr: r.IP, UserAgent: r.UserAgent, Account: r.User, Success: !r.AuthFailed, Path: r.Path}, now)...)
		}
		for _, o := range fo {
			if n[o.Rule]++; n[o.Rule] < 5 {
				t.Logf("%s %s %s?%s -> %s %s count %d scope %q mature %v", now.Format("15:04:05"), r.IP, r.Path, r.Query, o.Rule, o.Action, o.Count, o.Scope, g.Mature(now))
			}
		}
	}
	t.Log(n, g.Mature(reqs[len(reqs)-1].Time))
}
