package settings_test

import (
	"errors"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// formOf reads the fields of a page's form that has a button.
func formOf(t *testing.T, page, button string) url.Values {
	t.Helper()
	form := consoletest.Form(t, page, `name="do" value="`+button+`"`)
	form.Set("do", button)
	return form
}

// with is a form in which somebody typed something.
func with(form url.Values, typed map[string]string) url.Values {
	form = maps.Clone(form)
	for name, value := range typed {
		form.Set(name, value)
	}
	return form
}

func wantPage(t *testing.T, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	body := html.UnescapeString(w.Body.String())
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not have %q", text)
		}
	}
	if t.Failed() {
		t.Fatalf("%s", body)
	}
}

func wantRedirect(t *testing.T, w *httptest.ResponseRecorder, to string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
		t.Fatalf("status %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
}

// TestSettingsPage goes all the way: fill in, preview, back, confirm, take back.
func TestSettingsPage(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	known := len(source.EventList)
	first := consoletest.Get(c, "/settings")
	wantPage(t, first, http.StatusOK, "180 days", "Europe/Berlin", "none so far", `<a href="/logs/settings" aria-current="page">Retention</a>`)
	form := formOf(t, first.Body.String(), "preview")
	if form.Get("retention_days") != "180" || form.Get("timezone") != "Europe/Berlin" || !form.Has("retention_days_by_category.smart_lock") || !form.Has("anonymize_after_days.gatebook") {
		t.Fatalf("%v", form)
	}

	shorter := with(form, map[string]string{"retention_days": " 90 ", "anonymize_after_days.booking": "30"})
	preview := consoletest.Post(c, "/settings", shorter)
	wantPage(t, preview, http.StatusOK, "1 entry older than 2026-08-27 will be deleted. This cannot be undone.", "on 2026-11-25 at 12:00; until then it can be taken back",
		"180 days", "90 days", "Booking: anonymized after", "never", "30 days")
	back := consoletest.Post(c, "/settings", formOf(t, preview.Body.String(), "edit"))
	wantPage(t, back, http.StatusOK)
	if again := formOf(t, back.Body.String(), "preview"); again.Get("retention_days") != "90" || again.Get("anonymize_after_days.booking") != "30" {
		t.Errorf("what was typed is lost: %v", again)
	}
	if source.Policy.Pending != nil || len(source.EventList) != known {
		t.Fatal("something was saved before it was confirmed")
	}

	wantRedirect(t, consoletest.Post(c, "/settings", formOf(t, preview.Body.String(), "confirm")), "/logs/settings?done=waits")
	if p := source.Policy.Pending; p == nil || p.RetentionDays != 90 || p.AnonymizeAfterDays["booking"] != 30 || source.Last().Type != "settings.changed" {
		t.Fatalf("%+v", source.Policy)
	}
	waiting := consoletest.Get(c, "/settings?done=waits")
	wantPage(t, waiting, http.StatusOK, `role="status">The change was saved. It waits`, "A change is waiting", "2026-11-25 12:00:00", "1 entry older than 2026-08-27")
	if form := formOf(t, waiting.Body.String(), "preview"); form.Get("retention_days") != "90" {
		t.Errorf("the form does not have what is wanted: %v", form)
	}
	takeBack := formOf(t, waiting.Body.String(), "take_back")
	wantRedirect(t, consoletest.Post(c, "/settings", takeBack), "/logs/settings?done=taken_back")
	if source.Policy.Pending != nil || source.Last().Type != "settings.taken_back" || len(source.EventList) != known+2 {
		t.Fatalf("%+v", source.Policy)
	}
	wantPage(t, consoletest.Get(c, "/settings?done=taken_back"), http.StatusOK, "The change was taken back.")

	// The same form again: there is nothing that it saw.
	wantRedirect(t, consoletest.Post(c, "/settings", takeBack), "/logs/settings?done=meanwhile")
	wantPage(t, consoletest.Get(c, "/settings?done=meanwhile"), http.StatusOK, "Nothing was taken back")

	// What keeps longer holds at once, and what changes nothing says so.
	longer := with(form, map[string]string{"retention_days": "365", "timezone": "Asia/Kathmandu"})
	preview = consoletest.Post(c, "/settings", longer)
	wantPage(t, preview, http.StatusOK, "It takes effect at once.", "No entry that is kept now will be deleted", "Asia/Kathmandu")
	wantRedirect(t, consoletest.Post(c, "/settings", formOf(t, preview.Body.String(), "confirm")), "/logs/settings?done=changed")
	wantRedirect(t, consoletest.Post(c, "/settings", longer), "/logs/settings?done=nothing")
	wantPage(t, consoletest.Get(c, "/settings?done=nothing"), http.StatusOK, "Nothing was changed")
}

// TestSettingsMeanwhile: what somebody confirms is what was previewed, or it is
// previewed again.
func TestSettingsMeanwhile(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	form := formOf(t, consoletest.Get(c, "/settings").Body.String(), "preview")
	preview := consoletest.Post(c, "/settings", with(form, map[string]string{"retention_days": "90"}))
	confirm := formOf(t, preview.Body.String(), "confirm")
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days_by_category":{"login":365}}`))
	known := len(source.EventList)

	again := consoletest.Post(c, "/settings", confirm)
	wantPage(t, again, http.StatusOK, "Somebody changed the settings meanwhile.", "Login: kept for", "365 days", "as all others (90 days)")
	if source.Policy.Pending != nil || len(source.EventList) != known {
		t.Fatalf("%+v", source.Policy)
	}
	wantRedirect(t, consoletest.Post(c, "/settings", formOf(t, again.Body.String(), "confirm")), "/logs/settings?done=waits")

	// When what waited has come to hold, it is no longer the same either.
	confirm = formOf(t, consoletest.Post(c, "/settings", with(form, map[string]string{"retention_days": "60"})).Body.String(), "confirm")
	source.Later = record.ShorteningDelay
	wantPage(t, consoletest.Post(c, "/settings", confirm), http.StatusOK, "Somebody changed the settings meanwhile.")
	if source.Policy.At(source.Now()).RetentionDays != 90 {
		t.Errorf("%+v", source.Policy)
	}
}

// TestWrongSettingsForms: what is wrong is said beside each field, what was typed
// stays, and nothing changes.
func TestWrongSettingsForms(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	known := len(source.EventList)
	form := formOf(t, consoletest.Get(c, "/settings").Body.String(), "preview")
	const days = "Must be a whole number of days from 1 to 36500."
	for _, do := range []string{"preview", "confirm"} {
		for _, test := range []struct{ name, value, want string }{
			{"retention_days", "0", days}, {"retention_days", "-1", days}, {"retention_days", "36501", days}, {"retention_days", "1.5", days}, {"retention_days", "", days},
			{"retention_days", "forever", days}, {"retention_days", "<b>", days}, {"retention_days", "99999999999999999999", days},
			{"retention_days_by_category.login", "0", days}, {"anonymize_after_days.booking", "nie", days},
			{"timezone", "Mars/Olympus", "Is no time zone; give an IANA name such as Europe/Berlin or UTC."}, {"timezone", "", "Is no time zone"}, {"timezone", "Local", "Is no time zone"},
		} {
			w := consoletest.Post(c, "/settings", with(form, map[string]string{test.name: test.value, "do": do}))
			wantPage(t, w, http.StatusBadRequest, `role="alert">Nothing was changed`, `aria-describedby="wrong-`+test.name+`"`, `id="wrong-`+test.name+`">`+test.want)
			if got := formOf(t, w.Body.String(), "preview").Get(test.name); got != test.value || strings.Count(w.Body.String(), "aria-invalid") != 1 {
				t.Errorf("%s: %q became %q", test.name, test.value, got)
			}
		}
	}
	// All that is wrong at once.
	w := consoletest.Post(c, "/settings", with(form, map[string]string{"retention_days": "x", "anonymize_after_days.booking": "0", "timezone": "x"}))
	if n := strings.Count(w.Body.String(), "aria-invalid"); n != 3 || len(regexp.MustCompile(`<input [^>]* autofocus>`).FindAllString(w.Body.String(), -1)) != 1 {
		t.Errorf("%d fields are marked", n)
	}
	for name, value := range map[string]string{"x": "1", "retention_days_by_category.": "1", "retention_days_by_category.A": "1", "anonymize_after_days.<b>": "1", "do": "erase"} {
		if w := consoletest.Post(c, "/settings", with(form, map[string]string{name: value})); w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "<b>") {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	twice := with(form, nil)
	twice["retention_days"] = []string{"90", "100"}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"twice":    consoletest.Post(c, "/settings", twice),
		"no form":  consoletest.Post(c, "/settings", nil),
		"too much": consoletest.Post(c, "/settings", with(form, map[string]string{"timezone": strings.Repeat("a", 64<<10)})),
		"in query": consoletest.Post(c, "/settings?do=confirm", form),
		"done":     consoletest.Get(c, "/settings?done=erased"),
		"page":     consoletest.Get(c, "/settings?x=1"),
	} {
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	if source.Policy.Pending != nil || source.Policy.RetentionDays != 180 || len(source.EventList) != known {
		t.Errorf("something changed: %+v", source.Policy)
	}
}

// TestSettingsPageOfOtherSites: no other site confirms or takes back.
func TestSettingsPageOfOtherSites(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	consoletest.SettingsOf(t, consoletest.Send(c, "PUT", consoletest.SettingsPath, `{"retention_days":90}`))
	page := consoletest.Get(c, "/settings").Body.String()
	confirm := formOf(t, consoletest.Post(c, "/settings", with(formOf(t, page, "preview"), map[string]string{"retention_days": "30"})).Body.String(), "confirm")
	for _, form := range []url.Values{confirm, formOf(t, page, "take_back")} {
		for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://evil.example"}}} {
			r := httptest.NewRequest("POST", "/settings", strings.NewReader(form.Encode()))
			r.Header = header
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			c.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%v: status %d", header, w.Code)
			}
		}
	}
	if source.Policy.Pending == nil || source.Policy.Pending.RetentionDays != 90 {
		t.Errorf("%+v", source.Policy)
	}
}

// TestSettingsInGerman: the two steps, in German, and the last run.
func TestSettingsInGerman(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	source.LastRun = &record.RetentionRun{Time: consoletest.Now.Add(-time.Hour), Deleted: 1203, Anonymized: 4}
	german := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept-Language", "de")
		c.ServeHTTP(w, r)
	})
	first := consoletest.Get(german, "/settings")
	wantPage(t, first, http.StatusOK, "Löschkonzept", "Gelöscht: 1.203", "Anonymisiert: 4", "2026-11-23 11:00:00", "180 Tage")
	form := with(formOf(t, first.Body.String(), "preview"), map[string]string{"retention_days": "90"})
	wantPage(t, consoletest.Post(german, "/settings", form), http.StatusOK, "1 Eintrag aus der Zeit vor dem 2026-08-27 wird gelöscht. Das lässt sich nicht rückgängig machen.", "am 2026-11-25 um 12:00")
	wantPage(t, consoletest.Post(german, "/settings", with(form, map[string]string{"retention_days": "x"})), http.StatusBadRequest, "Muss eine ganze Zahl von 1 bis 36500 Tagen sein.")
}

// TestEffects: one sentence for all to which the same is done at once.
func TestEffects(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	at := consoletest.Now.Add(record.ShorteningDelay)
	source.Effects = []record.SettingsEffect{
		{Effect: record.EffectDelete, Category: "booking", Entries: 1200, Before: at.AddDate(0, 0, -90), At: at},
		{Effect: record.EffectAnonymize, Category: "booking", Entries: 57, Before: at.AddDate(0, 0, -30), At: at.Add(time.Hour)},
		{Effect: record.EffectDelete, Category: "login", Entries: 3, Before: at.AddDate(0, 0, -90), At: at},
		{Effect: record.EffectDelete, Category: "user", Entries: 0, Before: at.AddDate(0, 0, -10), At: at},
	}
	form := with(formOf(t, consoletest.Get(c, "/settings").Body.String(), "preview"), map[string]string{"retention_days": "90"})
	w := consoletest.Post(c, "/settings", form)
	wantPage(t, w, http.StatusOK, "1,203 entries older than 2026-08-27 will be deleted. This cannot be undone.", "Booking: 1,200 · Login: 3",
		"57 entries from before 2026-10-26 will be anonymized. This cannot be undone.", "It happens on 2026-11-25 at 13:00.", "Category: Booking")
	if strings.Contains(w.Body.String(), "User: 0") || strings.Contains(w.Body.String(), "2026-11-15") {
		t.Error("the page tells of nothing")
	}
}

// TestSettingsEntryFailsOnPage: the error page says that the change holds.
func TestSettingsEntryFailsOnPage(t *testing.T) {
	c, source := consoletest.NewSettings(t)
	c.Report = func(error) {}
	form := with(formOf(t, consoletest.Get(c, "/settings").Body.String(), "preview"), map[string]string{"retention_days": "365"})
	confirm := formOf(t, consoletest.Post(c, "/settings", form).Body.String(), "confirm")
	source.NoteFails = errors.New("the disk is full")
	wantPage(t, consoletest.Post(c, "/settings", confirm), http.StatusInternalServerError, "The settings were changed, but the entry that tells so could not be written.")
}

// TestSettingsDoors: security staff change nothing.
func TestSettingsDoors(t *testing.T) {
	source := consoletest.Sample(t)
	c := consoletest.New(t, source, console.RoleSecurity)
	for method, paths := range map[string][]string{"GET": {"/settings", consoletest.SettingsPath}, "PUT": {consoletest.SettingsPath}, "DELETE": {consoletest.SettingsPath + "/pending"}, "POST": {"/settings"}} {
		for _, path := range paths {
			if w := consoletest.Send(c, method, path, `{"retention_days":1}`); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "180") {
				t.Errorf("%s %s: status %d", method, path, w.Code)
			}
		}
	}
	if strings.Contains(consoletest.Get(c, "/requests").Body.String(), "/settings") {
		t.Error("the navigation offers the settings")
	}
}
