package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gatebook/gatebook/internal/testrun"
)

// axeSource returns the script of axe-core, a package of npm that finds what
// people who cannot see, point or tell colours apart would stumble over.
func axeSource(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v; scripts/test-deps installs axe-core", err)
	}
	return string(script)
}

// look is a width of the window and a scheme of colours.
type look struct {
	width  int64
	scheme string
}

// inspection checks pages in several looks: in a long run in all of them, in a
// plain one in two at a time, in turns, so that each look is checked on some
// pages.
type inspection struct {
	p     *consolePages
	axe   string
	looks []look
}

func (p *consolePages) inspection() *inspection {
	all := []look{{1440, "light"}, {1440, "dark"}, {768, "light"}, {360, "dark"}, {320, "light"}}
	testrun.Rand(p.t).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return &inspection{p, axeSource(p.t), all}
}

// check opens a page in each look and checks it.
func (i *inspection) check(name string, open func()) {
	i.p.t.Helper()
	n := testrun.Rounds(2, len(i.looks))
	for _, look := range i.looks[:n] {
		i.p.do("setting the look", looks(look.width, look.scheme))
		open()
		i.p.looksRight(i.axe, fmt.Sprintf("%s, %s, %d wide", name, look.scheme, look.width))
	}
	i.looks = slices.Concat(i.looks[n:], i.looks[:n])
}

// violation is something that axe-core found.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// looksRight checks what must hold of every page: nothing for axe-core to find, nothing
// beside the window, no text cut off.
func (p *consolePages) looksRight(axe, name string) {
	p.t.Helper()
	p.holds(name+" is there", "document.readyState === 'complete'")
	for _, v := range p.violations(axe) {
		for _, n := range v.Nodes {
			p.t.Errorf("%s: %s: %s: %.300s %s", name, v.ID, v.Help, n.HTML, n.FailureSummary)
		}
	}
	if wide := read(p.t, p.tab, chromedp.Evaluate[string](tooWide)); wide != "" {
		p.t.Errorf("%s: beside the window, or cut off: %s", name, wide)
	}
}

// violations are what axe-core finds on the page.
func (p *consolePages) violations(axe string) (list []violation) {
	p.t.Helper()
	read(p.t, p.tab, chromedp.Evaluate[bool]("window.axe ? true : (() => {"+axe+"})() ?? true"))
	found := read(p.t, p.tab, chromedp.Evaluate[string](`axe.run(document, { resultTypes: ["violations"] }).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		p.t.Fatal(err)
	}
	return list
}

// tooWide lists elements that are beside the window, or whose text is cut off.
const tooWide = `[...document.body.querySelectorAll("*")].filter(e => {
	if (!e.checkVisibility() || e.closest(".hidden, .skip, thead, textarea, input") || document.querySelector("dialog[open]") && !e.closest("dialog")) return false;
	const r = e.getBoundingClientRect(), style = getComputedStyle(e);
	return r.right > document.documentElement.clientWidth + 1 || r.left < -1 ||
		style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1;
}).map(e => e.outerHTML.slice(0, 150)).join("\n") + (document.documentElement.scrollWidth > innerWidth ? "\nthe page scrolls sideways" : "")`

// Every page in light and dark, wide and narrow.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	inspection := p.inspection()
	axe := inspection.axe
	check := func(name, path string) { inspection.check(name, func() { p.visit(path) }) }
	// Nothing found must mean that there is nothing.
	read(t, p.tab, chromedp.Evaluate[bool](`document.querySelector("main").append(document.createElement("button")), true`))
	if found := p.violations(axe); len(found) != 1 || found[0].ID != "button-name" {
		t.Fatalf("of a button without a name axe-core finds %+v", found)
	}
	check("nothing ever", "")
	long := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 5)
	p.tell(map[string]any{
		"id": "long", "category": "booking", "type": "booking.updated", "text": "A booking for " + long + " has been moved.", "outcome": "failure",
		"subject":   map[string]any{"type": "Booking", "id": strings.Repeat("4", 60), "label": long},
		"initiator": map[string]any{"id": "u_1", "name": "Ada " + long, "email": strings.Repeat("a", 60) + "@example.com"},
		"action":    map[string]any{"label": "View the booking", "href": "/bookings/1"},
		"changes":   []any{map[string]any{"field": long, "old": long, "new": 7}},
		"details":   map[string]any{"note": long},
	})
	p.tell(map[string]any{"id": "refused", "category": "booking"}) // refused
	for i := range 55 {
		p.tell(happened(fmt.Sprint("n", i), "A booking has been made."))
	}
	check("the list", "")
	check("a search", "?q=booking+-type%3Alogin.*+category%3Abooking&from=2026-01-01")
	check("a page further on", "?category=booking&cursor="+p.cursor())
	check("a mistake", "?q=person%3Aada")
	check("nothing that matches", "?q=zebra")
	check("nothing kept of that time", "?to=2020-01-01")
	check("an entry", "events/1")
	check("no such page", "nowhere")
	check("the settings", "settings")
	for _, width := range []int64{1440, 320} {
		p.do("looking", looks(width, "dark"))
		p.visit("settings")
		p.do("shortening the retention", chromedp.SetValue(chromedp.CSS("#retention_days"), "90"))
		press(t, p.tab, "preview")
		p.looksRight(axe, fmt.Sprintf("a preview, %d wide", width))
	}
	press(t, p.tab, "confirm")
	check("the settings with a change that waits", "settings")

	p.do("looking", looks(1440, "light"), toFront)
	p.visit("?q=moved")
	background := func() string {
		return read(t, p.tab, chromedp.Evaluate[string]("getComputedStyle(document.body).backgroundColor"))
	}
	light := background()
	p.do("looking", looks(1440, "dark"))
	if dark := background(); dark == light {
		t.Errorf("dark is %s, as light is", dark)
	}
	for _, width := range []int64{1440, 320} {
		p.do("looking", looks(width, "dark"))
		p.click("tr[data-key] a[data-drawer]")
		p.holds("the drawer is open", `document.querySelector("#drawer[open] h1")`)
		p.looksRight(axe, fmt.Sprintf("the drawer, %d wide", width))
		p.click("#drawer .close")
		p.holds("the drawer is closed", `!document.querySelector("#drawer[open]") && location.pathname === "/logs/"`)
		p.click("[data-help]")
		p.looksRight(axe, fmt.Sprintf("help, %d wide", width))
		p.click("#help form button")
		p.click(".filter .menu summary")
		p.looksRight(axe, fmt.Sprintf("the menu, %d wide", width))
		p.click(".custom summary")
		p.looksRight(axe, fmt.Sprintf("the period, %d wide", width))
		p.click(".custom summary")
		p.click(".filter-tools .more summary")
		p.looksRight(axe, fmt.Sprintf("how to search, %d wide", width))
		p.click(".filter-tools .more summary")
	}
	p.do("asking for German", speaks("de"))
	check("the list in German", "")
	p.do("asking for English", speaks("en"))

	p.open("sec", p.g.security, "/requests")
	for _, path := range []string{"/requests", "/errors"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1440, 320} {
				p.do("looking", looks(width, scheme), chromedp.Navigate("http://"+p.g.security+path))
				p.looksRight(axe, fmt.Sprintf("%s, %s, %d wide", path, scheme, width))
			}
		}
	}
}

// cursor is where the list's second page begins.
func (p *consolePages) cursor() string {
	p.t.Helper()
	p.visit("?category=booking")
	p.holds("there are older ones", `document.querySelector("a[rel=next]")`)
	return read(p.t, p.tab, chromedp.Evaluate[string](`encodeURIComponent(new URL(document.querySelector("a[rel=next]").href).searchParams.get("cursor"))`))
}
