package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/internal/testrun"
)

const ingestToken = "not-a-secret-but-long-enough"

// ingestSite mounts ingest before the application, behind the gate.
const ingestSite = `
	gatebook_ingest /jobs/events acme {
		token ` + ingestToken + `
	}
`

// ingested is the answer to a body.
type ingested struct {
	Results []struct {
		ID     *string
		Status string
		Seq    *uint64
		Error  *string
	}
	// Of a problem.
	Title, Detail string
	Status        int
}

// statuses are the results of the events.
func (i ingested) statuses() string {
	var words []string
	for _, r := range i.Results {
		words = append(words, r.Status)
	}
	return strings.Join(words, " ")
}

// post sends a body as a job does; headers come in pairs.
func post(t *testing.T, c *http.Client, url, body string, headers ...string) (*http.Response, ingested) {
	t.Helper()
	return send(t, c, http.MethodPost, url, body, headers...)
}

func send(t *testing.T, c *http.Client, method, url, body string, headers ...string) (*http.Response, ingested) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer ingested
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%d %s: %v", res.StatusCode, text, err)
		}
	}
	return res, answer
}

func asJSON(more ...string) []string {
	return append([]string{"Authorization", "Bearer " + ingestToken, "Content-Type", "application/json"}, more...)
}

func as(kind string) []string {
	return []string{"Authorization", "Bearer " + ingestToken, "Content-Type", kind}
}

// Every form of body reaches the log, in the order of its events, once; a bad
// event does not affect the others and is reported in both places.
func TestIngest(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("the application was asked for %s", r.URL) }),
		setup{site: ingestSite, noConsoles: true})
	g.opened()
	url := "http://" + g.site + "/jobs/events"
	cloud := func(id string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/jobs/nightly","type":"booking.expired","subject":"Booking/45887","data":{"category":"booking","text":"A booking has expired."}}`, id)
	}
	long := `{"id":"long","category":"user","text":"imported","details":{"d":"` + strings.Repeat("d", 60_000) + `"}}`
	bad := `{"id":"bad","category":"user","text":"` + canary + `","outcome":"` + canary + `"}`
	for _, c := range []struct {
		name, body string
		headers    []string
		want       string
	}{
		{"object", eventJSON("o1"), asJSON(), "stored"},
		{"again", eventJSON("o1"), asJSON(), "duplicate"},
		{"array", "[" + eventJSON("a1") + "," + bad + "," + eventJSON("o1") + "," + eventJSON("a2") + "," + eventJSON("a2") + "]", asJSON(), "stored rejected duplicate stored duplicate"},
		{"lines", eventJSON("l1") + "\n" + eventJSON("l2")[:30] + "\n" + eventJSON("l3"), as("application/x-ndjson"), "stored rejected stored"},
		{"cloud event", cloud("c1"), as("application/cloudevents+json"), "stored"},
		{"cloud events", "[" + cloud("c2") + "," + cloud("c3") + "]", as("application/cloudevents-batch+json; charset=UTF-8"), "stored stored"},
		{"binary cloud event", `{"category":"booking","text":"A booking has expired."}`,
			asJSON("ce-specversion", "1.0", "ce-id", "c4", "ce-source", "/jobs/nightly", "ce-type", "booking.expired", "ce-subject", "Booking/45887"), "stored"},
		{"long", long, asJSON(), "stored"},
		{"nothing", "[]", asJSON(), ""},
	} {
		res, answer := post(t, http.DefaultClient, url, c.body, c.headers...)
		if res.StatusCode != 200 || answer.statuses() != c.want || res.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v %+v", c.name, res.StatusCode, res.Header, answer)
		}
		for _, r := range answer.Results {
			if (r.Status == "rejected") != (r.Error != nil) || (r.Status == "rejected") != (r.Seq == nil) {
				t.Errorf("%s: %+v", c.name, r)
			}
			if r.Error != nil && (strings.Contains(*r.Error, canary) || !strings.Contains(*r.Error, "(byte ")) {
				t.Errorf("%s: %s", c.name, *r.Error)
			}
		}
	}
	_, answer := post(t, http.DefaultClient, url, `{"category":"user","text":"without an id"}`, asJSON()...)
	if answer.statuses() != "stored" || answer.Results[0].ID == nil {
		t.Fatalf("without an id: %+v", answer)
	}

	events := g.events()
	want := []string{*answer.Results[0].ID, "long", "c4", "c3", "c2", "c1", "l3", "l1", "a2", "a1", "o1"}
	var got []string
	refusals := 0
	for _, e := range events {
		if e.Type == "event.rejected" {
			checkRefusal(t, "a rejected event", e, "")
			if e.Details["route"] != "/jobs/events" {
				t.Errorf("the refusal is told of %v", e.Details)
			}
			refusals++
			continue
		}
		got = append(got, e.ID)
		if e.RequestID == "" {
			t.Errorf("%s is joined with no request", e.ID)
		}
		if strings.HasPrefix(e.ID, "c") && (e.Subject == nil || e.Subject.Type != "Booking" || e.Subject.ID != "45887" || e.Type != "booking.expired") {
			t.Errorf("cloud event: %+v", e)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || refusals != 2 {
		t.Errorf("stored %v and %d refusals, want %v and 2", got, refusals, want)
	}
	if list := g.ask("events", "--format", "ndjson", "--limit", "0"); strings.Contains(list, canary) || !strings.Contains(list, `"transport":"ingest"`) {
		t.Error("the log tells what was refused, or not how it came")
	}
	if h := g.health(); h.ApplicationLog.Rejected != 2 {
		t.Errorf("%d are counted as rejected", h.ApplicationLog.Rejected)
	}
}

// Bad input is answered with what to do, in a problem document; nothing of it
// is stored, and a token is never written anywhere.
func TestIngestRefuses(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, tellsOfEverything), setup{site: ingestSite, noConsoles: true})
	g.opened()
	url := "http://" + g.site + "/jobs/events"
	many := "[" + strings.Repeat(eventJSON("m")+",", 500) + eventJSON("m") + "]"
	large := `[` + eventJSON("x") + strings.Repeat(" ", 10<<20) + `]`
	wrong := "wrong-" + canary + "-wrong-wrong"
	for _, c := range []struct {
		name, method, body string
		headers            []string
		status             int
		says               string
	}{
		{"no token", "POST", eventJSON("x"), []string{"Content-Type", "application/json"}, 401, "Authorization: Bearer"},
		{"wrong token", "POST", eventJSON("x"), []string{"Content-Type", "application/json", "Authorization", "Bearer " + wrong}, 401, "Authorization: Bearer"},
		{"token and large", "POST", large, []string{"Content-Type", "application/json", "Authorization", "Bearer " + wrong}, 401, "Authorization: Bearer"},
		{"GET", "GET", "", asJSON(), 405, "POST"},
		{"PUT", "PUT", eventJSON("x"), asJSON(), 405, "POST"},
		{"form", "POST", eventJSON("x"), as("application/x-www-form-urlencoded"), 415, "application/x-ndjson"},
		{"gzip", "POST", eventJSON("x"), asJSON("Content-Encoding", "gzip"), 415, "Compressed"},
		{"empty", "POST", "", asJSON(), 400, "empty"},
		{"no JSON", "POST", canary, asJSON(), 400, "no JSON"},
		{"half", "POST", "[" + eventJSON("x") + "," + eventJSON("y")[:40], asJSON(), 400, "no JSON"},
		{"501 events", "POST", many, asJSON(), 413, "500"},
		{"10 MB", "POST", large, asJSON(), 413, "1048576"},
		{"a byte too many", "POST", eventJSON("x") + strings.Repeat(" ", 1<<20+1-len(eventJSON("x"))), asJSON(), 413, "1048576"},
	} {
		res, answer := send(t, http.DefaultClient, c.method, url, c.body, c.headers...)
		if res.StatusCode != c.status || answer.Status != c.status || !strings.Contains(answer.Detail, c.says) ||
			strings.Contains(answer.Detail, canary) || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v %+v", c.name, res.StatusCode, res.Header, answer)
		}
		if (c.status == 401) != (res.Header.Get("WWW-Authenticate") != "") || (c.status == 405) != (res.Header.Get("Allow") == "POST") {
			t.Errorf("%s: %v", c.name, res.Header)
		}
	}
	// Without a length the limit is found while reading.
	req, err := http.NewRequest(http.MethodPost, url, io.MultiReader(strings.NewReader(large)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ingestToken)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB in chunks: %d", res.StatusCode)
	}
	if events := g.events(); len(events) != 0 {
		t.Errorf("%d entries came of what was refused: %+v", len(events), events)
	}
	res, answer := post(t, http.DefaultClient, url, "["+strings.Repeat(eventJSON("m")+",", 499)+eventJSON("m")+"]", asJSON()...)
	if res.StatusCode != 200 || len(answer.Results) != 500 || len(g.events()) != 1 {
		t.Errorf("500 events: %d, %d results, %d entries", res.StatusCode, len(answer.Results), len(g.events()))
	}
	for _, secret := range []string{ingestToken, wrong} {
		if strings.Contains(g.log.String(), secret) {
			t.Errorf("%s is in the server's own log", secret)
		}
	}
}

// Each instance has a door of its own, and the token of one opens no other; a
// unix socket needs none.
func TestIngestDoors(t *testing.T) {
	t.Parallel()
	const other = "another-token-of-some-length"
	g := newGate(t, "", setup{caddyfile: `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme
	gatebook_ingest /acme acme {
		token ` + ingestToken + `
	}
	gatebook_ingest /bolt bolt {
		token {file.{{dir}}/bolt.token}
	}
	respond "the application"
}
http://{{security}} {
	gatebook bolt
}
http://jobs.test {
	bind unix/{{dir}}/s
	gatebook_ingest bolt
}
`})
	if err := os.WriteFile(filepath.Join(g.dir, "bolt.token"), []byte(other+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.start()
	g.endWith(t)
	g.opened()
	json := []string{"Content-Type", "application/json", "Authorization"}
	for _, c := range []struct {
		path, token string
		status      int
	}{
		{"/acme", ingestToken, 200}, {"/acme", other, 401}, {"/bolt", other, 200}, {"/bolt", ingestToken, 401},
	} {
		res, _ := post(t, http.DefaultClient, "http://"+g.site+c.path, eventJSON(c.path[1:]), append(json, "Bearer "+c.token)...)
		if res.StatusCode != c.status {
			t.Errorf("%+v: %d", c, res.StatusCode)
		}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", g.dir+"/s")
	}
	eventually(t, "the socket listens", func() bool {
		conn, err := dial(t.Context(), "", "")
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	c := client(dial)
	defer c.CloseIdleConnections()
	if res, answer := post(t, c, "http://jobs.test/", eventJSON("socket"), json[:2]...); res.StatusCode != 200 || answer.statuses() != "stored" {
		t.Errorf("over the socket: %d %+v", res.StatusCode, answer)
	}
	for instance, want := range map[string]string{"acme": "acme", "bolt": "socket bolt"} {
		var got []string
		for _, e := range g.events("--instance", instance) {
			got = append(got, e.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %v, want %s", instance, got, want)
		}
	}
}

// A door that would be open, or a token that is none, is refused before
// anything listens, in words that say what to do.
func TestIngestConfigurations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, bind, says string }{
		{"gatebook_ingest acme", "", "bind unix"},
		{"gatebook_ingest acme", "bind 127.0.0.1", "token {env.INGEST_TOKEN}"},
		{"gatebook_ingest acme", "bind unix//tmp/x.sock 127.0.0.1", "token"},
		{"gatebook_ingest acme {\n\t\ttoken short\n\t}", "", "at least 16"},
		{"gatebook_ingest acme {\n\t\ttoken {env.GATEBOOK_NOT_SET}\n\t}", "", "token {env.GATEBOOK_NOT_SET} stands for nothing"},
		{"gatebook_ingest bolt {\n\t\ttoken " + ingestToken + "\n\t}", "", "is not declared by any gatebook directive"},
	} {
		g := newGate(t, "", setup{site: "\n" + c.bind + "\n" + c.line + "\n", noConsoles: true})
		_, stderr, code := g.run("validate", "--config", g.caddyfile, "--adapter", "caddyfile")
		if code == 0 || !strings.Contains(stderr, c.says) {
			t.Errorf("%q %q: exit %d: %s", c.bind, c.line, code, stderr)
		}
		if _, err := os.Stat(filepath.Join(g.data, "acme")); err == nil {
			t.Errorf("%q: validate opened the books", c.line)
		}
	}
}

// While the log cannot be written a job is asked to come again; what it brings
// then is stored once.
func TestIngestDown(t *testing.T) {
	t.Parallel()
	for name, way := range outages(t) {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, application(t, tellsOfEverything), setup{site: ingestSite, noConsoles: true})
			way.prepare(t, g.data)
			g.start()
			g.endWith(t)
			g.opened()
			url := "http://" + g.site + "/jobs/events"
			body := func(n int) string {
				return fmt.Sprintf("[%s,%s]", eventJSON(fmt.Sprint("d", n)), eventJSON(fmt.Sprint("e", n)))
			}
			way.begin(t, g.data)
			var refused []int
			n := 0
			// A file that is open already still takes something.
			eventually(t, "a job is refused", func() bool {
				n++
				res, answer := post(t, http.DefaultClient, url, body(n), asJSON()...)
				if res.StatusCode == http.StatusOK {
					return false
				}
				if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(answer.Detail, "Send the same body again") {
					t.Errorf("%d %v %+v", res.StatusCode, res.Header, answer)
				}
				refused = append(refused, n)
				return true
			})
			way.end(t, g.data)
			for _, n := range refused {
				eventually(t, "it is stored", func() bool {
					res, answer := post(t, http.DefaultClient, url, body(n), asJSON()...)
					return res.StatusCode == http.StatusOK && len(answer.Results) == 2
				})
			}
			stored := ids(g.events())
			for i := 1; i <= n; i++ {
				if stored[fmt.Sprint("d", i)] != 1 || stored[fmt.Sprint("e", i)] != 1 {
					t.Errorf("body %d is there %d and %d times", i, stored[fmt.Sprint("d", i)], stored[fmt.Sprint("e", i)])
				}
			}
		})
	}
}

// After an answer 200, the events are stored once, also after kill -9.
func TestIngestKill(t *testing.T) {
	t.Parallel()
	const clients, wanted = 6, 60
	rounds := testrun.Rounds(2, 6)
	g := newGate(t, application(t, tellsOfEverything), setup{site: ingestSite, noConsoles: true})
	t.Cleanup(g.stop)
	var acknowledged seen
	for round := range rounds {
		g.start()
		g.opened()
		before := acknowledged.count()
		stop := load(t, clients, func(client, n int) {
			a, b := fmt.Sprintf("k-%d-%d-%d-a", round, client, n), fmt.Sprintf("k-%d-%d-%d-b", round, client, n)
			req, err := http.NewRequest(http.MethodPost, "http://"+g.site+"/jobs/events", strings.NewReader(eventJSON(a)+"\n"+eventJSON(b)))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+ingestToken)
			req.Header.Set("Content-Type", "application/x-ndjson")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return // the gate is dead
			}
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				acknowledged.event(a)
				acknowledged.event(b)
			}
		})
		eventually(t, "enough is acknowledged", func() bool { return acknowledged.count()-before >= wanted })
		g.kill()
		stop()
	}
	g.start()
	g.opened()
	stored := ids(g.events())
	for _, id := range acknowledged.events {
		if stored[id] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", id, stored[id])
		}
	}
	t.Logf("%d events acknowledged over %d kills", acknowledged.count(), rounds)
}
