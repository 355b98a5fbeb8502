package console

import (
	"net/url"
	"strings"

	"github.com/gatebook/gatebook/record/display"
)

// safeHref returns href if following it stays on this site or on the web, and
// "" otherwise. Browsers drop tabs and line breaks from addresses and read
// "\" as "/", so that "/\t/host" would leave the site.
func safeHref(href string) string {
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

// volume writes a number of bytes in decimal units.
func (l *locale) volume(n int64) string {
	if n < 1000 {
		return l.translate("%d B", n)
	}
	size, unit := float64(n)/1000, 0
	for size >= 999.5 && unit < len(volumeUnits)-1 {
		size, unit = size/1000, unit+1
	}
	if size < 9.95 {
		return l.translate("%.1f %s", size, volumeUnits[unit])
	}
	return l.translate("%.0f %s", size, volumeUnits[unit])
}

var volumeUnits = []string{"kB", "MB", "GB", "TB"}
