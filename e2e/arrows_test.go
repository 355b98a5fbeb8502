package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/gatebook/gatebook"

// mayImport has the packages of this module that each one may import. It is the picture
// in ARCHITECTURE.md; an arrow that is not here is an error. "record/..." is
// record and every package below it.
var mayImport = map[string][]string{
	"record":                 {},
	"record/query":           {"record", "record/spelling"},
	"record/spelling":        {},
	"record/display":         {"record", "record/spelling"},
	"record/banlist":         {"record", "record/display"},
	"plugin/recorder":        {"record/..."},
	"plugin/appevent":        {"record/..."},
	"plugin/useragent":       {},
	"plugin/geo":             {"record/...", "plugin/datafile"},
	"plugin/datafile":        {},
	"plugin/abuse":           {"record/...", "plugin/abuse/counter", "plugin/abuse/crawler", "plugin/abuse/flags", "plugin/abuse/ipset", "plugin/abuse/known", "plugin/abuse/learned", "plugin/abuse/pattern", "plugin/abuse/sanction", "plugin/abuse/intent", "plugin/abuse/blocklist"},
	"plugin/output":          {"record/..."},
	"plugin/caddyhooks":      {},
	"plugin/logs":            {"record/...", "store", "store/applog", "store/serverlog", "store/retention", "plugin/detection"},
	"plugin/console":         {"record/...", "plugin/console/locale", "plugin/console/audit", "plugin/console/problem", "plugin/console/view", "plugin/console/api", "plugin/console/events", "plugin/console/security", "plugin/console/settings"},
	"plugin/console/locale":  {},
	"logformat":              {"record/..."},
	"demo":                   {},
	"store":                  {"record/...", "store/applog", "store/applog/ledger", "store/check", "store/kv", "store/serverlog"},
	"store/kv":               {"record/..."},
	"store/journal":          {"store/kv"},
	"store/check":            {},
	"store/serverlog":        {"record/...", "store/check", "store/kv", "store/serverlog/block"},
	"store/serverlog/block":  {"record/..."},
	"store/applog":           {"record/...", "store/applog/block", "store/applog/codec", "store/applog/dedup", "store/applog/ledger", "store/applog/search", "store/check", "store/journal", "store/kv", "store/serverlog/block"},
	"store/applog/block":     {"record/..."},
	"store/applog/codec":     {"record/...", "store/kv"},
	"store/applog/dedup":     {"store/applog/codec"},
	"store/applog/search":    {"record/...", "store/applog/block", "store/applog/codec", "store/kv"},
	"store/applog/ledger":    {"record/...", "store/kv"},
	"store/retention":        {"record/...", "store", "store/applog", "store/applog/ledger", "store/serverlog"},
	"internal/testrun":       {},
	"internal/traffic":       {"record/..."},
	"store/storetest":        {"record/...", "internal/testrun", "store/check", "store/journal", "store/kv"},
	"plugin":                 {"record/...", "store", "store/applog", "store/applog/ledger", "store/check", "store/serverlog", "store/retention", "plugin/recorder", "plugin/appevent", "plugin/useragent", "plugin/geo", "plugin/abuse", "plugin/abuse/blocklist", "plugin/output", "plugin/caddyhooks", "plugin/logs", "plugin/console", "plugin/detection", "plugin/request", "service", "plugin/console/audit", "plugin/console/problem"},
	"plugin/cli":             {"record/...", "store", "store/applog", "store/applog/ledger", "store/check", "store/serverlog", "store/retention", "logformat", "demo", "plugin", "plugin/abuse", "service", "plugin/cli/command", "plugin/cli/gate", "plugin/cli/importer", "plugin/cli/logfile", "plugin/cli/replay", "plugin/cli/backend"},
	"plugin/cli/toplevel":    {"plugin/cli"},
	"":                       {"plugin", "plugin/cli"},
	"cmd/gatebook":           {"", "plugin/cli/toplevel"},
	"cmd/build":              {},
	"e2e":                    {},
	"bench":                  {},
	"bench/corpus":           {"record/..."},
	"bench/compare":          {"record/...", "store", "store/applog", "store/serverlog", "logformat", "plugin/useragent", "bench/corpus"},
	"record/audit":           {"record"},
	"plugin/detection":       {"record/...", "store/applog", "plugin/abuse", "plugin/abuse/blocklist"},
	"plugin/request":         {"record/...", "plugin/abuse", "plugin/appevent", "plugin/caddyhooks", "plugin/detection", "plugin/logs", "plugin/recorder"},
	"service":                {"record/...", "store", "store/applog", "store/serverlog", "store/retention", "plugin/abuse", "plugin/abuse/learned"},
	"plugin/console/audit":   {"record/...", "plugin/console/locale", "plugin/console/problem", "plugin/console/view"},
	"plugin/console/view":    {"record/...", "plugin/console/locale", "plugin/console/problem"},
	"plugin/console/problem": {"record/..."},
	"plugin/cli/command":     {},
	"plugin/cli/gate":        {"demo", "plugin", "plugin/cli/command"},
	"plugin/cli/importer":    {"record/...", "store/serverlog", "service", "logformat", "plugin/cli/command", "plugin/cli/logfile"},
	"plugin/cli/logfile":     {"record/...", "store/serverlog", "logformat"},
	"plugin/cli/replay":      {"record/...", "logformat", "plugin", "plugin/abuse", "plugin/cli/command", "plugin/cli/logfile"},
	"plugin/cli/backend":     {"record/...", "store", "store/retention", "store/serverlog", "service", "plugin", "plugin/abuse", "plugin/cli/command"},

	"plugin/console/api":         {"record/...", "plugin/console/audit", "plugin/console/locale", "plugin/console/problem", "plugin/console/view"},
	"plugin/console/events":      {"record/...", "plugin/console/locale", "plugin/console/view"},
	"plugin/console/security":    {"record/...", "plugin/console/audit", "plugin/console/locale", "plugin/console/problem", "plugin/console/view"},
	"plugin/console/settings":    {"record/...", "plugin/console/audit", "plugin/console/locale", "plugin/console/view"},
	"plugin/console/consoletest": {"record/...", "plugin/console"},

	"plugin/cli/logfile/logfiletest": {},

	"plugin/abuse/bounded":   {},
	"plugin/abuse/counter":   {},
	"plugin/abuse/crawler":   {"plugin/abuse/ipset", "plugin/abuse/pattern"},
	"plugin/abuse/flags":     {"record/...", "plugin/abuse/ipset"},
	"plugin/abuse/intent":    {"plugin/abuse/pattern"},
	"plugin/abuse/ipset":     {"record"},
	"plugin/abuse/known":     {"record/...", "plugin/abuse/bounded"},
	"plugin/abuse/learned":   {},
	"plugin/abuse/pattern":   {},
	"plugin/abuse/sanction":  {"record/...", "plugin/abuse/bounded", "plugin/abuse/counter", "plugin/abuse/known"},
	"plugin/abuse/blocklist": {"record", "plugin/datafile"},
}

// mayUse has the packages that may import one of another module.
var mayUse = []struct {
	prefix string
	users  []string
}{
	{"github.com/caddyserver/caddy/", []string{"plugin", "plugin/request", "plugin/caddyhooks", "plugin/cli", "plugin/cli/command", "plugin/cli/gate", "plugin/cli/replay", "plugin/cli/backend", "plugin/cli/toplevel", "cmd/gatebook"}},
	{"github.com/dgraph-io/badger/", []string{"store/kv", "store/applog", "store/applog/block", "store/applog/codec", "store/applog/dedup", "store/applog/search", "store/serverlog", "bench/compare"}},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestArrows(t *testing.T) {
	for _, pkg := range packages(t) {
		name := shortName(pkg.ImportPath)
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %q has no line in mayImport: say what it may import", name)
		}
		for _, path := range pkg.Imports {
			if path == module || strings.HasPrefix(path, module+"/") {
				if !has(allowed, shortName(path)) {
					t.Errorf("%s imports %s, against the arrows", name, shortName(path))
				}
				continue
			}
			if name == "record" && strings.Contains(path, ".") {
				t.Errorf("record imports %s; it may use the standard library only", path)
			}
			for _, rule := range mayUse {
				if strings.HasPrefix(path, rule.prefix) && !has(rule.users, name) {
					t.Errorf("%s imports %s, which only %v may", name, path, rule.users)
				}
			}
		}
	}
}

// packages lists ours, without their tests.
func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	var list []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("only %d packages found", len(list))
	}
	return list
}

func shortName(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func has(list []string, s string) bool {
	for _, v := range list {
		if root, below := strings.CutSuffix(v, "/..."); v == s || below && (s == root || strings.HasPrefix(s, root+"/")) {
			return true
		}
	}
	return false
}
