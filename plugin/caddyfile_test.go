package plugin

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

var update = flag.Bool("update", false, "write the expected JSON anew")

// TestAdapt holds the Caddyfile's syntax and the JSON's names: each Caddyfile
// in testdata has its JSON beside it.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddyfile")
	if err != nil || len(files) == 0 {
		t.Fatalf("no Caddyfiles in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := adapt(t, string(text))
			want := strings.TrimSuffix(file, ".caddyfile") + ".json"
			if *update {
				if err := os.WriteFile(want, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			expected, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, expected) {
				t.Errorf("got\n%s\nwant\n%s", got, expected)
			}
		})
	}
}

func adapt(t *testing.T, text string) []byte {
	t.Helper()
	out, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		if !strings.Contains(w.Message, "not formatted") {
			t.Errorf("warning: %v", w)
		}
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, out, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return append(pretty.Bytes(), '\n')
}

// TestSettingsAgree: several places may name an instance, if they agree.
func TestSettingsAgree(t *testing.T) {
	berlin, rome := Settings{Timezone: "Europe/Berlin"}, Settings{Timezone: "Europe/Rome"}
	in := newInstance("acme", "", nil)
	for _, step := range []struct {
		where    string
		settings Settings
		fails    bool
	}{
		{"server a", Settings{}, false},
		{"server b", berlin, false},
		{"server c", berlin, false},
		{"server d", Settings{}, false},
		{"server e", rome, true},
	} {
		err := in.configure(step.where, step.settings)
		if (err != nil) != step.fails {
			t.Fatalf("%s: %v", step.where, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "server b") || !strings.Contains(err.Error(), "server e")) {
			t.Errorf("%v names not both places", err)
		}
	}
	if in.loc.String() != "Europe/Berlin" {
		t.Errorf("the zone is %s", in.loc)
	}
}

func TestUnforgeable(t *testing.T) {
	for placeholder, want := range map[string]string{
		"{http.request.header.Remote-User}":                "{http.reverse_proxy.header.Remote-User}",
		"{http.request.header.remote-groups}":              "{http.reverse_proxy.header.Remote-Groups}",
		"{http.reverse_proxy.header.Remote-User}":          "{http.reverse_proxy.header.Remote-User}",
		"{http.auth.user.role}":                            "{http.auth.user.role}",
		"u-{http.request.header.A}{http.request.header.b}": "u-{http.reverse_proxy.header.A}{http.reverse_proxy.header.B}",
		"": "",
	} {
		if got := unforgeable(placeholder); got != want {
			t.Errorf("unforgeable(%s) = %s, want %s", placeholder, got, want)
		}
	}
}

func TestForgeable(t *testing.T) {
	for text, forged := range map[string]bool{
		"{http.request.header.Remote-User}":       false, // it is read from the response
		"u-{http.request.header.Remote-User}":     false,
		"{http.request.cookie.user}":              true,
		"a{http.request.uri.query.user}":          true,
		"{http.request.tls.client.subject}":       false,
		"{http.auth.user.id}":                     false,
		"{http.reverse_proxy.header.Remote-User}": false,
	} {
		if got := forgeable(text) != ""; got != forged {
			t.Errorf("forgeable(%s) = %v", text, got)
		}
	}
}
