package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The paths of each role's console, below its mount point, that show what was
// recorded.
var (
	ofApplication = []string{"", "events/1", "api/v1/events", "api/v1/events/1", "api/v1/events.csv", "api/v1/events.ndjson"}
	ofSecurity    = []string{
		"requests?path=/desks/*", "api/v1/requests?path=/desks/*",
		"api/v1/requests.csv?path=/desks/*", "api/v1/requests.ndjson?path=/desks/*",
		"api/v1/requests/summary?path=/desks/*", "errors", "api/v1/errors",
	}
)

// doors is a configuration with one console for each way of letting people in,
// all of one instance and below a path of its own.
const doors = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme
	handle_path /open/* {
		gatebook_console application
	}
	handle_path /open-security/* {
		gatebook_console security
	}
	handle_path /app/* {
		basic_auth {
			alice {{hash}}
			bob {{hash}}
		}
		gatebook_console application
	}
	handle_path /sec/* {
		basic_auth {
			alice {{hash}}
			bob {{hash}}
		}
		gatebook_console security
	}
	handle_path /alice/* {
		basic_auth {
			alice {{hash}}
			bob {{hash}}
		}
		gatebook_console security acme {
			allow_users alice carol
		}
	}
	handle_path /require/* {
		basic_auth {
			alice {{hash}}
			bob {{hash}}
		}
		gatebook_console application acme {
			require {http.auth.user.id} alice
			require {http.request.method} GET HEAD
		}
	}
	handle_path /sso/* {
		forward_auth {{auth}} {
			uri /check
			copy_headers Remote-User Remote-Groups
		}
		gatebook_console application acme {
			identity {http.request.header.Remote-User}
			require {http.request.header.Remote-Groups} admins
		}
	}
	handle_path /sso-alice/* {
		forward_auth {{auth}} {
			uri /check
		}
		gatebook_console security acme {
			identity {http.request.header.Remote-User}
			allow_users alice
		}
	}
	handle_path /nosso/* {
		gatebook_console application acme {
			identity {http.request.header.Remote-User}
			allow_users alice
		}
	}
	handle_path /insecure/* {
		gatebook_console application acme {
			insecure_no_auth
		}
	}
	reverse_proxy {{upstream}}
}
`

// authService is a single sign-on service: the session identifies the user.
func authService(w http.ResponseWriter, r *http.Request) {
	session, err := r.Cookie("session")
	if err != nil {
		http.Error(w, "log in first", http.StatusUnauthorized)
		return
	}
	user, groups, _ := strings.Cut(session.Value, ":")
	if user != "" {
		w.Header().Set("Remote-User", user)
	}
	if groups != "" {
		w.Header().Set("Remote-Groups", strings.ReplaceAll(groups, "+", ","))
	}
}

// knock is one person at one door.
type knock struct {
	who, door string
	basic     string            // the user of basic_auth, with the right password
	header    map[string]string // as the person's browser sends it
	status    int
}

// Every console is shut unless somebody was let in, and a role's paths are
// another role's closed doors.
func TestDoors(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, nosyApplication), setup{
		caddyfile: strings.ReplaceAll(doors, "{{auth}}", application(t, authService)),
	})
	g.opened()
	g.get("/desks/" + canary)
	eventually(t, "both logs have something", func() bool {
		h := g.health()
		return h.ServerLog.Entries > 0 && h.ApplicationLog.Entries > 0
	})

	forged := map[string]string{"Remote-User": "alice", "Remote-Groups": "admins", "X-Remote-User": "alice"}
	session := func(s string, more map[string]string) map[string]string {
		h := map[string]string{"Cookie": "session=" + s}
		for name, value := range more {
			h[name] = value
		}
		return h
	}
	knocks := []knock{
		{"nobody", "open", "", nil, 403},
		{"nobody", "open-security", "", nil, 403},
		{"forger", "open", "", forged, 403},
		{"alice without a password asked", "open", "alice", nil, 403},
		{"nobody", "app", "", nil, 401},
		{"alice with a wrong password", "app", "", map[string]string{"Authorization": "Basic YWxpY2U6d3Jvbmc="}, 401},
		{"alice", "app", "alice", nil, 200},
		{"alice", "sec", "alice", nil, 200},
		{"alice", "alice", "alice", nil, 200},
		{"bob", "alice", "bob", nil, 403},
		{"bob who forges", "alice", "bob", forged, 403},
		{"nobody", "alice", "", nil, 401},
		{"alice", "require", "alice", nil, 200},
		{"bob", "require", "bob", nil, 403},
		{"nobody", "sso", "", nil, 401},
		{"forger", "sso", "", forged, 401},
		{"dora of the admins", "sso", "", session("dora:admins", nil), 200},
		{"dora of several groups", "sso", "", session("dora:staff+admins", nil), 200},
		{"dora of the staff", "sso", "", session("dora:staff", nil), 403},
		{"dora of a group that sounds alike", "sso", "", session("dora:noadmins", nil), 403},
		{"dora without a group who forges one", "sso", "", session("dora:", forged), 403},
		{"an admin without a name who forges one", "sso", "", session(":admins", forged), 403},
		{"alice", "sso-alice", "", session("alice:", nil), 200},
		{"bob", "sso-alice", "", session("bob:", nil), 403},
		{"bob who forges", "sso-alice", "", session("bob:", forged), 403},
		{"a session without a name that forges one", "sso-alice", "", session(":", forged), 403},
		{"nobody", "nosso", "", nil, 403},
		{"forger", "nosso", "", forged, 403},
		{"nobody", "insecure", "", nil, 200},
	}
	for _, v := range knocks {
		t.Run(v.door+"/"+v.who, func(t *testing.T) { v.try(t, g) })
	}
	if !strings.Contains(g.log.String(), "insecure_no_auth: everybody who reaches this console reads the log") {
		t.Error("insecure_no_auth is not warned of")
	}
}

var securityDoors = map[string]bool{"open-security": true, "sec": true, "alice": true, "sso-alice": true}

// try asks for every path of both roles.
func (v knock) try(t *testing.T, g *gate) {
	own, other, stream := ofApplication, ofSecurity, "api/v1/events/live"
	if securityDoors[v.door] {
		own, other, stream = ofSecurity, ofApplication[1:], "api/v1/requests/live"
	}
	open := v.status == http.StatusOK
	for _, path := range own {
		v.expect(t, g, path, v.status, open)
	}
	for _, path := range []string{"settings", "api/v1/settings"} { // which show nothing that was recorded
		if open && securityDoors[v.door] {
			v.expect(t, g, path, http.StatusForbidden, false)
		} else {
			v.expect(t, g, path, v.status, false)
		}
	}
	v.expect(t, g, "api/v1/health", v.status, false)
	v.expect(t, g, "static/console.css", v.status, false)
	shut := v.status
	if open {
		shut = http.StatusForbidden
	} else {
		v.expect(t, g, stream, shut, false)
	}
	for _, path := range append([]string{"api/v1/events/live", "api/v1/requests/live"}, other...) {
		if path != stream {
			v.expect(t, g, path, shut, false)
			v.expect(t, g, path+"?nonsense=1", shut, false)
		}
	}
}

// expect asks for a path, and for the log to be shown or not.
func (v knock) expect(t *testing.T, g *gate, path string, want int, shown bool) {
	t.Helper()
	status, body := v.ask(t, g, path)
	if status != want {
		t.Errorf("%q: %d, want %d: %.200s", path, status, want, body)
	}
	if told := strings.Contains(body, canary); told != shown {
		t.Errorf("%q: the log was shown: %v: %.300s", path, told, body)
	}
}

func (v knock) ask(t *testing.T, g *gate, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/%s/%s", g.site, v.door, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.basic != "" {
		req.SetBasicAuth(v.basic, password)
	}
	for name, value := range v.header {
		req.Header.Set(name, value)
	}
	return do(t, req)
}

// Two instances in one process, each with a site and two consoles.
const twoInstances = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme
	handle_path /logs/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console application acme
	}
	handle_path /security/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console security acme
	}
	reverse_proxy {{upstream}}
}
http://{{security}} {
	gatebook beta
	handle_path /logs/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console application beta
	}
	handle_path /security/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console security beta
	}
	reverse_proxy {{upstream}}
}
`

// No console of one instance shows anything of another, whatever it is asked.
func TestInstancesCannotReachEachOther(t *testing.T) {
	t.Parallel()
	up := application(t, func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[1:]
		if name != "acme1" && name != "beta1" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-App-Event", fmt.Sprintf(`{"id":"of-%s","category":%q,"text":"told by %s"}`, name, name, name))
	})
	g := startGate(t, up, setup{caddyfile: twoInstances})
	g.opened()
	for name, site := range map[string]string{"acme1": g.site, "beta1": g.security} {
		req, err := http.NewRequest(http.MethodGet, "http://"+site+"/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		do(t, req)
	}
	eventually(t, "both instances have recorded", func() bool {
		_, acme := g.askAdmin("acme/requests")
		_, beta := g.askAdmin("beta/requests")
		return strings.Contains(acme, "acme1") && strings.Contains(beta, "beta1")
	})
	for own, site := range map[string]string{"acme": g.site, "beta": g.security} {
		other := map[string]string{"acme": "beta", "beta": "acme"}[own]
		door := *g
		door.site = site
		for _, path := range append(append([]string{}, ofApplication...), "api/v1/events?q="+other, "api/v1/events?category="+other+"1") {
			status, body := knock{door: "logs", basic: "admin"}.ask(t, &door, path)
			checkOwn(t, own, other, path, status, body)
		}
		for _, path := range []string{"requests", "api/v1/requests", "api/v1/requests.csv", "api/v1/requests.ndjson", "api/v1/requests?q=" + other, "api/v1/requests?path=/" + other + "*"} {
			status, body := knock{door: "security", basic: "admin"}.ask(t, &door, path)
			checkOwn(t, own, other, path, status, body)
		}
		for _, path := range []string{"../" + other + "/api/v1/events", "api/v1/" + other + "/events", other + "/api/v1/events", "api/v1/../../" + other + "/events", "api/v1/events?instance=" + other} {
			if status, body := (knock{door: "logs", basic: "admin"}).ask(t, &door, path); strings.Contains(body, other+"1") {
				t.Errorf("%s, %s: %d %s", own, path, status, body)
			}
		}
	}
	for _, name := range []string{"acme", "beta"} {
		list := g.ask("events", "--instance", name, "--format", "ndjson", "--contains", "told") // not what the exports left
		if !strings.Contains(list, "of-"+name+"1") || strings.Count(list, "\n") != 1 {
			t.Errorf("the events of %s are %s", name, list)
		}
	}
}

func checkOwn(t *testing.T, own, other, path string, status int, body string) {
	t.Helper()
	if status != http.StatusOK {
		t.Errorf("%s, %q: %d %.200s", own, path, status, body)
	}
	found := strings.Contains(body, "of-"+other+"1") || strings.Contains(body, "told by "+other) || strings.Contains(body, "/"+other+"1")
	if found && !strings.Contains(path, other) {
		t.Errorf("%s, %q shows what %s recorded: %.300s", own, path, other, body)
	}
	if !strings.Contains(path, "?") && !strings.Contains(body, own+"1") {
		t.Errorf("%s, %q does not show its own: %.300s", own, path, body)
	}
}
