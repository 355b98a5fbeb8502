package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
)

func TestDecisions(t *testing.T) {
	c, source := flagsConsole(t)
	known := len(source.EventList)
	var f record.Flag
	w := consoletest.Send(c, "POST", "/api/v1/flags/id-203.0.113.7-32", `{"decision":"throttle","for":"30d","note":"a scanner"}`)
	consoletest.ReadInto(t, w, 200, &f)
	last := f.Decisions[len(f.Decisions)-1]
	if f.State != record.FlagThrottled || last.By != "bea" || last.Note != "a scanner" || last.Until.Sub(last.At) != 30*24*time.Hour || strings.Contains(w.Body.String(), "evidence") {
		t.Errorf("%s", w.Body)
	}
	e := source.Last()
	if e.Type != "flag.decided" || e.Category != "gatebook" || e.Initiator.Name != "bea" || string(e.Details) != `{"decision":"throttle","kind":"address","seconds":2592000}` {
		t.Errorf("%+v %s", e, e.Details)
	}

	// Nobody is known at the command line.
	c.User = ""
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/decisions", `{"subject":"2001:db8:0:1::7","decision":"ban"}`), 200, &f)
	if f.Subject.Value != "2001:db8:0:1::/64" || f.State != record.FlagBanned || f.Decisions[0].By != "command line" || source.Last().Initiator != nil {
		t.Errorf("%+v", f)
	}
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/decisions", `{"subject":{"kind":"account","value":"ada@example.com"},"decision":"false_positive"}`), 200, &f)
	if f.Review != record.ReviewFalsePositive || f.ID != "id-ada@example.com" {
		t.Errorf("%+v", f)
	}
	if n := len(source.EventList) - known; n != 3 {
		t.Errorf("%d entries about 3 decisions", n)
	}
	for _, e := range source.EventList[known:] {
		text, _ := json.Marshal(e)
		for _, secret := range []string{"203.0.113", "2001:db8", "ada@example.com", "scanner"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("an entry tells %q: %s", secret, text)
			}
		}
	}
}

func TestManyDecisions(t *testing.T) {
	c, source := flagsConsole(t)
	known := len(source.EventList)
	var answer struct {
		Results []struct {
			Flag  *record.Flag
			Error *problem.Problem
		}
	}
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/decisions", `{"decisions":[{"subject":"198.51.100.1","decision":"ban"},{"subject":"198.51.0.0/15","decision":"ban"},
		{"subject":"198.51.100.2","decision":"allow"},{"decision":"ban"},7,{"subject":"198.51.100.3","decision":"ban","why":"x"}]}`), 200, &answer)
	params := []string{"", "subject", "", "subject", "decisions[4]", "why"}
	for i, want := range params {
		r := answer.Results[i]
		if want == "" && (r.Error != nil || r.Flag == nil) || want != "" && (r.Flag != nil || r.Error == nil || r.Error.Param != want || r.Error.Status != 400) {
			t.Errorf("%d: %+v %+v", i, r.Flag, r.Error)
		}
	}
	if e := source.Last(); len(source.EventList) != known+1 || string(e.Details) != `{"count":2,"failed":4,"decisions":{"allow":1,"ban":1}}` || !strings.Contains(e.Text, "decisions: 2") {
		t.Errorf("%+v %s", e, e.Details)
	}
	one := `{"subject":"198.51.100.1","decision":"clear"}`
	for body, ok := range map[string]bool{
		`{"decisions":[` + strings.Repeat(one+",", 99) + one + `]}`: true, `{"decisions":[` + strings.Repeat(one+",", 100) + one + `]}`: false,
		`{"decisions":[]}`: false, `{"decisions":null}`: false, `{"decisions":{}}`: false, `{"decisions":[` + one + `],"note":"x"}`: false,
	} {
		if w := consoletest.Send(c, "POST", "/api/v1/decisions", body); (w.Code == 200) != ok {
			t.Errorf("%.60s: status %d %.200s", body, w.Code, w.Body)
		}
	}
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/decisions", `{"decisions":[7]}`), 200, &answer)
	if len(source.EventList) != known+2 { // that of the hundred
		t.Error("nothing decided left an entry")
	}
}

func TestWrongDecisions(t *testing.T) {
	c, source := flagsConsole(t)
	known := len(source.EventList)
	for body, want := range map[string][2]string{
		``:                          {"body", "must be a JSON object"},
		`[]`:                        {"body", "must be a JSON object"},
		`{"subject":"203.0.113.7"}`: {"decision", "is missing"},
		`{"decision":"ban"}`:        {"subject", "is missing"},
		`{"subject":"203.0.113","decision":"ban"}`:                                              {"subject", "is no address"},
		`{"subject":"","decision":"ban"}`:                                                       {"subject", "is no address"},
		`{"subject":"203.0.0.0/15","decision":"ban"}`:                                           {"subject", "is too wide; decide about a /16 of IPv4 or a /32 of IPv6"},
		`{"subject":"2001::/31","decision":"allow"}`:                                            {"subject", "is too wide"},
		`{"subject":"::ffff:0.0.0.0/96","decision":"ban"}`:                                      {"subject", "is too wide"},
		`{"subject":7,"decision":"ban"}`:                                                        {"subject", "in quotation marks"},
		`{"subject":{"kind":"address"},"decision":"ban"}`:                                       {"subject", "is no address"},
		`{"subject":{"kind":"house","value":"x"},"decision":"ban"}`:                             {"subject.kind", "must be one of"},
		`{"subject":{"kind":"account","value":""},"decision":"clear"}`:                          {"subject", "must have"},
		`{"subject":{"kind":"account","value":"a","x":"b"},"decision":"clear"}`:                 {"subject.x", "is no part"},
		`{"subject":{"kind":"account","value":"a","value":"b"},"decision":"clear"}`:             {"subject.value", "twice"},
		`{"subject":{"kind":"instance"},"decision":"ban"}`:                                      {"decision", "is for addresses"},
		`{"subject":{"kind":"instance","value":"acme"},"decision":"clear"}`:                     {"subject", "must be empty"},
		`{"subject":{"kind":"account","value":"a"},"decision":"ban"}`:                           {"decision", "is for addresses"},
		`{"subject":"203.0.113.7","decision":"hang"}`:                                           {"decision", "must be one of ban, throttle, allow, clear, confirm, false_positive"},
		`{"subject":"203.0.113.7","decision":null}`:                                             {"decision", "must be a text"},
		`{"subject":"203.0.113.7","decision":"ban","decision":"allow"}`:                         {"decision", "twice"},
		`{"subject":"203.0.113.7","decision":"ban","for":"soon"}`:                               {"for", "must be a time from 1s to 3650d"},
		`{"subject":"203.0.113.7","decision":"ban","for":"999ms"}`:                              {"for", "must be a time"},
		`{"subject":"203.0.113.7","decision":"ban","for":"3651d"}`:                              {"for", "must be a time"},
		`{"subject":"203.0.113.7","decision":"ban","for":4}`:                                    {"for", "must be a text"},
		`{"subject":"203.0.113.7","decision":"clear","for":"4h"}`:                               {"for", "leave it out"},
		`{"subject":"203.0.113.7","decision":"ban","note":"` + strings.Repeat("ü", 1001) + `"}`: {"note", "is longer than 1000 characters"},
		`{"subject":"203.0.113.7","decision":"ban","until":"2027-01-01"}`:                       {"until", "is no part of a decision"},
		`{"subject":"203.0.113.7","decision":"ban"} x`:                                          {"body", "goes on"},
	} {
		var p problem.Problem
		w := consoletest.Send(c, "POST", "/api/v1/decisions", body)
		if consoletest.ReadInto(t, w, 400, &p); p.Param != want[0] || !strings.Contains(p.Detail, want[1]) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.80s: %+v", body, p)
		}
	}
	if w := consoletest.Send(c, "POST", "/api/v1/decisions?dry_run=true", `{}`); w.Code != 400 {
		t.Errorf("a parameter: status %d", w.Code)
	}
	var p problem.Problem
	if consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/flags/id-203.0.113.7-32", `{"decision":"ban","subject":"203.0.113.9"}`), 400, &p); p.Param != "subject" {
		t.Errorf("%+v", p)
	}
	if w := consoletest.Send(c, "POST", "/api/v1/flags/none", `{"decision":"ban"}`); w.Code != 404 {
		t.Errorf("unknown: status %d", w.Code)
	}
	if w := consoletest.Send(c, "POST", "/api/v1/decisions", `{"note":"`+strings.Repeat("a", 64<<10)+`"}`); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("large: status %d", w.Code)
	}
	if len(source.EventList) != known || len(source.FlagList) != 5 {
		t.Error("something was decided")
	}
	if w := consoletest.Send(c, "POST", "/api/v1/decisions", `{"subject":"203.0.113.7","decision":"ban","for":"3650d","note":"`+strings.Repeat("ü", 1000)+`"}`); w.Code != 200 {
		t.Errorf("as much as can be: status %d %s", w.Code, w.Body)
	}
}

// TestDecisionWithoutEntry: a decision that left no entry is not called done.
func TestDecisionWithoutEntry(t *testing.T) {
	c, source := flagsConsole(t)
	source.NoteFails = errors.New("the disk is full")
	var reported error
	c.Report = func(err error) { reported = err }
	for _, body := range []string{`{"subject":"203.0.113.7","decision":"clear"}`, `{"decisions":[{"subject":"203.0.113.7","decision":"clear"}]}`} {
		reported = nil
		w := consoletest.Send(c, "POST", "/api/v1/decisions", body)
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "It was decided, and holds") || !errors.Is(reported, source.NoteFails) {
			t.Errorf("status %d %s, reported %v", w.Code, w.Body, reported)
		}
	}
}

// FuzzDecisions: whatever is sent, the answer is JSON, and nothing is decided that
// could not be.
func FuzzDecisions(f *testing.F) {
	for _, body := range []string{
		`{"subject":"203.0.113.7","decision":"ban","for":"4h","note":"x"}`, `{"subject":{"kind":"account","value":"a"},"decision":"clear"}`,
		`{"decisions":[{"subject":"2001:db8::/48","decision":"allow"},null,[]]}`, `{"subject":"\ud800","decision":"\u0000"}`, `{"note":`, "\xff",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c, source := flagsConsole(t)
		for _, path := range []string{"decisions", "flags/id-203.0.113.7-32"} {
			w := consoletest.Send(c, "POST", "/api/v1/"+path, body)
			if (w.Code != 200 && w.Code != 400) || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
		}
		for _, flag := range source.FlagList {
			for _, d := range flag.Decisions {
				one := record.DecisionRequest{Subject: flag.Subject, Decision: d.Decision, Note: d.Note}
				if err := one.Check(); err != nil || !utf8.ValidString(d.Note) || one.Subject != flag.Subject {
					t.Fatalf("decided: %+v: %v", flag, err)
				}
			}
		}
	})
}

// TestDecidingAboutTheInstanceByProgram: its subject has no value.
func TestDecidingAboutTheInstanceByProgram(t *testing.T) {
	c, source := flagsConsole(t)
	for decision, body := range map[record.DecisionKind]string{
		record.DecideConfirm: `{"subject":{"kind":"instance"},"decision":"confirm"}`,
		record.DecideClear:   `{"subject":{"kind":"instance","value":""},"decision":"clear","note":"a sale"}`,
	} {
		var f record.Flag
		consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/decisions", body), 200, &f)
		if last := f.Decisions[len(f.Decisions)-1]; f.Subject != (record.FlagSubject{Kind: record.InstanceSubject}) || last.Decision != decision {
			t.Errorf("%s: %+v", body, f)
		}
	}
	if e := source.Last(); !strings.Contains(string(e.Details), `"kind":"instance"`) {
		t.Errorf("%s", e.Details)
	}
}
