package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bookingOf is a booking that somebody made some days ago and that ended then.
func bookingOf(id string, days int, who, email string) string {
	at := time.Now().AddDate(0, 0, -days).UTC()
	return fmt.Sprintf(`{"id":%q,"time":%q,"category":"booking","type":"booking.created","subject":{"type":"Booking","id":%q},`+
		`"text":"%s has booked Table 23.","initiator":{"id":"u_%s","name":"%s Miller","email":%q},"details":{"note":"for %s"},"until":%q}`,
		id, at.Format(time.RFC3339), id, who, who, who, email, who, at.Add(8*time.Hour).Format(time.RFC3339))
}

// onDisk lists the files of the data directory that hold one of texts.
func (g *gate) onDisk(texts ...string) []string {
	var raw [][]byte
	for _, s := range texts {
		raw = append(raw, []byte(s))
	}
	return g.files(raw...)
}

func byID(list []event) map[string]event {
	m := map[string]event{}
	for _, e := range list {
		m[e.ID] = e
	}
	return m
}

// Bookings lose who made them on time; people are given all that is kept about
// them, and erased, for good: with the server and without, and in a backup that is
// restored.
func TestPeopleAreForgotten(t *testing.T) {
	t.Parallel()
	app := newTold()
	up := application(t, app.serve)
	g := startGate(t, up, setup{instance: "application_log {\n\t\t\tanonymize booking 30d\n\t\t}"})
	app.set("/old", bookingOf("old", 40, "Zacharias", "zacharias@example.com"))
	app.set("/ada", bookingOf("ada1", 3, "Adelheid", "adelheid@example.com"), bookingOf("ada2", 1, "Adelheid", "adelheid@example.com"),
		`{"id":"ada3","category":"user","type":"user.edited","text":"Adelheid was given a key.","persons":["u_Adelheid"],"initiator":{"id":"u_boss","name":"Boss","email":"boss@example.com"}}`)
	app.set("/bert", bookingOf("bert", 2, "Bertram", "bertram@example.com"))
	for _, path := range []string{"/old", "/ada", "/bert"} {
		getUnchanged(t, g, path)
	}
	g.ask("retention", "run")
	if e := byID(g.events())["old"]; !e.Anonymized || e.Initiator != nil || e.Text != "" || e.Subject == nil {
		t.Errorf("after 30 days it is %+v", e)
	}
	if found := g.onDisk("Zacharias", "zacharias@"); len(found) > 0 {
		t.Errorf("after anonymization, %v hold the name", found)
	}

	// Access.
	list := decodeLines[event](t, g.ask("person", "export", "--email", "ADELHEID@example.com"))
	if got := byID(list); len(list) != 3 || got["ada1"].Initiator == nil || got["ada3"].ID == "" {
		t.Errorf("the export has %+v", list)
	}
	// A backup from before.
	g.stop()
	backup := filepath.Join(g.dir, "backup")
	must(t, os.CopyFS(backup, os.DirFS(filepath.Join(g.data, "acme"))))
	g.start()
	g.opened()

	// Erasure.
	var dry, done struct {
		Entries int
		Person  struct{ IDs, Emails []string }
	}
	must(t, json.Unmarshal([]byte(g.ask("person", "erase", "--id", "u_Adelheid", "--dry-run")), &dry))
	if e := byID(g.events())["ada1"]; dry.Entries != 3 || e.Anonymized {
		t.Errorf("a dry run: %+v, and then %+v", dry, e)
	}
	must(t, json.Unmarshal([]byte(g.ask("person", "erase", "--id", "u_Adelheid")), &done))
	if done.Entries != 3 || len(done.Person.Emails) != 1 {
		t.Errorf("erased %+v", done)
	}
	erased := func(when string) {
		t.Helper()
		got := byID(g.events())
		for _, id := range []string{"ada1", "ada2", "ada3"} {
			if e := got[id]; !e.Anonymized || e.Initiator != nil || e.Text != "" || e.ID == "" {
				t.Errorf("%s, %s is %+v", when, id, e)
			}
		}
		if e := got["bert"]; e.Anonymized || e.Initiator == nil {
			t.Errorf("%s, somebody else's is %+v", when, e)
		}
		if list := decodeLines[event](t, g.ask("person", "export", "--id", "u_Adelheid")); len(list) > 0 {
			t.Errorf("%s, an export has %+v", when, list)
		}
	}
	erased("after erasure")
	if found := g.onDisk("Adelheid", "adelheid"); len(found) > 0 {
		t.Errorf("after erasure, %v hold the name", found)
	}
	// Told again, it does not come back.
	getUnchanged(t, g, "/ada")
	erased("told again")

	g.stop()
	must(t, os.RemoveAll(filepath.Join(g.data, "acme")))
	must(t, os.CopyFS(filepath.Join(g.data, "acme"), os.DirFS(backup)))
	erased("in a restored backup without a server")
	must(t, os.RemoveAll(filepath.Join(g.data, "acme")))
	must(t, os.CopyFS(filepath.Join(g.data, "acme"), os.DirFS(backup)))
	g.start()
	g.opened()
	erased("in a restored backup")
	g.ask("retention", "run")
	if found := g.onDisk("Adelheid", "adelheid"); len(found) > 0 {
		t.Errorf("in a restored backup, %v hold the name", found)
	}

	var traces []string
	for _, e := range g.events("--category", "gatebook") {
		traces = append(traces, e.Type)
		if strings.Contains(fmt.Sprintf("%+v", e), "delheid") {
			t.Errorf("an entry names whom it is about: %+v", e)
		}
	}
	if all := strings.Join(traces, " "); !strings.Contains(all, "person.exported") {
		t.Errorf("the traces are %s", all)
	}
	checkUsage(t, g, []usage{
		{[]string{"person", "erase"}, 2, []string{"say who is meant"}},
		{[]string{"person", "erase", "--id", "a", "--email", "a@b"}, 2, []string{"say who is meant"}},
		{[]string{"person", "export", "--email", "ada"}, 2, []string{"is no e-mail address"}},
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A failed login to a console adds an entry to the application log; further ones
// within a minute are counted. Not parallel, because of that minute.
func TestFailedLoginsAreRecorded(t *testing.T) {
	g := startGate(t, application(t, func(http.ResponseWriter, *http.Request) {}), setup{})
	try := func(url, user, password string) int {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		must(t, err)
		if user != "" {
			req.SetBasicAuth(user, password)
		}
		status, _ := do(t, req)
		return status
	}
	console, security := "http://"+g.site+"/logs/", "http://"+g.security+"/requests"
	if s := try(console, "", ""); s != http.StatusUnauthorized {
		t.Fatalf("without a login: %d", s)
	}
	if s := try(console, "admin", password); s != http.StatusOK {
		t.Fatalf("with a login: %d", s)
	}
	for range 20 {
		if s := try(console, "admin", "hunter2"); s != http.StatusUnauthorized {
			t.Fatalf("with a wrong password: %d", s)
		}
	}
	try(security, "hunter2", password)
	list := g.events("--type", "console.login_failed")
	if len(list) != 2 {
		t.Fatalf("%d entries: %+v", len(list), list)
	}
	for i, console := range []string{"security", "application"} {
		e := list[i]
		if e.Category != "gatebook" || e.Outcome != "denied" || e.Text != "A login to the "+console+" console failed." || e.Initiator != nil {
			t.Errorf("the entry is %+v", e)
		}
	}
	if strings.Contains(fmt.Sprintf("%+v", list), "hunter2") {
		t.Error("the password is in the log")
	}
}
