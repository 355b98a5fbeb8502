package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// upgradeCaddyfile is the configuration in which a release's directories are
// opened. Nothing may become too old in it while they are kept in the
// repository: whatever deletes or anonymizes by age has the longest time there
// is. Bans of rules last one second, so that all of them are over when the
// directory is made.
const upgradeCaddyfile = `{
	admin {{admin}}
	auto_https off
	servers {
		trusted_proxies static 127.0.0.1/32
	}
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme {
		timezone Europe/Berlin
		server_log {
			retention 36500d
			full_ip 36500d
			skip /healthz
		}
		application_log {
			retention 36000d
			anonymize webhook 30d
			strict /api/*
			session_cookie sid
		}
		abuse {
			mode enforce
			rate 100/s burst 1000
			allow 192.0.2.128/25 2001:db8:a::/48
			rule http-crawl-non_statics off
			rule trap {
				match path /trap/*
				capacity 1
				leak 1m
				action observe
			}
			ban 1s
			on_banned 403
			keep 36500d
		}
	}
	error /broken "broken on purpose" 500
	redir /logs /logs/
	handle_path /logs/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console application
	}` + ingestSite + `
	reverse_proxy {{upstream}}
}
http://{{security}} {
	basic_auth {
		sec {{hash}}
	}
	gatebook_console security acme
}
`

// makingCaddyfile is the same, but it names countries and networks, and
// shortens addresses that are older than a month.
var makingCaddyfile = strings.NewReplacer(
	"data_dir {{data}}", "data_dir {{data}}\n\t\tgeoip {{dir}}/country.mmdb {{dir}}/asn.mmdb",
	"full_ip 36500d", "full_ip 30d",
).Replace(upgradeCaddyfile)

// makeRelease adds a release's folder: a directory that was closed, one that
// was killed, and what the release answers from each.
func makeRelease(t *testing.T, folder string) {
	t.Helper()
	must(t, os.MkdirAll(upgradeDir, 0o755))
	must(t, os.Mkdir(folder, 0o755)) // what is there must never be made again
	must(t, os.WriteFile(filepath.Join(folder, "Caddyfile"), []byte(upgradeCaddyfile), 0o644))
	app := newTold()
	g := newGate(t, application(t, upgradeApplication(app)), setup{caddyfile: makingCaddyfile})
	g.endWith(t)
	g.makeGeo()
	g.importLogs()
	g.start()
	g.opened()
	g.tellEvents(app)
	g.forget()
	g.visitAll()
	g.offend()
	g.decideAll()
	g.changeSettings()
	g.stop()
	g.postpone()
	closed := filepath.Join(folder, "closed.zip")
	must(t, pack(closed, g.data))

	// Killed with requests that are in no table yet, as the disk is left by a
	// power cut: with half a line in the ledger.
	g.start()
	g.opened()
	before := g.health().ServerLog.Entries
	for i := range 20 {
		app.set(fmt.Sprintf("/killed/%d", i), eventJSON(fmt.Sprintf("killed-%d", i)))
		g.from("198.18.0.9", fmt.Sprintf("/killed/%d", i), nil)
	}
	eventually(t, "the last requests are recorded", func() bool { return g.health().ServerLog.Entries == before+20 })
	g.kill()
	ledger := g.readLedger()
	must(t, os.WriteFile(g.ledger(), append(ledger, `{"time":"2026-11-28T16:00:0`...), 0o600))
	killed := filepath.Join(folder, "killed.zip")
	must(t, pack(killed, g.data))

	writeAnswers(t, answersOf(closed), askAll(t, closed, closedCommands))
	writeAnswers(t, answersOf(killed), askAll(t, killed, killedCommands))
}

// upgradeApplication fails, upgrades, and sends the events that the test sets.
func upgradeApplication(app *told) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/echo":
			upgrades(w, r)
		case strings.HasPrefix(path, "/fails/"):
			failingApplication(w, withPath(r, strings.TrimPrefix(path, "/fails")))
		case path == "/trailer":
			w.Header().Set("Trailer", "X-App-Event")
			fmt.Fprint(w, "a body first")
			w.Header().Set("X-App-Event", eventJSON("trailer"))
		case path == "/login":
			who, outcome := r.URL.Query().Get("who"), cmp.Or(r.URL.Query().Get("outcome"), "success")
			w.Header().Set("Set-Cookie", "sid=of-"+who)
			w.Header().Set("X-App-Event", fmt.Sprintf(`{"category":"login","type":"login.%s","outcome":%q,"text":"A login.","initiator":{"id":%q,"email":"%s@example.com"}}`, outcome, outcome, who, who))
		case path == "/" || app.knows(path):
			app.serve(w, r)
		default:
			http.NotFound(w, r)
		}
	}
}

func withPath(r *http.Request, path string) *http.Request {
	r = r.Clone(r.Context())
	r.URL.Path = path
	return r
}

func (a *told) knows(path string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.lines[path]
	return ok
}
