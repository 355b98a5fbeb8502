package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// demoRun is a running `gatebook demo`, with directories of its own.
type demoRun struct {
	t                     *testing.T
	cmd                   *exec.Cmd
	ended                 chan struct{}
	out                   *lockedBuffer
	home, temp            string
	site, security, books string // as it printed them
}

var (
	demoSite     = regexp.MustCompile(`Click around\s+http://(127\.0\.0\.1:\d+)/\n`)
	demoLogs     = regexp.MustCompile(`See it logged\s+http://(127\.0\.0\.1:\d+)/logs/\n`)
	demoSecurity = regexp.MustCompile(`See every request\s+http://(127\.0\.0\.1:\d+)/\n`)
	demoBooks    = regexp.MustCompile(`gatebook stats\s+--data-dir (\S+)\n`)
)

// startDemo runs the demo until it has printed where to look.
func startDemo(t *testing.T, args ...string) *demoRun {
	t.Helper()
	// Not t.TempDir: the path of a socket may have some hundred bytes only.
	temp, err := os.MkdirTemp("", "demo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	d := &demoRun{t: t, out: new(lockedBuffer), ended: make(chan struct{}), home: t.TempDir(), temp: temp}
	d.cmd = exec.Command(gateProgram(t), append([]string{"demo"}, args...)...)
	d.cmd.Dir = d.home
	d.cmd.Env = append(os.Environ(), "HOME="+d.home, "XDG_DATA_HOME=", "XDG_CONFIG_HOME=", "TMPDIR="+d.temp)
	d.cmd.Stdout, d.cmd.Stderr = d.out, d.out
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = d.cmd.Wait(); close(d.ended) }()
	t.Cleanup(func() { _ = d.cmd.Process.Kill(); <-d.ended })
	eventually(t, "the demo says where to look", func() bool {
		select {
		case <-d.ended:
			t.Fatalf("the demo ended: %s", d.out)
		default:
		}
		return strings.Contains(d.out.String(), "Visitors are at work")
	})
	d.site, d.security, d.books = d.printed(demoSite), d.printed(demoSecurity), d.printed(demoBooks)
	if logs := d.printed(demoLogs); logs != d.site {
		t.Errorf("the application log is on %s, the site on %s", logs, d.site)
	}
	return d
}

func (d *demoRun) printed(where *regexp.Regexp) string {
	d.t.Helper()
	m := where.FindStringSubmatch(d.out.String())
	if m == nil {
		d.t.Fatalf("the demo does not print %s:\n%s", where, d.out)
	}
	return m[1]
}

// over waits for the end of the demo, which must be a good one and leave
// nothing behind.
func (d *demoRun) over() {
	d.t.Helper()
	select {
	case <-d.ended:
	case <-time.After(30 * time.Second):
		d.t.Fatalf("the demo does not end:\n%s", d.out)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 || strings.Contains(d.out.String(), "DATA RACE") {
		d.t.Errorf("the demo ended with exit code %d:\n%s", code, d.out)
	}
	for _, dir := range []string{d.home, d.temp} {
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if path != dir {
				d.t.Errorf("the demo left %s", path)
			}
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

// visitor is somebody with a browser's cookies.
type visitor struct {
	t    *testing.T
	site string
	http.Client
}

func newVisitor(t *testing.T, site string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, site: "http://" + site, Client: http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// page gets a page, or with a form sends that, and returns the page that it
// leads to.
func (v *visitor) page(path string, form url.Values) string {
	v.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, v.site+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("X-App-Event") != "" {
		v.t.Fatalf("%s %s: %s %v", method, path, res.Status, res.Header)
	}
	return string(text)
}

// find is the first match in a page.
func (v *visitor) find(page, pattern string) string {
	v.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		v.t.Fatalf("there is no %s in this page:\n%s", pattern, page)
	}
	return m[1]
}

// asked asks a console with a login and returns status and answer.
func asked(t *testing.T, address, path, user, password string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	return do(t, req)
}

// The README's first command: click, and see your own click in the log.
func TestDemoShowsOnesOwnClicks(t *testing.T) {
	t.Parallel()
	taken := listen(t)
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	d := startDemo(t, "--port", port)
	if d.site == taken.Addr().String() {
		t.Fatalf("the demo says it is on %s, which is taken", d.site)
	}

	v := newVisitor(t, d.site)
	login := v.page("/login", nil)
	email := v.find(login, `name="email" value="([^"]+)"`)
	v.page("/login", url.Values{"email": {email}, "password": {v.find(login, `name="password" value="([^"]+)"`)}})
	home := v.page("/", nil)
	booked := v.page(v.find(home, `action="(/desks/\d+/book)"`), url.Values{"day": {v.find(home, `name="day" value="([^"]+)"`)}})
	desk := v.find(booked, `Booked ([^<.]+)\.`)
	if csv := v.page("/export.csv", nil); !strings.Contains(csv, desk) {
		t.Errorf("the export lacks %s:\n%s", desk, csv)
	}

	// The answers were there, so the entries are.
	status, page := asked(t, d.site, "/logs/", "admin", "demo")
	if status != 200 || !strings.Contains(page, "A booking has been created for &#34;"+desk+"&#34;.") || !strings.Contains(page, email) {
		t.Errorf("status %d; the application log lacks %s's booking of %s:\n%s", status, email, desk, page)
	}
	status, body := asked(t, d.site, "/logs/api/v1/events?initiator="+url.QueryEscape(email), "admin", "demo")
	var list struct{ Events []event }
	if err := json.Unmarshal([]byte(body), &list); status != 200 || err != nil {
		t.Fatalf("status %d, %v: %s", status, err, body)
	}
	types := map[string]event{}
	for _, e := range list.Events {
		if e.Initiator == nil || e.Initiator.Email != email {
			t.Errorf("asked for what %s did, got %+v", email, e)
		}
		types[e.Type] = e
	}
	if _, ok := types["login.succeeded"]; !ok || types["booking.exported"].Text == "" || !strings.Contains(types["booking.created"].Text, desk) {
		t.Errorf("%s logged in, booked %s and exported; the application log has %+v", email, desk, types)
	}

	eventually(t, "the server log has the click", func() bool {
		status, body = asked(t, d.security, "/api/v1/requests?method=POST&path=/desks/*/book&status=303", "security", "demo")
		return status == 200 && strings.Contains(body, "Go-http-client")
	})
	for _, door := range []struct {
		address, user, password string
		status                  int
	}{
		// Not with the other door's user: Caddy takes as long to refuse an
		// unknown user as if it had a password of cost 14.
		{d.site, "", "", 401}, {d.site, "admin", "wrong", 401},
		{d.security, "", "", 401}, {d.security, "security", "wrong", 401},
	} {
		path := "/"
		if door.address == d.site {
			path = "/logs/"
		}
		if status, _ := asked(t, door.address, path, door.user, door.password); status != door.status {
			t.Errorf("%s%s answers %s:%s with %d, want %d", door.address, path, door.user, door.password, status, door.status)
		}
	}
	d.commands(email)

	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	d.over()
}

// commands runs the commands as the demo prints them.
func (d *demoRun) commands(email string) {
	d.t.Helper()
	for command, want := range map[string]string{"events": email, "requests": "/book", "stats": "demo"} {
		cmd := exec.Command(commandProgram(d.t), command, "--data-dir", d.books)
		cmd.Env = d.cmd.Env
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), want) {
			d.t.Errorf("gatebook %s: %v %s: it does not say %q:\n%s", command, err, &errs, want, out)
		}
	}
}

// officeAddress is that of the demo's office, scannerAddress and guesserAddress
// those of its attackers, as docs/commands.md says.
const (
	officeAddress  = "203.0.113.200"
	scannerAddress = "198.51.100.200"
	guesserAddress = "192.0.2.200"
)

// Who opens the security console at once finds a banned scanner and a throttled
// guesser, while an office begins work behind one address and nobody there is
// held up.
func TestDemoHasAttackers(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--port", "0")
	if want := "http://" + d.security + "/flags\n"; !strings.Contains(d.out.String(), want) {
		t.Errorf("the demo does not name the review queue %s:\n%s", want, d.out)
	}
	eventually(t, "the scanner is banned and the guesser throttled", func() bool {
		return d.flagged(scannerAddress)["banned"] && d.flagged(guesserAddress)["throttled"]
	})
	if status, page := asked(t, d.security, "/flags", "security", "demo"); status != http.StatusOK || !strings.Contains(page, scannerAddress) {
		t.Errorf("status %d; the review queue lacks %s:\n%s", status, scannerAddress, page)
	}
	office := url.Values{"ip": {officeAddress}, "path": {"/login"}, "method": {"POST"}, "limit": {"1000"}}
	eventually(t, "the office logs in, and somebody mistypes the password", func() bool {
		outcomes := map[int]int{}
		for _, r := range d.requests(office) {
			outcomes[r.Status]++
		}
		return outcomes[http.StatusSeeOther] >= 10 && outcomes[http.StatusUnauthorized] >= 1
	})
	if states := d.flagged(officeAddress); states["banned"] || states["throttled"] {
		t.Errorf("the office is %v", states)
	}
	eventually(t, "the scanner is refused", func() bool {
		return verdicts(d.requests(url.Values{"ip": {scannerAddress}, "limit": {"1000"}}))["ban"] > 0
	})
	if got := verdicts(d.requests(url.Values{"ip": {officeAddress}, "limit": {"1000"}})); got["pass"] == 0 || len(got) > 1 {
		t.Errorf("the office had the verdicts %v", got)
	}
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	d.over()
}

// flagged are the states of flags about an address.
func (d *demoRun) flagged(ip string) map[string]bool {
	d.t.Helper()
	var list struct{ Flags []struct{ State string } }
	d.ask("flags?ip="+ip, &list)
	states := map[string]bool{}
	for _, f := range list.Flags {
		states[f.State] = true
	}
	return states
}

// requests are those of the server log.
func (d *demoRun) requests(query url.Values) []request {
	d.t.Helper()
	var list struct{ Requests []request }
	d.ask("requests?"+query.Encode(), &list)
	return list.Requests
}

// ask asks the security console's API.
func (d *demoRun) ask(path string, into any) {
	d.t.Helper()
	status, body := asked(d.t, d.security, "/api/v1/"+path, "security", "demo")
	if err := json.Unmarshal([]byte(body), into); status != http.StatusOK || err != nil {
		d.t.Fatalf("%s: status %d, %v: %s", path, status, err, body)
	}
}

func TestDemosRunSideBySideAndEndByThemselves(t *testing.T) {
	t.Parallel()
	_, port, _ := net.SplitHostPort(freeAddress(t))
	first := startDemo(t, "--port", port)
	second := startDemo(t, "--port", port, "--duration", "1s")
	if first.site != "127.0.0.1:"+port {
		t.Errorf("port %s was free, the demo took %s", port, first.site)
	}
	seen := map[string]bool{}
	for _, d := range []*demoRun{first, second} {
		for _, address := range []string{d.site, d.security, d.books} {
			if seen[address] {
				t.Errorf("%s is used twice", address)
			}
			seen[address] = true
		}
	}
	second.over()
	if status, _ := asked(t, first.site, "/", "", ""); status != 200 {
		t.Errorf("when one demo is over, the other answers %d", status)
	}
	if err := first.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	first.over()
}
