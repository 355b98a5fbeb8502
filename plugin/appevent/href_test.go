package appevent

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record"
)

func TestOwnHref(t *testing.T) {
	const host = "booking.example.com"
	for href, own := range map[string]bool{
		"/":                                true,
		"/dashboard/bookings/45887":        true,
		"/a?b=c#d":                         true,
		"/a//b":                            true,
		"/ä ö":                             true,
		"/.//evil.example":                 true, // a path even so
		"https://booking.example.com":      true,
		"https://booking.example.com/a":    true,
		"http://booking.example.com?a":     true,
		"http://booking.example.com#a":     true,
		"HTTPS://Booking.Example.COM/a":    true,
		"":                                 false,
		"a":                                false,
		"#a":                               false,
		"?a":                               false,
		"//evil.example":                   false,
		"///evil.example":                  false,
		`/\evil.example`:                   false,
		`\\evil.example`:                   false,
		`/a\b`:                             false,
		"/\t/evil.example":                 false,
		"/\n/evil.example":                 false,
		"\t//evil.example":                 false,
		" /a":                              false,
		"/a\x00":                           false,
		"/a\x7f":                           false,
		"javascript:alert(1)":              false,
		"java\tscript:alert(1)":            false,
		"data:text/html,x":                 false,
		"mailto:a@booking.example.com":     false,
		"ftp://booking.example.com/":       false,
		"https:booking.example.com":        false,
		"https:/booking.example.com":       false,
		"https:///booking.example.com":     false,
		"https://evil.example":             false,
		"https://booking.example.com.evil": false,
		"https://booking.example.comevil/": false,
		"https://booking.example.com:8443": false,
		"https://booking.example.com@evil": false,
		"https://booking.example.com:x@e/": false,
		"https://x@booking.example.com/":   false,
		`https://booking.example.com\@e/`:  false,
		"https://booking.example.co":       false,
	} {
		if got := ownHref(href, host); got != own {
			t.Errorf("%q: own is %v", href, got)
		}
	}
	if !ownHref("https://localhost:8443/a", "LocalHost:8443") || ownHref("https://localhost/a", "localhost:8443") {
		t.Error("the port is not compared")
	}
	if ownHref("https:///a", "") || ownHref("https://", "") || !ownHref("/a", "") {
		t.Error("a site without a name has only paths")
	}
}

func TestForeignActionIsDropped(t *testing.T) {
	for _, href := range []string{`javascript:alert(1)`, `//evil.example`, `/\\evil.example`, `/\t/evil.example`, ``} {
		e, refused := one(`"id":"a","action":{"label":"View","href":"`+href+`"}`, origin)
		if e.Action != nil || strings.Join(e.Marks, " ") != record.MarkNoAction {
			t.Errorf("%s: action %+v marks %q refused %q", href, e.Action, e.Marks, refused)
		}
	}
	e, _ := one(`"id":"a","action":{"label":"View","href":"https://booking.example.com/x"}`, origin)
	if e.Action == nil || e.Action.Href != "https://booking.example.com/x" || e.Marks != nil {
		t.Errorf("own action: %+v marks %q", e.Action, e.Marks)
	}
}

// An accepted link resolves to the site for net/url as well.
func FuzzOwnHref(f *testing.F) {
	for _, s := range []string{"/a", "//a", "https://h.example/", "https://h.example@x", "/\\x", "http:h.example", "https://H.EXAMPLE:80"} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "h.example", Path: "/"}
	f.Fuzz(func(t *testing.T, href string) {
		if !ownHref(href, base.Host) {
			return
		}
		u, err := base.Parse(href)
		if err != nil {
			return // a browser may forgive what net/url does not; no authority was given
		}
		if !strings.EqualFold(u.Host, base.Host) || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			t.Errorf("%q leads to %s", href, u)
		}
	})
}
