package e2e

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recipe is what xcaddy.json may hold, as far as this test cares.
type recipe struct {
	CaddyVersion string              `json:"caddy_version"`
	Plugins      []map[string]string `json:"plugins"`
	Replacements []map[string]string `json:"replacements"`
	BuildFlags   string              `json:"build_flags"`
	Cgo          bool                `json:"cgo"`
}

// buildFromRecipe runs cmd/build, with xcaddy. The recipe is xcaddy.json without
// -trimpath and with cgo, as commandProgram is built: packages then come from
// the build cache. As it stands, the recipe takes minutes.
func buildFromRecipe(t *testing.T) (r recipe, built string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "xcaddy.json"))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("xcaddy.json: %v", err)
	}
	for _, rep := range r.Replacements {
		rep["new"] = filepath.Join(root, rep["new"])
	}
	r.BuildFlags, r.Cgo = strings.ReplaceAll(r.BuildFlags, "-trimpath", ""), true
	text, err = json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	copied := filepath.Join(dir, "recipe.json")
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	built = filepath.Join(dir, "bin", "gatebook")
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cmd/build", "-recipe", copied, "-o", built)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building from the recipe: %v\n%s", err, out)
	}
	return r, built
}

func printed(t *testing.T, command string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", filepath.Base(command), strings.Join(args, " "), err)
	}
	return string(out)
}

// What xcaddy builds from xcaddy.json is the same program as cmd/gatebook: the
// same modules, the same commands, the same Caddy.
func TestXcaddyBuildsTheSameProgram(t *testing.T) {
	t.Parallel()
	r, built := buildFromRecipe(t)
	modules := printed(t, built, "list-modules")
	for _, want := range []string{"gatebook", "http.handlers.gatebook", "http.handlers.gatebook_console", "admin.api.gatebook"} {
		if !slices.Contains(strings.Split(modules, "\n"), want) {
			t.Errorf("the build from xcaddy.json lacks the module %s", want)
		}
	}
	program := commandProgram(t)
	if want := printed(t, program, "list-modules"); modules != want {
		t.Errorf("xcaddy.json makes a program with these modules:\n%s\ncmd/gatebook one with these:\n%s", modules, want)
	}
	for _, args := range [][]string{{"events", "--help"}, {"gatebook", "stats", "--help"}, {"demo", "--help"}} {
		if got, want := printed(t, built, args...), printed(t, program, args...); got != want || !strings.Contains(got, "Usage:") {
			t.Errorf("%q: xcaddy's program prints\n%s\ncmd/gatebook's\n%s", args, got, want)
		}
	}
	inBuild, inGoMod := caddyOf(t, built), caddyOf(t, program)
	if inBuild != r.CaddyVersion || inGoMod != r.CaddyVersion {
		t.Errorf("Caddy is %s in the build, %s in xcaddy.json and %s in go.mod", inBuild, r.CaddyVersion, inGoMod)
	}
}

const caddyModule = "github.com/caddyserver/caddy/v2"

// caddyOf is the version of Caddy that a program was built with.
func caddyOf(t *testing.T, program string) string {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if m.Path == caddyModule {
			return m.Version
		}
	}
	t.Fatalf("%s was built without Caddy", program)
	return ""
}
