package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The security pages in light and dark, wide and narrow.
func TestSecurityPagesAreAccessible(t *testing.T) {
	t.Parallel()
	p := openSecurity(t)
	p.g.from(prober, "/"+strings.Repeat("Donaudampfschifffahrtsgesellschaft", 8), map[string]string{"User-Agent": strings.Repeat("agent", 60)})
	p.g.from("198.51.100.24", "/fails?"+strings.Repeat("long=", 40), nil)
	eventually(t, "an error is in the log", func() bool { return strings.Contains(p.g.securityPage("/errors"), "QueryException") })
	inspection := p.inspection()
	for _, path := range []string{
		"/overview", "/overview?q=zebra", "/flags", "/flags?review=new&kind=address", "/flags?state=asleep", "/flags?ip=192.0.2.1",
		"/flags?done=ban&n=1&undo=x~1", "/addresses/" + scanner, "/addresses/" + prober, "/addresses/2001:db8::1",
		"/requests?q=status%3A4xx+ip%3A203.0.113.0%2F24", "/requests?q=-a", "/errors", "/incidents", "/incidents?id=zebra",
		"/learned", "/learned?kind=own&q=zebra",
	} {
		inspection.check(path, func() { p.see(path) })
	}
	inspection.check("a decision", func() {
		p.see("/flags")
		p.holds("the rows", rowCount+" === 3")
		read(t, p.tab, chromedp.Evaluate[bool](`document.querySelectorAll("tr input").forEach(box => box.click()), true`))
		p.click("[data-hotkey=b]")
		p.holds("the question", `document.querySelector("h1").innerText === "Ban?"`)
	})
	inspection.check("a correction", func() {
		p.see("/learned")
		p.do("writing a path", chromedp.SetValue(chromedp.CSS("#c-text"), "/desks/17"))
		p.click(".deciding button[value=yes]")
		p.holds("it is done", `document.querySelector(".done")?.innerText.includes("corrected")`)
		p.holds("the item", `document.querySelector(".learned tbody").innerText.includes("/desks/{n}")`)
	})
	inspection.check("a decision about oneself", func() {
		p.see("/addresses/127.0.0.1")
		p.click("[data-hotkey=b]")
		p.holds("the warning", `document.querySelector(".alarm")?.innerText.includes("You come from")`)
	})
	inspection.check("a decision that can be undone", func() {
		p.see("/addresses/" + prober)
		p.click("[data-hotkey=c]")
		p.holds("the question", `document.querySelector("h1").innerText === "Clear?"`)
		p.click(".primary")
		p.holds("it is done", `document.querySelector(".done button")`)
		p.click(".done button")
		p.holds("what holds", `document.querySelector(".done")?.innerText.includes("Nothing is in force")`)
	})
	for _, opened := range []struct{ name, path, click string }{
		{"an error", "/errors", ".example summary"},
		{"a selected flag", "/flags", "tr[data-key] input"},
		{"a chart's table", "/overview", ".chart-table summary"},
		{"help", "/flags", "[data-help]"},
	} {
		inspection.check(opened.name, func() {
			p.see(opened.path)
			p.click(opened.click)
		})
	}
	p.do("asking for German", speaks("de"))
	inspection.check("German", func() { p.see("/addresses/" + office) })
	inspection.check("what was learned, in German", func() { p.see("/learned") })
	inspection.check("flags in German", func() { p.see("/flags") })
}
