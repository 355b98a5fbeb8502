package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// flagsConsole is a console of security staff with four flags.
func flagsConsole(t testing.TB) (*console.Console, *consoletest.Source) {
	source := consoletest.Sample(t)
	account := consoletest.AddressFlag("ada@example.com", record.FlagObserved)
	account.Subject.Kind, account.Rules, account.Evidence = record.AccountSubject, nil, nil
	source.FlagList = []record.Flag{
		consoletest.AddressFlag("203.0.113.6/32", record.FlagBanned), consoletest.AddressFlag("203.0.113.7/32", record.FlagBanned),
		consoletest.AddressFlag("203.0.113.128/25", record.FlagAllowed), consoletest.AddressFlag("203.0.113.130/32", record.FlagBanned), account,
	}
	c := consoletest.New(t, source, console.RoleSecurity)
	c.User = "bea"
	return c, source
}

func TestFlagsAreListed(t *testing.T) {
	c, _ := flagsConsole(t)
	var page struct {
		Flags []record.Flag
		Next  string
	}
	consoletest.ReadInto(t, consoletest.Get(c, "/api/v1/flags?limit=2"), 200, &page)
	if len(page.Flags) != 2 || page.Next == "" || page.Flags[0].Rules == nil {
		t.Fatalf("%+v", page)
	}
	w := consoletest.Get(c, "/api/v1/flags?state=banned&ip=203.0.113.7")
	if body := w.Body.String(); strings.Contains(body, "evidence") || !strings.Contains(body, `"since":"2026-11-23T11:00:00+01:00"`) || strings.Count(body, `"id"`) != 1 {
		t.Error(body)
	}
	if body := consoletest.Get(c, "/api/v1/flags?kind=instance").Body.String(); body != `{"flags":[],"next":""}`+"\n" {
		t.Error(body)
	}
	var one record.FlagCase
	consoletest.ReadInto(t, consoletest.Get(c, "/api/v1/flags/id-203.0.113.7-32"), 200, &one)
	if len(one.Evidence) != 1 || one.Logins == nil {
		t.Errorf("%+v", one)
	}
	body := consoletest.Get(c, "/api/v1/flags/id-203.0.113.7-32").Body.String()
	if want := `"intent":"secret","answer":"missing","client":"stranger","rule":"http-sensitive-files","cost":1}]`; !strings.Contains(body, want) {
		t.Errorf("no %s in %s", want, body)
	}
	for target, param := range map[string]string{"flags?state=angry": "state", "flags?ip=x": "ip", "flags?x=1": "x", "flags/id-203.0.113.7-32?x=1": "x", "bans.txt?limit=1": "limit"} {
		var p problem.Problem
		if consoletest.ReadInto(t, consoletest.Get(c, "/api/v1/"+target), 400, &p); p.Param != param {
			t.Errorf("%s: %+v", target, p)
		}
	}
	for _, id := range []string{"none", "", "id-203.0.113.7-32/x", "%00"} {
		if w := consoletest.Get(c, "/api/v1/flags/"+id); w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: status %d", id, w.Code)
		}
	}
}

// TestFlagDoors: flags are for security staff alone, and are changed by no page
// of another site.
func TestFlagDoors(t *testing.T) {
	c, source := flagsConsole(t)
	paths := []string{"flags", "flags/id-203.0.113.7-32", "decisions", "bans.txt", "bans.json", "bans.csv", "bans.nft", "bans.ipset", "bans.caddy", "bans.nginx", "bans.crowdsec"}
	for _, roles := range [][]console.Role{nil, {console.RoleApplication}} {
		closed := consoletest.New(t, source, roles...)
		for _, path := range paths {
			for _, method := range []string{"GET", "POST"} {
				if w := consoletest.Send(closed, method, "/api/v1/"+path, `{"decision":"ban","subject":"203.0.113.9"}`); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "203.0.113") {
					t.Errorf("%v %s %s: status %d %s", roles, method, path, w.Code, w.Body)
				}
			}
		}
	}
	for _, path := range []string{"flags/id-203.0.113.7-32", "decisions"} {
		r := httptest.NewRequest("POST", "/api/v1/"+path, strings.NewReader(`{"decision":"clear"}`))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		if c.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Errorf("%s of another site: status %d", path, w.Code)
		}
	}
	for path, allow := range map[string]string{"flags": "GET, HEAD", "flags/x": "GET, HEAD, POST", "decisions": "POST", "bans.nft": "GET, HEAD"} {
		if w := consoletest.Do(c, "DELETE", "/api/v1/"+path); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
			t.Errorf("%s: status %d, Allow %q", path, w.Code, w.Header().Get("Allow"))
		}
	}
	if len(source.FlagList) != 5 {
		t.Error("something was decided")
	}
}

func TestBans(t *testing.T) {
	c, source := flagsConsole(t)
	for path, want := range map[string]string{
		"bans.txt": "203.0.113.6/31\n", "bans.nginx": "\ndeny 203.0.113.6/31;\n", "bans.caddy": "\tclient_ip 203.0.113.6/31\n",
		"bans.nft": "\t203.0.113.6/31,\n", "bans.ipset": "add gatebook4.new 203.0.113.6/31 timeout 0\n",
		"bans.csv": "prefix,until,rules\n203.0.113.6/31,,http-probing\n", "bans.crowdsec": `"value":"203.0.113.6/31"`,
		"bans.json": `{"instance":"acme","at":"2026-11-23T12:00:00+01:00","bans":[{"prefix":"203.0.113.6/31","rules":["http-probing"]}]}`,
	} {
		w := consoletest.Get(c, "/api/v1/"+path)
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "203.0.113.130") {
			t.Errorf("%s: status %d\n%s", path, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="acme-bans-2026-11-23.`) {
			t.Errorf("%s is called %s", path, got)
		}
	}
	// What does not fit on a page is there too.
	source.FlagList = nil
	for i := range query.MaxLimit + 10 {
		source.FlagList = append(source.FlagList, consoletest.AddressFlag(fmt.Sprintf("10.%d.%d.1/32", i/256, i%256), record.FlagBanned))
	}
	if n := strings.Count(consoletest.Get(c, "/api/v1/bans.txt").Body.String(), "\n"); n != query.MaxLimit+10 {
		t.Errorf("%d of %d bans", n, query.MaxLimit+10)
	}
}

// TestFlagsAreVisible: nothing that a flag holds steers the terminal that shows
// an answer, or begins a line or a comment of a list.
func TestFlagsAreVisible(t *testing.T) {
	c, source := flagsConsole(t)
	const nasty = "a\x1b[31m\u009b\u202e\n\r}\ndeny all;\n\xff"
	f := &source.FlagList[0]
	f.Rules[0].Rule, f.Country, f.Scope = nasty, nasty, ""
	f.Notes, f.Decisions = []record.Note{{Text: nasty, By: nasty}}, []record.Decision{{By: nasty, Note: nasty}}
	f.Evidence[0].Path = nasty
	for _, path := range []string{"flags", "flags/" + f.ID, "bans.txt", "bans.json", "bans.csv", "bans.nft", "bans.ipset", "bans.caddy", "bans.nginx", "bans.crowdsec"} {
		body := consoletest.Get(c, "/api/v1/"+path).Body.String()
		for _, r := range body {
			if display.Invisible(r) && r != '\n' && r != '\t' {
				t.Errorf("%s: %U is as it is", path, r)
			}
		}
		if !utf8.ValidString(body) || strings.Contains(body, "\ndeny all") {
			t.Errorf("%s: %s", path, body)
		}
	}
}
