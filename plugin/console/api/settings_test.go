package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
)

func TestSettingsAreChanged(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	known := len(source.EventList)

	// What keeps longer holds at once.
	v := consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":365,"retention_days_by_category":{"login":400}}`))
	if v.Pending != nil || v.RetentionDays != 365 || v.RetentionDaysByCategory["login"] != 400 || v.Timezone != "Europe/Berlin" {
		t.Fatalf("%+v", v)
	}

	// To look ahead changes nothing, and leaves no entry.
	const shorter = `{"retention_days":90,"anonymize_after_days":{"booking":30}}`
	v = consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath+"?dry_run=true", shorter))
	if v.Pending == nil || len(v.Effects) != 1 {
		t.Fatalf("%+v", v)
	}
	if v := consoletest.SettingsOf(t, consoletest.Get(c, consoletest.SettingsPath)); v.Pending != nil || len(source.EventList) != known+1 {
		t.Fatalf("a look ahead changed something: %+v", v)
	}

	// What keeps less waits, and says what it will do. Times are the instance's.
	w := consoletest.Send(c, "PUT", consoletest.SettingsPath, shorter)
	v = consoletest.SettingsOf(t, w)
	effective := consoletest.Now.Add(record.ShorteningDelay)
	if v.Pending == nil || !v.Pending.Effective.Equal(effective) || v.Pending.RetentionDays != 90 || v.RetentionDays != 365 || len(v.Effects) != 1 ||
		!strings.Contains(w.Body.String(), `"effective":"2026-11-25T12:00:00+01:00"`) {
		t.Fatalf("%s", w.Body)
	}

	// What is left out stays as it is wanted, not as it holds.
	v = consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"timezone":"Asia/Kathmandu"}`))
	if v.Pending == nil || v.Pending.RetentionDays != 90 || v.Pending.AnonymizeAfterDays["booking"] != 30 || !v.Pending.Effective.Equal(effective) || v.Timezone != "Asia/Kathmandu" {
		t.Fatalf("%+v", v)
	}

	// To take back keeps the time zone.
	v = consoletest.SettingsOf(t, consoletest.Send(c, "DELETE", consoletest.SettingsPath+"/pending", ""))
	if v.Pending != nil || v.RetentionDays != 365 || v.Timezone != "Asia/Kathmandu" || len(v.AnonymizeAfterDays) != 0 {
		t.Fatalf("%+v", v)
	}
	if e := source.Last(); e.Type != "settings.taken_back" || e.Initiator.Name != "anna" {
		t.Errorf("%+v", e)
	}
	if w := consoletest.Send(c, "DELETE", consoletest.SettingsPath+"/pending", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "No change is waiting") {
		t.Errorf("nothing waits: status %d %s", w.Code, w.Body)
	}
	if n := len(source.EventList) - known; n != 4 {
		t.Errorf("%d entries about 4 changes", n)
	}
}

// TestSettingsHoldInTheEnd: after two days there is nothing to take back.
func TestSettingsHoldInTheEnd(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":30}`))
	source.Later = record.ShorteningDelay - time.Second
	if v := consoletest.SettingsOf(t, consoletest.Get(c, consoletest.SettingsPath)); v.Pending == nil || v.RetentionDays != 180 {
		t.Errorf("too early: %+v", v)
	}
	source.Later = record.ShorteningDelay
	if v := consoletest.SettingsOf(t, consoletest.Get(c, consoletest.SettingsPath)); v.Pending != nil || v.RetentionDays != 30 {
		t.Errorf("too late: %+v", v)
	}
	if w := consoletest.Send(c, "DELETE", consoletest.SettingsPath+"/pending", ""); w.Code != http.StatusNotFound {
		t.Errorf("taken back: status %d", w.Code)
	}
}

// TestSettingsCanBeWrittenBack: what was read is accepted, and means no change.
func TestSettingsCanBeWrittenBack(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	source.Policy.RetentionDaysByCategory = map[string]int{"login": 30}
	source.Policy.AnonymizeAfterDays = map[string]int{"booking": 30}
	known := len(source.EventList)
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, consoletest.Get(c, consoletest.SettingsPath).Body.String()))
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{}`))
	ahead := consoletest.Send(c, "PUT", consoletest.SettingsPath+"?dry_run=true", `{"retention_days":10}`)
	consoletest.SettingsOf(t, ahead)
	if len(source.EventList) != known || source.Policy.Pending != nil {
		t.Errorf("something changed: %+v", source.Policy)
	}
	// With effects and something that waits: what holds is wanted again.
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":10}`))
	if v := consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, ahead.Body.String())); v.Pending != nil || v.RetentionDays != 180 {
		t.Errorf("%+v", v)
	}
}

// badSettings are bodies and the parameter that each gets wrong.
var badSettings = []struct{ body, param string }{
	{`{"retention_days":0}`, "retention_days"},
	{`{"retention_days":-1}`, "retention_days"},
	{`{"retention_days":36501}`, "retention_days"},
	{`{"retention_days":99999999999999999999}`, "retention_days"},
	{`{"retention_days":1.5}`, "retention_days"},
	{`{"retention_days":1e2}`, "retention_days"},
	{`{"retention_days":"forever"}`, "retention_days"},
	{`{"retention_days":"180"}`, "retention_days"},
	{`{"retention_days":""}`, "retention_days"},
	{`{"retention_days":null}`, "retention_days"},
	{`{"retention_days":true}`, "retention_days"},
	{`{"retention_days":[180]}`, "retention_days"},
	{`{"retention_days":{}}`, "retention_days"},
	{`{"retention_days":30,"retention_days":40}`, "retention_days"},
	{`{"retention_days":30,"anonymize_after_days":{"booking":0}}`, "anonymize_after_days.booking"},
	{`{"anonymize_after_days":{"booking":null}}`, "anonymize_after_days.booking"},
	{`{"anonymize_after_days":{"Booking":3}}`, "anonymize_after_days"},
	{`{"anonymize_after_days":null}`, "anonymize_after_days"},
	{`{"anonymize_after_days":[]}`, "anonymize_after_days"},
	{`{"retention_days_by_category":{"login":1.5}}`, "retention_days_by_category.login"},
	{`{"retention_days_by_category":{"login":1,"login":2}}`, "retention_days_by_category.login"},
	{`{"retention_days_by_category":{"":1}}`, "retention_days_by_category"},
	{`{"retention_days_by_category":"all"}`, "retention_days_by_category"},
	{`{"timezone":"Mars/Olympus"}`, "timezone"},
	{`{"timezone":"Local"}`, "timezone"},
	{`{"timezone":""}`, "timezone"},
	{`{"timezone":"../../etc/passwd"}`, "timezone"},
	{`{"timezone":1}`, "timezone"},
	{`{"timezone":null}`, "timezone"},
	{`{"Retention_Days":30}`, "Retention_Days"},
	{`{"retention":30}`, "retention"},
	{`{"":30}`, ""},
	{``, "body"},
	{`null`, "body"},
	{`30`, "body"},
	{`[]`, "body"},
	{`{`, "body"},
	{`{"retention_days":30`, "body"},
	{`{"retention_days":30,}`, "body"},
	{`{"retention_days":}`, "body"},
	{`{"retention_days":03}`, "body"},
	{`{"retention_days":30}}`, "body"},
	{`{"retention_days":30}{"retention_days":30}`, "body"},
	{`{"retention_days":30} x`, "body"},
	{`{retention_days:30}`, "body"},
	{"{\"retention_days\":30}\x00", "body"},
	{strings.Repeat(`{"pending":`, 9000), "body"},
}

func TestBadSettings(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	known := len(source.EventList)
	for _, test := range badSettings {
		for _, query := range []string{"", "?dry_run=true"} {
			body := test.body
			if len(body) > 64<<10 {
				body = body[:64<<10]
			}
			w := consoletest.Send(c, "PUT", consoletest.SettingsPath+query, body)
			var p problem.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%.60s: %s", test.body, w.Body)
			}
			if p.Status != http.StatusBadRequest || w.Code != p.Status || p.Param != test.param || p.Detail == "" || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%.60s: status %d %s", test.body, w.Code, w.Body)
			}
		}
	}
	for query, param := range map[string]string{"?x=1": "x", "?dry_run=1": "dry_run", "?dry_run=": "dry_run", "?dry_run=true&dry_run=false": "dry_run", "?a;b": ""} {
		if w := consoletest.Send(c, "PUT", consoletest.SettingsPath+query, `{"retention_days":30}`); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"param":"`+param) && param != "" {
			t.Errorf("%s: status %d %s", query, w.Code, w.Body)
		}
	}
	if w := consoletest.Send(c, "DELETE", consoletest.SettingsPath+"/pending?x=1", ""); w.Code != http.StatusBadRequest {
		t.Errorf("status %d", w.Code)
	}
	if w := consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"timezone":"`+strings.Repeat("a", 64<<10)+`"}`); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: status %d %s", w.Code, w.Body)
	}
	if len(source.EventList) != known || source.Policy.Pending != nil || source.Policy.RetentionDays != 180 {
		t.Errorf("something changed: %+v", source.Policy)
	}
}

// TestSettingsMessages: each names the field, the value and the remedy.
func TestSettingsMessages(t *testing.T) {
	c, _ := consoletest.NewSettings(t)
	for body, want := range map[string]string{
		`{"retention_days":0}`:         `retention_days "0": must be a whole number of days from 1 to 36500`,
		`{"retention_days":"forever"}`: `retention_days "forever": must be a whole number of days from 1 to 36500`,
		`{"retention_days":1.5}`:       `retention_days "1.5": must be a whole number of days from 1 to 36500`,
		`{"timezone":"CEST+1"}`:        `timezone "CEST+1": is no time zone; give an IANA name such as Europe/Berlin or UTC`,
		`{"keep":1}`:                   `keep: is not a setting; there are: retention_days, retention_days_by_category, anonymize_after_days, timezone`,
	} {
		var p problem.Problem
		if err := json.Unmarshal(consoletest.Send(c, "PUT", consoletest.SettingsPath, body).Body.Bytes(), &p); err != nil || p.Detail != want {
			t.Errorf("%s: %q (%v)", body, p.Detail, err)
		}
	}
}

// TestOtherSites: no other site's page changes anything.
func TestOtherSites(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":30}`))
	known := len(source.EventList)
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"https://evil.example"}}, {"Origin": {"null"}}, {"Origin": {"http://example.com.evil.example"}},
	} {
		for method, path := range map[string]string{"PUT": consoletest.SettingsPath, "DELETE": consoletest.SettingsPath + "/pending"} {
			r := httptest.NewRequest(method, path, strings.NewReader(`{"retention_days":20}`))
			r.Header = header
			w := httptest.NewRecorder()
			c.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s with %v: status %d", method, header, w.Code)
			}
		}
	}
	if len(source.EventList) != known || source.Policy.Pending.RetentionDays != 30 {
		t.Errorf("something changed: %+v", source.Policy)
	}
	r := httptest.NewRequest("PUT", consoletest.SettingsPath, strings.NewReader(`{"retention_days":20}`))
	r.Header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://example.com"}}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	consoletest.SettingsOf(t, w)
}

// TestSettingsEntries: a change leaves an entry that names who made it and tells
// what it changed.
func TestSettingsEntries(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	source.Policy.AnonymizeAfterDays = map[string]int{"booking": 60}
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":90,"retention_days_by_category":{"login":30},"anonymize_after_days":{},"timezone":"UTC"}`))
	e := source.Last()
	changes, err := json.Marshal(e.Changes)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"field":"retention_days","old":180,"new":90},{"field":"retention_days_by_category.login","new":30},` +
		`{"field":"anonymize_after_days.booking","old":60},{"field":"timezone","old":"Europe/Berlin","new":"UTC"}]`
	if string(changes) != want {
		t.Errorf("changes are %s", changes)
	}
	if e.Type != "settings.changed" || e.Category != record.CategoryGatebook || *e.Initiator != (record.Initiator{ID: "anna", Name: "anna", Kind: "user"}) ||
		e.Text != "The settings of the application log were changed; what keeps less waits until 2026-11-25 12:00 CET." ||
		string(e.Details) != `{"effective":"2026-11-25T12:00:00+01:00"}` || strings.Join(e.Impersonal, " ") != "text params changes details" {
		t.Errorf("%+v", e)
	}
}

// TestSettingsEntryFails: whoever changed something learns that it holds, and that
// no entry tells so.
func TestSettingsEntryFails(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	source.NoteFails = errors.New("the disk is full")
	var reported error
	c.Report = func(err error) { reported = err }
	w := consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":365}`)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "were changed, but") || !errors.Is(reported, source.NoteFails) || source.Policy.RetentionDays != 365 {
		t.Errorf("status %d %s, reported %v", w.Code, w.Body, reported)
	}
}

// TestSettingsByMany: of changes at the same time each tells what it found.
func TestSettingsByMany(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	known := len(source.EventList)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if w := consoletest.Send(c, "PUT", consoletest.SettingsPath, fmt.Sprintf(`{"retention_days":%d}`, 100+i)); w.Code != http.StatusOK {
				t.Errorf("status %d", w.Code)
			}
		})
	}
	all.Wait()
	found := "180"
	for _, e := range source.Notes(known) {
		if string(e.Changes[0].Old) != found {
			t.Errorf("a change found %s, the one before left %s", e.Changes[0].Old, found)
		}
		found = string(e.Changes[0].New)
	}
}
