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
	"syscall"
	"testing"
)

// Mistakes in a Caddyfile are named with file, line, value and remedy, by
// validate and by adapt. Package plugin tests each kind of mistake.
func TestWrongCaddyfileLines(t *testing.T) {
	dir := t.TempDir()
	for i, c := range []struct {
		text string
		line int
		says []string // the wrong value first
	}{
		{"{\n\tgatebook {\n\t\tdatadir /tmp\n\t}\n}\n", 3, []string{"datadir", "there are: data_dir, geoip, output"}},
		{"http://localhost:1 {\n\tgatebook Acme!\n}\n", 2, []string{"Acme!", "1 to 63 of a-z"}},
		{"http://localhost:1 {\n\tgatebook acme {\n\t\tserver_log {\n\t\t\tretention 12\n\t\t}\n\t}\n}\n", 4, []string{"12", "such as 180d"}},
		{"http://localhost:1 {\n\tgatebook acme {\n\t\tabuse {\n\t\t\trule http-porbing block\n\t\t}\n\t}\n}\n", 4, []string{"http-porbing", "there are: http-probing"}},
		{"http://localhost:1 {\n\tgatebook_console admin\n}\n", 2, []string{"admin", "application, security"}},
	} {
		file := filepath.Join(dir, fmt.Sprintf("Caddyfile.%d", i))
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"validate", "adapt"} {
			checkWrongLine(t, command, file, c.line, c.says)
		}
	}
}

func checkWrongLine(t *testing.T, command, file string, line int, says []string) {
	t.Helper()
	cmd := exec.Command(commandProgram(t), command, "--config", file, "--adapter", "caddyfile")
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "XDG_DATA_HOME="+cmd.Dir, "XDG_CONFIG_HOME="+cmd.Dir, "GORACE=atexit_sleep_ms=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code == 0 || code == 2 {
		t.Errorf("%s of %q: exit %d", command, says[0], code)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	printed := strings.ReplaceAll(lines[len(lines)-1], `\"`, `"`)
	for _, want := range append(says, fmt.Sprintf("%s:%d\"", file, line)) {
		if !strings.Contains(printed, want) {
			t.Errorf("%s of %q does not print %q: %s", command, says[0], want, printed)
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
	t.Parallel()
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

// An unusable data directory is reported in one sentence, and nothing is
// touched.
func TestWrongDirectories(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	g := newGate(t, "127.0.0.1:1", setup{noConsoles: true})
	if err := os.MkdirAll(filepath.Join(g.data, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := g.command("run", "--config", g.caddyfile)
	if os.Geteuid() == 0 {
		// Everything is root's to read: let it be somebody else.
		const nobody = 65534
		for _, dir := range []string{filepath.Dir(gateProgram(t)), g.dir, filepath.Dir(g.dir)} {
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
	t.Parallel()
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
