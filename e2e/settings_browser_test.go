package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An admin shortens the retention in a browser: sees before saving what will be
// deleted and when, goes back without losing what was typed, saves, and takes it
// back. The entries that this leaves name the admin.
func TestABrowserChangesTheSettings(t *testing.T) {
	t.Parallel()
	app := newTold()
	old := time.Now().AddDate(0, 0, -100).UTC().Format(time.RFC3339)
	app.set("/old", fmt.Sprintf(`{"id":"old","time":%q,"category":"booking","type":"booking.created","text":"Long ago."}`, old))
	app.set("/new", eventJSON("new"))
	g := startGate(t, application(t, app.serve), setup{})
	g.opened()
	getUnchanged(t, g, "/old")
	getUnchanged(t, g, "/new")

	tab := startBrowser(t)
	address := url.URL{Scheme: "http", User: url.UserPassword("admin", password), Host: g.site, Path: "/logs/settings"}
	field := chromedp.CSS("#retention_days")
	in(t, tab, "opening the settings", chromedp.Navigate(address.String()), chromedp.SetValue(field, "90"))
	press(t, tab, "preview")
	said := read(t, tab, chromedp.Text(chromedp.CSS(".effects")))
	if !strings.Contains(said, "1 entry older than ") || !strings.Contains(said, "will be deleted. This cannot be undone.") {
		t.Errorf("the preview says %q", said)
	}
	press(t, tab, "edit")
	if typed := read(t, tab, chromedp.Evaluate[string](`document.querySelector("#retention_days").value`)); typed != "90" {
		t.Errorf("what was typed became %q", typed)
	}
	press(t, tab, "preview")
	press(t, tab, "confirm")
	if said := read(t, tab, chromedp.Text(chromedp.CSS(".done"))); said != "The change was saved. It waits, and can be taken back until it takes effect." {
		t.Errorf("the page says %q", said)
	}
	if days, waits := settingsBy(t, g); days != 180 || waits != 90 {
		t.Errorf("%d days hold, %d wait", days, waits)
	}
	press(t, tab, "take_back")
	if said := read(t, tab, chromedp.Text(chromedp.CSS(".done"))); said != "The change was taken back." {
		t.Errorf("the page says %q", said)
	}
	if days, waits := settingsBy(t, g); days != 180 || waits != 0 {
		t.Errorf("%d days hold, %d wait", days, waits)
	}

	// Read at once: the page's script may put newer rows in place of these.
	in(t, tab, "opening the log", chromedp.Navigate("http://"+g.site+"/logs/"))
	rows := read(t, tab, chromedp.Evaluate[string](`document.querySelector("table.events").innerText`))
	for _, want := range []string{"A change of the settings of the application log was taken back.", "The settings of the application log were changed; what keeps less waits until", "admin"} {
		if !strings.Contains(rows, want) {
			t.Errorf("the log does not have %q: %s", want, rows)
		}
	}
}

// press presses a button of a form, and waits for the page that follows.
func press(t *testing.T, tab context.Context, do string) {
	t.Helper()
	answer, err := chromedp.RunResponse(tab, chromedp.Click(chromedp.CSS(`button[name="do"][value="`+do+`"]`)))
	if err != nil {
		t.Fatalf("pressing %s: %v", do, err)
	}
	if answer.Status != http.StatusOK {
		t.Fatalf("pressing %s: status %d", do, answer.Status)
	}
}

// settingsBy asks the API for the retention that holds, and that which waits.
func settingsBy(t *testing.T, g *gate) (days, waits int) {
	t.Helper()
	req, err := http.NewRequest("GET", "http://"+g.site+"/logs/api/v1/settings", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("admin", password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		RetentionDays int `json:"retention_days"`
		Pending       struct {
			RetentionDays int `json:"retention_days"`
		}
	}
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v.RetentionDays, v.Pending.RetentionDays
}
