package plugin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// Caddyfiles with a place for the lines of a case.
const (
	inGlobal   = "{\n\tgatebook {\n\t\t%s\n\t}\n}\nhttp://localhost:1 {\n\tgatebook acme\n}\n"
	inSite     = "http://localhost:1 {\n\tgatebook other\n\t%s\n}\n"
	inInstance = "http://localhost:1 {\n\tgatebook acme {\n\t\t%s\n\t}\n}\n"
	inServer   = "http://localhost:1 {\n\tgatebook acme { # the second line\n\t\tserver_log {\n\t\t\t%s\n\t\t}\n\t}\n}\n"
	inEvents   = "http://localhost:1 {\n\tgatebook acme { # the second line\n\t\tapplication_log {\n\t\t\t%s\n\t\t}\n\t}\n}\n"
	inAbuse    = "http://localhost:1 {\n\tgatebook acme { # the second line\n\t\tabuse {\n\t\t\t%s\n\t\t}\n\t}\n}\n"
)

// wrongLines are Caddyfiles with one mistake: its line, and what the error must
// contain besides file and line, the wrong value first.
var wrongLines = []struct {
	in, text string
	line     int
	says     []string
}{
	{inSite, `gatebook Acme!`, 3, []string{`Acme!`, "1 to 63 of a-z"}},
	{inSite, `gatebook acme beta`, 3, []string{`beta`, "too many"}},
	{inInstance, `timezone Mars/Olympus`, 3, []string{`Mars/Olympus`, "Europe/Berlin"}},
	{inInstance, `timezone Local`, 3, []string{`Local`, "Europe/Berlin"}},
	{inInstance, `timezone`, 3, []string{`timezone`, "needs a value"}},
	{inInstance, "timezone UTC\n\t\ttimezone UTC", 4, []string{`timezone`, "already"}},
	{inInstance, `retention 30d`, 3, []string{`retention`, "there are: abuse, application_log, server_log, timezone"}},
	{inInstance, `server_log 30d`, 3, []string{`30d`, "too many"}},
	{inServer, `retention 12`, 4, []string{`12`, "such as 180d"}},
	{inServer, `retention 1h`, 4, []string{`1h`, "from 1d to 36500d"}},
	{inServer, `retention 40000d`, 4, []string{`40000d`, "from 1d to 36500d"}},
	{inServer, `retention -3d`, 4, []string{`-3d`, "such as 180d"}},
	{inServer, `full_ip 60d`, 5, []string{`full_ip 60d`, "longer than retention 30d", "shorten it"}},
	{inServer, `skip healthz`, 4, []string{`healthz`, "must start with /"}},
	{inServer, `skip`, 4, []string{`skip`, "at least one"}},
	{inServer, `ban 3d`, 4, []string{`ban`, "there are: full_ip, retention, skip"}},
	{inEvents, `anonymize Booking 30d`, 4, []string{`Booking`, "such as booking"}},
	{inEvents, `anonymize booking`, 4, []string{`booking`, "needs a duration"}},
	{inEvents, `anonymize`, 4, []string{`anonymize`, "such as booking 30d"}},
	{inEvents, `anonymize booking 0d`, 4, []string{`0d`, "such as 180d"}},
	{inEvents, "anonymize booking 3d\n\t\t\tanonymize booking 4d", 5, []string{`anonymize booking`, "already"}},
	{inEvents, `retention 200y`, 4, []string{`200y`, "such as 180d"}},
	{inEvents, `strict api/*`, 4, []string{`api/*`, "must start with /"}},
	{inEvents, `session_cookie a;b`, 4, []string{`a;b`, "use letters"}},
	{inAbuse, `mode block`, 4, []string{`block`, "observe, enforce"}},
	{inAbuse, `rate 50 burst 500`, 4, []string{`50`, "50/s burst 500"}},
	{inAbuse, `rate 0/s burst 5`, 4, []string{`0/s`, "50/s burst 500"}},
	{inAbuse, `allow 10.0.0.0/33`, 4, []string{`10.0.0.0/33`, "203.0.113.0/24"}},
	{inAbuse, `rule http-porbing block`, 4, []string{`http-porbing`, "there are: http-probing"}},
	{inAbuse, `rule rate shoot`, 4, []string{`shoot`, "observe, throttle, block, off"}},
	{inAbuse, `ban 30d`, 4, []string{`30d`, "from 1s to 7d"}},
	{inAbuse, `on_banned 418`, 4, []string{`418`, "403, abort"}},
	{inAbuse, `rate`, 4, []string{`rate`, "50/s burst 500"}},
	{inAbuse, `rate 50/s`, 4, []string{`50/s`, "50/s burst 500"}},
	{inAbuse, `rate 50/s burst 500 10`, 4, []string{`10`, "not understood here"}},
	{inAbuse, "rate 50/s burst 500\n\t\t\trate 60/s burst 500", 5, []string{`rate`, "already", "rate /search 5/s"}},
	{inAbuse, `rate search 5/s`, 4, []string{`search 5/s`, "POST /login 10/m burst 20"}},
	{inAbuse, `rate POST search 5/s`, 4, []string{`POST search 5/s`, "POST /login 10/m burst 20"}},
	{inAbuse, `rate POST /login`, 4, []string{`POST /login`, "5/s, 10/m or 100/h"}},
	{inAbuse, `rate P?ST /login 10/m`, 4, []string{`P?ST`, "such as POST"}},
	{inAbuse, `rate /login 10`, 4, []string{`/login`, `"10"`, "5/s, 10/m or 100/h"}},
	{inAbuse, `rate /login 10/d`, 4, []string{`/login`, `"10/d"`, "5/s, 10/m or 100/h"}},
	{inAbuse, `rate /login ten/m`, 4, []string{`/login`, `"ten/m"`, "5/s, 10/m or 100/h"}},
	{inAbuse, `rate /login 0/m`, 4, []string{`/login`, `"0/m"`, "from 0.001 to 1000000"}},
	{inAbuse, `rate /login inf/m`, 4, []string{`/login`, `"inf/m"`, "from 0.001 to 1000000"}},
	{inAbuse, `rate /login 10/m burst`, 4, []string{`burst`, "burst <n>"}},
	{inAbuse, `rate /login 10/m burst many`, 4, []string{`many`, "whole number of at least 1"}},
	{inAbuse, `rate /login 10/m burst 0`, 4, []string{`"0"`, "whole number of at least 1"}},
	{inAbuse, `rate /login 10/m burst 20000000`, 4, []string{`20000000`, "from 1 to 10000000"}},
	{inAbuse, `rate /login 10/m per account`, 4, []string{`account`, "client, instance"}},
	{inAbuse, `rate /login 10/m per instance always`, 4, []string{`always`, "not understood here"}},
	{inAbuse, "rate post /login 10/m\n\t\t\trate /login 10/m\n\t\t\trate POST /login 20/m", 6, []string{`rate POST /login`, "already", "keep one"}},
	{inAbuse, `login`, 4, []string{`login`, "at least one"}},
	{inAbuse, `login /signin form`, 4, []string{`form`, "must start with /"}},
	{inAbuse, `blocklist`, 4, []string{`blocklist`, "one or more files", "observe, throttle, block"}},
	{inAbuse, `blocklist block`, 4, []string{`block`, "path of a file"}},
	{inAbuse, `blocklist drop.txt`, 4, []string{`drop.txt`, "observe, throttle, block"}},
	{inAbuse, `blocklist drop.txt ban`, 4, []string{`ban`, "observe, throttle, block"}},
	{inAbuse, "blocklist drop.txt block\n\t\t\tblocklist \"\" block", 5, []string{`blocklist`, "path of a file"}},
	{inAbuse, "rule blocklist {\n\t\t\t\tmatch path /a\n\t\t\t}", 6, []string{`rule blocklist`, "exists already"}},
	{inGlobal, `datadir /tmp`, 3, []string{`datadir`, "there are: data_dir, geoip, output"}},
	{inGlobal, `data_dir`, 3, []string{`data_dir`, "needs a value"}},
	{inGlobal, `data_dir /a /b`, 3, []string{`/b`, "too many"}},
	{inGlobal, `output syslog`, 3, []string{`syslog`, "stdout, stderr, file, net"}},
	{inGlobal, `output file`, 3, []string{`file`, "needs a value"}},
	{inGlobal, `output net nowhere:x`, 3, []string{`nowhere:x`, "localhost:5170"}},
	{inGlobal, `output net collector`, 3, []string{`collector`, "with one port, such as localhost:5170"}},
	{inGlobal, `geoip`, 3, []string{`geoip`, "at least one"}},
	{"%s{\n\tgatebook {\n\t}\n\tgatebook {\n\t}\n}\n", ``, 4, []string{`gatebook`, "merge the two blocks"}},
	{inSite, `gatebook_console admin`, 3, []string{`admin`, "application, security"}},
	{inSite, `gatebook_console`, 3, []string{`gatebook_console`, "application, security"}},
	{inSite, `gatebook_console application Acme!`, 3, []string{`Acme!`, "1 to 63 of a-z"}},
	{inSite, "gatebook_console application {\n\t\tidentity {http.request.header.Remote-User}\n\t}", 5, []string{`identity {http.request.header.Remote-User}`, "allow_users or require"}},
	{inSite, "gatebook_console application {\n\t\tlogout javascript:alert(1)\n\t}", 5, []string{`logout "javascript:alert(1)"`, "https://"}},
	{inSite, "gatebook_console application {\n\t\tinsecure_no_auth\n\t\tallow_users a\n\t}", 6, []string{`insecure_no_auth`, "keep one of the two"}},
	{inSite, "gatebook_console application {\n\t\trequire {http.auth.user.role}\n\t}", 4, []string{`require`, "at least one value"}},
	{inSite, "gatebook_console application {\n\t\tallow_users\n\t}", 4, []string{`allow_users`, "at least one"}},
	{inAbuse, `allow`, 4, []string{`allow`, "at least one"}},
	{inAbuse, `mode observe enforce`, 4, []string{`enforce`, "too many"}},
	{inAbuse, `ban 1h 2h`, 4, []string{`2h`, "too many"}},
	{inAbuse, `keep 1h`, 4, []string{`1h`, "from 1d to 36500d"}},
	{inAbuse, "rule rate off\n\t\t\trule rate block", 5, []string{`rule rate`, "already"}},
	{inAbuse, `rule rate off on`, 4, []string{`on`, "too many"}},
	{inAbuse, "rule own {\n\t\t\t\tcapacity few\n\t\t\t}", 5, []string{`few`, "whole number"}},
	{inAbuse, "rule own {\n\t\t\t\tmatch host a\n\t\t\t}", 5, []string{`host`, "status, method, path"}},
	{inAbuse, `patterns http-probing`, 4, []string{`patterns`, "a pattern a line"}},
	{inAbuse, `patterns nothing words.txt`, 4, []string{`nothing`, "there are"}},
	{inSite, `gatebook_ingest Acme!`, 3, []string{`Acme!`, "1 to 63 of a-z"}},
	{inSite, `gatebook_ingest acme beta`, 3, []string{`beta`, "too many"}},
	{inSite, "gatebook_ingest {\n\t\ttoken\n\t}", 4, []string{`token`, "needs a value"}},
	{inSite, "gatebook_ingest {\n\t\ttoken abc def\n\t}", 4, []string{`token`, "without blanks"}},
	{inSite, "gatebook_ingest {\n\t\ttoken short\n\t}", 4, []string{`token`}},
	{inSite, "gatebook_ingest {\n\t\tsecret abc\n\t}", 4, []string{`secret`, "there are: token"}},
	{inSite, `gatebook_console application acme beta`, 3, []string{`beta`, "too many"}},
}

// Each error names file, line, value and remedy.
func TestErrorsInCaddyfiles(t *testing.T) {
	for _, c := range wrongLines {
		_, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(fmt.Appendf(nil, c.in, c.text), map[string]any{"filename": "Caddyfile"})
		if err == nil {
			t.Errorf("%q is accepted", c.text)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error of %q does not contain %q: %v", c.text, want, err)
			}
		}
		if place := fmt.Sprintf("Caddyfile:%d", c.line); !strings.HasSuffix(err.Error(), place) {
			t.Errorf("the error of %q does not end in %s: %v", c.text, place, err)
		}
	}
}
