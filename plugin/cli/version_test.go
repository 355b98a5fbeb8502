package cli

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3": {Main: debug.Module{Path: modulePath, Version: "v1.2.3"}},
		"v1.2.4": {Main: debug.Module{Path: "caddy"}, Deps: []*debug.Module{{Path: "other", Version: "v9"}, {Path: modulePath, Version: "v1.2.4"}}},
		"development build of commit 0123456789ab": {Main: debug.Module{Path: modulePath, Version: "(devel)"}, Settings: []debug.BuildSetting{commit}},
		"development build of commit 0123456789ab, modified": {Main: debug.Module{Path: modulePath}, Settings: []debug.BuildSetting{
			commit, {Key: "vcs.modified", Value: "true"},
		}},
		"development build": {Main: debug.Module{Path: "caddy"}, Settings: []debug.BuildSetting{commit}},
	} {
		if got := versionIn(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var out strings.Builder
	if err := printVersion(&out); err != nil || !strings.HasPrefix(out.String(), "Gatebook ") || !strings.Contains(out.String(), "\nCaddy ") {
		t.Errorf("%q %v", out.String(), err)
	}
}
