package view

import (
	"net/url"
	"strings"

	"github.com/gatebook/gatebook/record/display"
)

// SafeHref returns href if following it stays on this site or on the web, and
// "" otherwise. Browsers drop tabs and line breaks from addresses and read
// "\" as "/", so that "/\t/host" would leave the site.
func SafeHref(href string) string {
	if strings.ContainsFunc(href, func(r rune) bool { return r <= ' ' || r == '\\' || display.Invisible(r) }) {
		return ""
	}
	u, err := url.Parse(href)
	if err != nil {
		return ""
	}
	local := u.Scheme == "" && strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//")
	web := (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	if !local && !web {
		return ""
	}
	return href
}
