package backend

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder makes an empty folder the current one, with no data directory elsewhere.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "share"))
	t.Setenv(EnvAddress, "")
	t.Setenv(EnvDataDir, "")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// nowhere is an address at which no server answers.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

const site = `
:0 {
	route {
		gatebook acme
		respond ok
	}
}
`

// The directory is that of the configuration, and what was found is said.
func TestOpenByConfiguration(t *testing.T) {
	folder(t)
	data := dataDir(t, "acme")
	admin := nowhere(t)
	caddyfile := "{\n\tadmin " + admin + "\n\tgatebook {\n\t\tdata_dir " + data + "\n\t}\n}\n" + site
	write(t, "Caddyfile", caddyfile)
	write(t, "other.conf", caddyfile)
	t.Run("in the folder", func(t *testing.T) { opens(t, Options{}, "reading "+data+", the data directory of Caddyfile") })
	t.Run("named", func(t *testing.T) {
		opens(t, Options{Config: "other.conf"}, "no server answers on "+admin+"; reading "+data+", the data directory of other.conf")
	})
	t.Run("before the environment", func(t *testing.T) {
		t.Setenv(EnvDataDir, t.TempDir())
		opens(t, Options{Config: "other.conf"}, data)
	})
}

// What the environment names needs no note.
func TestOpenByEnvironment(t *testing.T) {
	folder(t)
	t.Setenv(EnvDataDir, dataDir(t, "acme"))
	opens(t, Options{}, "")
	address := nowhere(t)
	t.Setenv(EnvAddress, address)
	if _, err := Open(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "no server answers on "+address) {
		t.Errorf("a server that does not answer: %v", err)
	}
}

// A Caddyfile that has nothing to do with Gatebook is as good as none.
func TestOtherConfigurations(t *testing.T) {
	dir := folder(t)
	for name, text := range map[string]string{"another server's": ":0 {\n\trespond ok\n}\n", "no Caddyfile": "gatebook {{{", "empty": ""} {
		write(t, "Caddyfile", text)
		if c, err := readConfig(""); c != nil || err != nil {
			t.Errorf("%s: %+v %v", name, c, err)
		}
		if _, err := readConfig(filepath.Join(dir, "Caddyfile")); err == nil || !strings.Contains(err.Error(), "--config") {
			t.Errorf("%s, named: %v", name, err)
		}
	}
	if _, err := readConfig("missing"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a file that is not there: %v", err)
	}
	write(t, "server.json", `{"apps": {"http": {"servers": {"a": {"routes": [{"handle": [{"handler": "gatebook"}]}]}}}}}`)
	if c, err := readConfig("server.json"); err != nil || c == nil {
		t.Errorf("JSON with blanks: %+v %v", c, err)
	}
	write(t, "Caddyfile", "{\n\tadmin off\n}\n"+site)
	if c, err := readConfig(""); err != nil || c == nil || c.admin != "" {
		t.Errorf("without an admin endpoint: %+v %v", c, err)
	}
}

func TestOpenConflicts(t *testing.T) {
	for _, o := range []Options{{Address: "a:1", DataDir: "b"}, {Address: "a:1", Config: "c"}, {DataDir: "b", Config: "c"}} {
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not both") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// opens opens logs and checks what was noted about where they are.
func opens(t *testing.T, o Options, note string) {
	t.Helper()
	var noted []string
	o.Note = func(s string) { noted = append(noted, s) }
	logs, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	if h, err := logs.Health(t.Context()); err != nil || h.Instance != "acme" {
		t.Errorf("%+v %v", h, err)
	}
	if all := strings.Join(noted, "\n"); (note == "") != (all == "") || !strings.Contains(all, note) {
		t.Errorf("noted %q, want %q", all, note)
	}
}
