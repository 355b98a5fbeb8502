package e2e

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func (g *gate) makeGeo() {
	g.t.Helper()
	putDatabase(g.t, filepath.Join(g.dir, "country.mmdb"), map[string]mmdbtype.Map{"81.2.69.0/24": country("GB"), "2a02:2d0::/32": country("DE")})
	putDatabase(g.t, filepath.Join(g.dir, "asn.mmdb"), map[string]mmdbtype.Map{"81.2.69.0/24": network(20712, "Andrews & Arnold"), "2a02:2d0::/32": network(3320, "Deutsche Telekom")})
}

// agents are user agents as they come, ordinary and odd ones.
var agents = []string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"curl/8.5.0", "-", `a \"quoted\" agent`, "Büro-Bot/1.0 (ü)", `\xff\xfe`, strings.Repeat("long ", 60),
}

// importLogs imports a log of the last 60 days into the directory, which makes
// a large block of it, and the records of another gate, which have all columns.
func (g *gate) importLogs() {
	g.t.Helper()
	addresses := []string{"203.0.113.%d", "2001:db8:%x::7", "81.2.69.%d", "198.51.100.%d"}
	start := time.Now().AddDate(0, 0, -60)
	var combined strings.Builder
	for i := range 1200 {
		at := start.Add(time.Duration(i) * 72 * time.Minute).UTC().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&combined, "%s - %s [%s] \"%s /desks/%d?day=%d HTTP/%s\" %d %d \"%s\" \"%s\"\n",
			fmt.Sprintf(addresses[i%4], i%200), []string{"-", "ada", "-"}[i%3], at, []string{"GET", "POST", "HEAD", "PROPFIND"}[i%7%4], i%50, i%31,
			[]string{"1.1", "2.0", "1.0"}[i%3], []int{200, 204, 301, 404, 500, 503, 0}[i%11%7], i*37, []string{"-", "https://example.org/ü"}[i%2], agents[i%len(agents)])
	}
	var records strings.Builder
	for i := range 40 {
		at := start.AddDate(0, 0, i).UTC().Format(time.RFC3339Nano)
		fmt.Fprintf(&records, `{"time":%q,"ip":"2a02:2d0::%x","method":"GET","host":"booking.example.com","path":"/pâth/%d","query":"a=%d","status":%d,"bytes":%d,"bytes_in":%d,"duration_ms":%d.25,`+
			`"proto":"HTTP/3.0","user_agent":"Named/1","browser":"Named 1","os":"Own 2","referer":"","user":"grâce","country":"FR","asn":%d,"as_org":"Réseau","request_id":"r-%d","verdict":%q,"aborted":%t`,
			at, i, i, i, 200+i, i*1000, i, i, 64500+i%3, i, []string{"pass", "throttle", "ban"}[i%3], i%5 == 0)
		if i%4 == 0 {
			fmt.Fprintf(&records, `,"error":{"source":"app","type":"PDOException","message":"away ü","where":"a.php:%d","trace":"#0 a.php","integration":"Microsoft 365","cut":true}`, i%3)
		}
		records.WriteString("}\n")
	}
	for name, text := range map[string]string{"access.log": combined.String(), "records.ndjson": records.String()} {
		path := filepath.Join(g.dir, name)
		must(g.t, os.WriteFile(path, []byte(text), 0o600))
		must(g.t, os.MkdirAll(filepath.Join(g.data, "acme"), 0o700))
	}
	g.start()
	g.opened()
	for _, name := range []string{"access.log", "records.ndjson"} {
		if out, errs, code := g.run("import", filepath.Join(g.dir, name), "--address", g.admin); code != 0 || strings.Contains(out+errs, "could not be read") {
			g.t.Fatalf("importing %s: exit %d: %s%s", name, code, out, errs)
		}
	}
	g.ask("retention", "run") // shortens addresses
	g.stop()
}

// visitAll sends requests of all kinds.
func (g *gate) visitAll() {
	g.t.Helper()
	for i, agent := range agents {
		g.from(fmt.Sprintf("81.2.69.%d", i), "/", map[string]string{"User-Agent": strings.ReplaceAll(agent, "ü", "\xfc"), "Referer": "https://example.org/?q=" + url.QueryEscape("ü")})
		g.from(fmt.Sprintf("2a02:2d0::%x", i), "/?q=%C3%BC+%FF&empty", nil)
	}
	for _, path := range []string{"/fails/desks/17", "/fails/desks/18", "/fails/calendar", "/fails/plain", "/fails/login", "/broken", "/p%C3%A4th/%2e%2e/x", "/healthz", "/api/x"} {
		g.from("203.0.113.200", path, nil)
	}
	conn, in, _ := g.upgrade("/echo?k=upgrade", "websocket", "early")
	exchange(g.t, conn, in, 1000)
	conn.Close()
	leaving, err := net.Dial("tcp", g.site)
	must(g.t, err)
	_, err = fmt.Fprintf(leaving, "POST /upload HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 203.0.113.201\r\nContent-Length: 100\r\n\r\nhalf", g.site)
	must(g.t, err)
	leaving.Close()
	rawRequest(g.t, g.site, rawGet("/", "other.example", "X-Forwarded-For: 203.0.113.202", "User-Agent: \xff\xfe"))
	rawRequest(g.t, g.site, strings.Replace(rawGet("/", g.site), "GET", "BREW", 1))
	getUnchanged(g.t, g, "/rich")
}

// offend breaks rules: who does is observed, throttled and banned.
func (g *gate) offend() {
	g.t.Helper()
	secrets := []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql", "/db.sql.gz", "/.aws/credentials"}
	for _, ip := range []string{"198.51.100.23", "2001:db8:bad::1", "198.51.100.24", "203.0.113.60", "192.0.2.200"} {
		for _, path := range secrets {
			g.from(ip, path, nil)
		}
	}
	for i := range 16 {
		g.from("198.51.100.30", fmt.Sprintf("/page-%d", i), nil)
	}
	for i := range 4 {
		g.from("198.51.100.40", fmt.Sprintf("/trap/%d", i), nil)
	}
	for range 10 {
		g.from("198.51.100.50", "/login?who=grace&outcome=failure", nil)
	}
	g.from("198.51.100.50", "/login?who=grace", nil)
	eventually(g.t, "every verdict is recorded", func() bool {
		v := verdicts(g.requests())
		return v["ban"] > 13 && v["throttle"] > 13
	})
	eventually(g.t, "the rules' bans are over", func() bool {
		flags := decodeLines[struct{ Until time.Time }](g.t, g.ask("flags", "--format", "ndjson", "--limit", "0"))
		return !slices.ContainsFunc(flags, func(f struct{ Until time.Time }) bool { return f.Until.After(time.Now()) })
	})
}
