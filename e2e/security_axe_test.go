package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The security pages in light and dark, wide and narrow.
func TestSecurityPagesAreAccessible(t *testing.T) {
	axe := axeSource(t)
	p := openSecurity(t)
	p.g.from(prober, "/"+strings.Repeat("Donaudampfschifffahrtsgesellschaft", 8), map[string]string{"User-Agent": strings.Repeat("agent", 60)})
	looks := func(name string, open func()) {
		for _, look := range []struct {
			width  int64
			scheme string
		}{{1440, "light"}, {1440, "dark"}, {768, "light"}, {360, "dark"}, {320, "light"}} {
			p.do("looking", looks(look.width, look.scheme))
			open()
			p.looksRight(axe, fmt.Sprintf("%s, %s, %d wide", name, look.scheme, look.width))
		}
	}
	for _, path := range []string{
		"/overview", "/overview?q=zebra", "/flags", "/flags?review=new&kind=address", "/flags?state=asleep", "/flags?ip=192.0.2.1",
		"/flags?done=ban&n=1&undo=x~1", "/addresses/" + scanner, "/addresses/" + prober, "/addresses/2001:db8::1",
		"/requests?q=status%3A4xx+ip%3A203.0.113.0%2F24", "/requests?q=-a", "/errors", "/incidents", "/incidents?id=zebra",
	} {
		looks(path, func() { p.see(path) })
	}
	looks("a decision", func() {
		p.see("/flags")
		p.holds("the rows", rowCount+" === 3")
		read(t, p.tab, chromedp.Evaluate[bool](`document.querySelectorAll("tr input").forEach(box => box.click()), true`))
		p.click("[data-hotkey=b]")
		p.holds("the question", `document.querySelector("h1").innerText === "Ban?"`)
	})
	looks("what is selected", func() {
		p.see("/flags")
		p.click("tr[data-key] input")
	})
	looks("a chart's table", func() {
		p.see("/overview")
		p.click(".chart-table summary")
	})
	looks("help", func() {
		p.see("/flags")
		p.click("[data-help]")
	})
	p.do("asking for German", speaks("de"))
	looks("German", func() { p.see("/addresses/" + office) })
	looks("flags in German", func() { p.see("/flags") })
}
