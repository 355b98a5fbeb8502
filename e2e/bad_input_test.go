package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Where the lines of a case go. Each has the wrong one as its line 3, counted
// from the block's own.
const (
	inGlobal   = "{\n\tgatebook {\n\t\t%s\n\t}\n}\nhttp://localhost:1 {\n\tgatebook acme\n}\n"
	inSite     = "http://localhost:1 {\n\tgatebook other\n\t%s\n}\n"
	inInstance = "http://localhost:1 {\n\tgatebook acme {\n\t\t%s\n\t}\n}\n"
	inServer   = "http://localhost:1 {\n\tgatebook acme { # the second line\n\t\tserver_log {\n\t\t\t%s\n\t\t}\n\t}\n}\n"
	inEvents   = "http://localhost:1 {\n\tgatebook acme { # the second line\n\t\tapplication_log {\n\t\t\t%s\n\t\t}\n\t}\n}\n"
	inAbuse    = "http://localhost:1 {\n\tgatebook acme { # the second line\n\t\tabuse {\n\t\t\t%s\n\t\t}\n\t}\n}\n"
)

// wrongLines are Caddyfiles with one mistake: where it is, and what the error
// must say of it besides that, the wrong value first.
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
	{inSite, "gatebook_console application {\n\t\tinsecure_no_auth\n\t\tallow_users a\n\t}", 6, []string{`insecure_no_auth`, "keep one of the two"}},
	{inSite, "gatebook_console application {\n\t\trequire {http.auth.user.role}\n\t}", 4, []string{`require`, "at least one value"}},
	{inSite, "gatebook_console application {\n\t\tallow_users\n\t}", 4, []string{`allow_users`, "at least one"}},
}

// Every mistake is named with its file, line, value and remedy, by validate
// and by adapt.
func TestWrongCaddyfileLines(t *testing.T) {
	if len(wrongLines) < 25 {
		t.Fatal("too few cases")
	}
	dir := t.TempDir()
	var running sync.WaitGroup
	next := make(chan int)
	for range 2 {
		running.Go(func() {
			for i := range next {
				c := wrongLines[i]
				file := filepath.Join(dir, fmt.Sprintf("Caddyfile.%d", i))
				if err := os.WriteFile(file, fmt.Appendf(nil, c.in, c.text), 0o600); err != nil {
					t.Error(err)
					continue
				}
				checkWrongLine(t, "validate", file, c.text, c.line, c.says)
				if i%4 == 0 { // it reads the file in the same way
					checkWrongLine(t, "adapt", file, c.text, c.line, c.says)
				}
			}
		})
	}
	for i := range wrongLines {
		next <- i
	}
	close(next)
	running.Wait()
}

func checkWrongLine(t *testing.T, command, file, text string, line int, says []string) {
	t.Helper()
	cmd := exec.Command(commandBinary, command, "--config", file, "--adapter", "caddyfile")
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "XDG_DATA_HOME="+cmd.Dir, "XDG_CONFIG_HOME="+cmd.Dir, "GORACE=atexit_sleep_ms=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code == 0 || code == 2 {
		t.Errorf("%s of %q: exit %d", command, text, code)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	said := strings.ReplaceAll(lines[len(lines)-1], `\"`, `"`)
	for _, want := range append(says, fmt.Sprintf("%s:%d\"", file, line)) {
		if !strings.Contains(said, want) {
			t.Errorf("%s of %q does not say %q: %s", command, text, want, said)
		}
	}
}

// Two places that declare an instance differently are both named.
func TestInstanceDeclaredTwice(t *testing.T) {
	g := newGate(t, "127.0.0.1:1", setup{caddyfile: "http://localhost:1 {\n\tgatebook acme {\n\t\ttimezone UTC\n\t}\n}\n" +
		"http://localhost:2 {\n\tgatebook acme\n}\nhttp://localhost:3 {\n\tgatebook acme {\n\t\ttimezone Europe/Berlin\n\t}\n}\n"})
	_, stderr, code := g.run("validate", "--config", g.caddyfile)
	if code == 0 || !strings.Contains(stderr, g.caddyfile+":10") || !strings.Contains(stderr, g.caddyfile+":2;") || !strings.Contains(stderr, "make them equal") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// A console of an instance that nobody declares ends the start with both names.
func TestConsoleOfUnknownInstance(t *testing.T) {
	g := newGate(t, "127.0.0.1:1", setup{site: "gatebook_console application acne"})
	said := g.refusesToStart()
	for _, want := range []string{"gatebook_console", "acne", "not declared", "declared: acme"} {
		if !strings.Contains(said, want) {
			t.Errorf("the refusal does not say %q: %s", want, said)
		}
	}
}

// validate finds it too, wherever in the file the gates are, and a console that
// leaves out which of two it means. What is right it lets pass.
func TestValidateKnowsInstances(t *testing.T) {
	const (
		acme    = "http://localhost:1 {\n\tgatebook acme\n}\n"
		nested  = "http://localhost:2 {\n\thandle_path /x/* {\n\t\troute {\n\t\t\tgatebook beta\n\t\t}\n\t}\n}\n"
		console = "http://localhost:3 {\n\tgatebook_console security %s {\n\t\tinsecure_no_auth\n\t}\n}\n"
	)
	for _, c := range []struct {
		sites, name string
		says        []string
	}{
		{acme + console, "acme", nil},
		{console + acme, "acme", nil},
		{console + acme, "", nil},
		{console + acme + nested, "beta", nil},
		{nested + console + acme, "beta", nil},
		{acme + console, "nope", []string{"gatebook_console security", `"nope" is not declared`, "declared: acme"}},
		{console + nested, "acme", []string{`"acme" is not declared`, "declared: beta"}},
		{console + acme + nested, "", []string{"no instance is named", "2 are declared (acme, beta)", "name one of them"}},
		{nested + acme + console, "", []string{"2 are declared (acme, beta)"}},
	} {
		g := newGate(t, "127.0.0.1:1", setup{caddyfile: fmt.Sprintf(c.sites, c.name)})
		for range 3 { // Caddy provisions apps and servers in random order
			_, stderr, code := g.run("validate", "--config", g.caddyfile)
			if (code != 0) != (c.says != nil) {
				t.Errorf("%s: exit %d: %s", c.sites, code, stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(strings.ReplaceAll(stderr, `\"`, `"`), want) {
					t.Errorf("it does not say %q: %s", want, stderr)
				}
			}
		}
	}
}

// What is wrong with the data directory is said in one sentence, and nothing is
// touched.
func TestWrongDirectories(t *testing.T) {
	put := func(t *testing.T, text string, path ...string) {
		t.Helper()
		file := filepath.Join(path...)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, data string)
		says    []string
	}{
		"foreign": {
			func(t *testing.T, data string) { put(t, "hello", data, "acme", "holiday.jpg") },
			[]string{"/acme: not a Gatebook directory", "holiday.jpg", "choose an empty directory"},
		},
		"newer": {
			func(t *testing.T, data string) {
				put(t, `{"format":99,"instance":"acme"}`, data, "acme", "gatebook.json")
			},
			[]string{"/acme: written by a newer version", "99", "use the newer Gatebook"},
		},
		"another instance's": {
			func(t *testing.T, data string) {
				put(t, `{"format":1,"instance":"beta"}`, data, "acme", "gatebook.json")
			},
			[]string{"/acme: belongs to another instance", "beta", "name that instance"},
		},
		"damaged": {
			func(t *testing.T, data string) { put(t, `{"form`, data, "acme", "gatebook.json") },
			[]string{"/acme: not a Gatebook directory", "gatebook.json is damaged", "restore that file"},
		},
		"a file for the instance": {
			func(t *testing.T, data string) { put(t, "hello", data, "acme") },
			[]string{"/acme: not a Gatebook directory", "it is a file", "choose another path"},
		},
		"a file for data_dir": {
			func(t *testing.T, data string) { put(t, "hello", data) },
			[]string{"/data", "data_dir", "not a directory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, "127.0.0.1:1", setup{})
			c.prepare(t, g.data)
			before := tree(t, g.data)
			checkSentence(t, g.refusesToStart(), c.says)
			if after := tree(t, g.data); after != before {
				t.Errorf("the directory was touched:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// checkSentence expects one error, in one line and with one cause.
func checkSentence(t *testing.T, said string, says []string) {
	t.Helper()
	for _, want := range says {
		if !strings.Contains(said, want) {
			t.Errorf("the refusal does not say %q: %s", want, said)
		}
	}
	if strings.Contains(said, `\n`) || strings.Count(said, "; ") > 1 || len(said) > 600 {
		t.Errorf("this is more than one sentence: %s", said)
	}
}

// tree is every file below dir with its content, the token apart.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "admin.token" {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&list, "%s: %s\n", path, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

// A directory that another process holds is refused, and that process goes on.
func TestDirectoryInUse(t *testing.T) {
	up := application(t, tellsOfEverything)
	g := startGate(t, up, setup{noConsoles: true})
	g.opened()
	second := newGate(t, up, setup{noConsoles: true})
	second.data = g.data
	second.configure(plainCaddyfile(setup{noConsoles: true}), up)
	checkSentence(t, second.refusesToStart(), []string{"/acme: in use by another process", fmt.Sprintf("stop process %d", g.cmd.Process.Pid)})

	_, stderr, code := g.run("events", "--data-dir", g.data)
	if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "--address") {
		t.Errorf("reading it with a command: exit %d: %s", code, stderr)
	}
	g.get("/header-still-alive")
	if stored := ids(g.events()); stored["header-still-alive"] != 1 {
		t.Errorf("the first gate has %v", stored)
	}
}

// A directory that may not be read is refused with what to do about it.
func TestUnreadableDirectory(t *testing.T) {
	g := newGate(t, "127.0.0.1:1", setup{noConsoles: true})
	if err := os.MkdirAll(filepath.Join(g.data, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := g.command("run", "--config", g.caddyfile)
	if os.Geteuid() == 0 {
		// Everything is root's to read: let it be somebody else.
		const nobody = 65534
		for _, dir := range []string{filepath.Dir(binary), g.dir, filepath.Dir(g.dir)} {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []string{g.data, g.caddyfile} {
			if err := os.Chown(file, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	} else if err := os.Chmod(filepath.Join(g.data, "acme"), 0); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	checkSentence(t, lines[len(lines)-1], []string{"/acme", "permission denied", "give the directory to the user that runs Gatebook"})
}

// Beside a running server, validate works, and a bad reload changes nothing.
func TestBadReload(t *testing.T) {
	up := application(t, tellsOfEverything)
	g := startGate(t, up, setup{noConsoles: true})
	g.opened()
	g.get("/header-first")
	good, err := os.ReadFile(g.caddyfile)
	if err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := g.run("validate", "--config", g.caddyfile); code != 0 {
		t.Errorf("validate beside the running server: exit %d: %s", code, stderr)
	}
	foreign, half := filepath.Join(g.dir, "foreign"), filepath.Join(g.dir, "half")
	for _, dir := range []string{filepath.Join(foreign, "acme", "not ours"), filepath.Join(half, "beta", "not ours")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	told := uint64(1)
	for name, change := range map[string]func(string) string{
		"wrong line":  func(s string) string { return strings.Replace(s, "Europe/Berlin", "Mars", 1) },
		"wrong brace": func(s string) string { return strings.TrimRight(s, "}\n ") },
		"unknown instance": func(s string) string {
			return s + "\nhttp://" + g.security + " {\n\tgatebook_console security acne\n}\n"
		},
		"foreign directory": func(s string) string { return strings.Replace(s, g.data, foreign, 1) },
		"second instance fails": func(s string) string {
			return strings.Replace(s, g.data, half, 1) + "\nhttp://" + g.security + " {\n\tgatebook beta\n}\n"
		},
		"missing geoip": func(s string) string {
			return strings.Replace(s, "data_dir", "geoip /nonexistent.mmdb\n\t\tdata_dir", 1)
		},
		"address in use": func(s string) string {
			return s + "\nhttp://" + strings.Replace(up, "127.0.0.1", "localhost", 1) + " {\n\tbind 127.0.0.1\n\tgatebook acme\n}\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := change(string(good))
			if bad == string(good) {
				t.Fatal("nothing was changed")
			}
			before := g.health()
			if status, body := g.load(bad); status == http.StatusOK {
				t.Errorf("POST /load of it: %d %s", status, body)
			}
			file := filepath.Join(g.dir, "bad")
			if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := g.run("reload", "--config", file, "--adapter", "caddyfile", "--address", g.admin); code == 0 {
				t.Errorf("gatebook reload of it: exit 0: %s", stderr)
			}
			after := g.health()
			if after.State != "ok" || after.ApplicationLog.Recorded != before.ApplicationLog.Recorded || after.ServerLog.Recorded != before.ServerLog.Recorded {
				t.Errorf("the counters were %+v %+v and are %+v %+v", before.ApplicationLog, before.ServerLog, after.ApplicationLog, after.ServerLog)
			}
			status, _, _ := g.get(fmt.Sprintf("/header-%d", told))
			told++
			if n := uint64(len(g.events("--category", "booking"))); status != http.StatusOK || n != told {
				t.Errorf("the site answers %d, the log has %d events of %d", status, n, told)
			}
			eventually(t, "the request is recorded", func() bool { return g.health().ServerLog.Recorded == told })
		})
	}
	if _, stderr, code := g.run("stats", "--data-dir", half, "--instance", "acme"); code != 0 {
		t.Errorf("a directory that a failed reload had opened stays open: exit %d: %s", code, stderr)
	}
	if status, body := g.load(string(good)); status != http.StatusOK {
		t.Errorf("after all that, the good configuration: %d %s", status, body)
	}
	if h := g.health(); h.ApplicationLog.Recorded < told || h.ServerLog.Recorded != told {
		t.Errorf("the good reload changed the counters: %+v", h.ApplicationLog)
	}
}
