package view

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzSafeHref follows links as browsers do: they drop line breaks and tabs
// anywhere, controls and spaces around, and read "\" as "/".
func FuzzSafeHref(f *testing.F) {
	for _, s := range []string{"/a", "//a", "/\\a", "/\t/a", "https://a/b", "http:a", "javascript:x", " javascript:x", "JAVASCRIPT:x", "a", "", "/a:b", "https://", "/%2f/a", "?x", "#x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, href string) {
		got := SafeHref(href)
		if got == "" {
			return
		}
		if got != href {
			t.Fatalf("safeHref(%q) = %q", href, got)
		}
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(href)
		seen = strings.TrimFunc(seen, func(r rune) bool { return r <= ' ' })
		if strings.HasPrefix(seen, "/") {
			if strings.HasPrefix(seen, "//") {
				t.Errorf("%q leaves the site", href)
			}
			return
		}
		u, err := url.Parse(seen)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Errorf("%q leads to %v (%v)", href, u, err)
		}
	})
}
