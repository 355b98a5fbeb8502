package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Everything that an admin does with the application log, in a real browser. The
// parts build on each other: the log is empty at first.
func TestTheApplicationLogInABrowser(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	for _, part := range []struct {
		name string
		test func(*consolePages)
	}{
		{"the first event", firstEvent},
		{"filters", filters},
		{"the drawer", theDrawer},
		{"the keyboard", theKeyboard},
		{"new entries", newEntries},
		{"live", liveRows},
		{"a stream that breaks", brokenStream},
		{"copies and exports", copiesAndExports},
		{"languages", languages},
		{"without scripts", withoutScripts},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.test(p.with(t)) }) {
			return
		}
	}
}

func firstEvent(p *consolePages) {
	p.holds("the page waits for an event", `document.querySelector(".waiting") && document.querySelectorAll(".snippets pre").length === 7`)
	read(p.t, p.tab, chromedp.Evaluate[bool]("window.neverLoadedAgain = true"))
	p.tell(happened("first", "The first one."))
	p.holds("the first event shows up by itself", rowCount+` === 1 && !document.querySelector(".waiting") && window.neverLoadedAgain`)
	if got := p.text("[data-part=count]"); got != "1 entry in the last 30 days." {
		p.t.Errorf("the page counts: %s", got)
	}
}

func filters(p *consolePages) {
	for i := range 60 {
		p.tell(happened(fmt.Sprint("many-", i), fmt.Sprintf("Booking %d.", i)))
	}
	p.tell(map[string]any{"id": "login", "category": "login", "type": "login.failed", "text": "Sign-in failed.", "outcome": "failure"})
	p.visit("")
	if n := p.number(rowCount); n != 50 {
		p.t.Errorf("%d rows", n)
	}
	p.click("[data-search]")
	p.do("searching", chromedp.KeyEvent("type:login.* failed"+kb.Enter))
	p.holds("the search is in the address", `location.search.includes("q=type") && `+rowCount+` === 1`)
	p.click(`.chips li:nth-child(1) a`)
	p.holds("a chip took its term away", `document.querySelector("[data-search]").value === "failed" && document.querySelectorAll(".chips a[title]").length === 1`)
	p.click(".chips .plain")
	p.holds("nothing filters any more", `!document.querySelector(".chips") && `+rowCount+` === 50`)

	p.click(".filter .menu summary")
	p.click(`.menu input[value="login"]`)
	p.click(".menu fieldset button")
	p.holds("the menu filters", `location.search.includes("category=login") && `+rowCount+` === 1`)
	p.click(".custom summary")
	p.holds("a day is chosen", `document.getElementById("f-to").value = "2020-01-01"`)
	p.click(".custom button")
	p.holds("the period holds beside the category", `location.search.includes("to=2020-01-01") && location.search.includes("category=login") && document.querySelector(".empty")`)
	if text := p.text(".empty"); !strings.Contains(text, "Nothing is kept of that time.") {
		p.t.Errorf("before all that is kept the page says: %s", text)
	}

	p.visit("?category=booking")
	p.click("a[rel=next]")
	p.holds("older ones", `location.search.includes("cursor=") && `+rowCount+` === 11`)
	p.click("a[rel=prev]")
	p.holds("newer ones", `!location.search.includes("cursor=") && `+rowCount+` === 50`)

	p.search("person:ada")
	p.holds("the mistake is beside the box", `document.querySelector("[data-search][aria-invalid]") && document.querySelector("#filter-error").textContent.includes("is no qualifier") && `+rowCount+` === 0`)
}

func theDrawer(p *consolePages) {
	p.tell(map[string]any{
		"id": "moved", "category": "booking", "type": "booking.updated", "text": "A booking has been moved.", "subject": map[string]any{"type": "Booking", "id": "77"},
		"changes": []any{map[string]any{"field": "start", "old": "09:00", "new": "10:30"}},
	})
	p.tell(map[string]any{"id": "made", "category": "booking", "type": "booking.created", "text": "A booking has been made.", "subject": map[string]any{"type": "Booking", "id": "77"}})
	const shut = `!document.getElementById("drawer").open && location.pathname === "/logs/" && document.activeElement.closest("tr[data-key]") && document.title.startsWith("Application log")`
	p.search("subject:77")
	p.click("tr[data-key]:nth-child(2) a[data-drawer]")
	p.holds("the drawer shows the entry", `document.getElementById("drawer").open && /^\/logs\/events\/\d+$/.test(location.pathname) && document.querySelector("#drawer .changes").innerText.includes("10:30")`)
	p.click("#drawer .related a[data-drawer]")
	p.holds("a related entry takes its place", `document.querySelector("#drawer h1").innerText === "A booking has been made."`)
	p.do("going back", goBack)
	p.holds("the entry before is back", `document.querySelector("#drawer h1")?.innerText === "A booking has been moved."`)
	p.do("closing", chromedp.KeyEvent(kb.Escape))
	p.holds("the list is back, and the focus where it was", shut)

	p.do("opening again", chromedp.KeyEvent(kb.Enter))
	p.holds("the drawer is open", `document.getElementById("drawer").open && location.pathname !== "/logs/"`)
	p.do("going back", goBack)
	p.holds("going back closes it", shut)
	p.do("opening again", chromedp.KeyEvent(kb.Enter))
	p.holds("the drawer is open", `document.getElementById("drawer").open && location.pathname !== "/logs/"`)
	p.click("#drawer .close")
	p.holds("the button closes it", shut)

	p.do("opening again", chromedp.KeyEvent(kb.Enter))
	p.holds("the drawer is open", `document.getElementById("drawer").open && location.pathname !== "/logs/"`)
	p.do("loading again", chromedp.Reload())
	p.holds("the address is a page", `!document.getElementById("drawer") && document.querySelector("main h1").innerText === "A booking has been moved." && document.querySelector(".back a")`)
	p.do("going back", goBack)
	p.holds("and the list comes back", `document.getElementById("drawer") && location.pathname === "/logs/" && `+rowCount+` === 2`)
}

// goBack is the browser's button.
var goBack = chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
	_, err := chromedp.Evaluate[bool]("history.back(), true")(ctx, tab)
	return err
})

func theKeyboard(p *consolePages) {
	press := func(key string) {
		if len(key) == 1 && key >= "!" {
			p.press(key)
		} else {
			p.do("pressing a key", chromedp.KeyEvent(key))
		}
	}
	const row = `[...document.querySelectorAll("tr[data-key]")].indexOf(document.activeElement.closest("tr"))`
	p.visit("")
	press("/")
	p.holds("the search has the focus", `document.activeElement.matches("[data-search]")`)
	p.press("jk")
	p.holds("letters are text there", `document.querySelector("[data-search]").value === "jk"`)
	press(kb.Escape)
	p.holds("Escape leaves it", `document.activeElement === document.body`)
	press("j")
	p.holds("the first row", row+" === 0")
	p.press("jj")
	p.holds("the third row", row+" === 2")
	press("k")
	p.holds("the second row", row+" === 1")
	press(kb.Enter)
	p.holds("its details", `document.getElementById("drawer").open && location.pathname !== "/logs/"`)
	p.press("j?")
	p.holds("keys do nothing beneath a drawer", `!document.getElementById("help").open`)
	press(kb.Escape)
	p.holds("back on the row", `!document.getElementById("drawer").open && `+row+" === 1")
	press("?")
	p.holds("help", `document.getElementById("help").open`)
	p.click("[data-shortcuts]")
	press(kb.Escape)
	p.holds("no help any more", `!document.getElementById("help").open`)
	p.press("jjj")
	p.holds("single keys are off", row+" === 1")
	p.do("loading again", chromedp.Reload())
	press("/")
	p.holds("and stay off", `!document.activeElement.matches("[data-search]")`)
	p.click("[data-help]")
	p.holds("help by a button", `document.getElementById("help").open`)
	p.click("[data-shortcuts]")
	p.click("#help form button")
	press("/")
	p.holds("single keys are on again", `document.activeElement.matches("[data-search]")`)
}

// away is where the mouse is over nothing that matters.
var away = chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 2, 2)

func newEntries(p *consolePages) {
	p.do("", away)
	p.visit("?q=news")
	p.tell(happened("news-0", "Some news."))
	p.holds("the first is shown where there was none", rowCount+" === 1")
	first := p.text("tr[data-key] time")
	p.tell(happened("news-1", "More news."))
	p.holds("one waits", `document.querySelector(".news button")?.innerText === "1 new entry"`)
	p.tell(happened("other", "Not what is asked for."))
	p.tell(happened("news-2", "Still more news."))
	p.tell(happened("news-3", "Even more news."))
	p.holds("three wait", `document.querySelector(".news button")?.innerText === "3 new entries"`)
	if n := p.number(rowCount); n != 1 || p.text("tr[data-key] time") != first {
		p.t.Errorf("rows moved: there are %d", n)
	}
	p.click(".news button")
	p.holds("they are shown", rowCount+` === 4 && !document.querySelector(".news button") && document.querySelector("[data-part=count]").innerText.startsWith("4 entries") && document.querySelector(".export").innerText.includes("4 rows")`)
}

func liveRows(p *consolePages) {
	p.visit("?q=live")
	p.tell(happened("live-0", "A live one."))
	p.holds("the first", rowCount+" === 1")
	p.click("[data-live]")
	p.do("", away)
	p.tell(happened("live-1", "Another live one."))
	p.holds("it comes in by itself", rowCount+` === 2 && document.querySelector("tr.fresh").innerText.includes("Another")`)
	p.point("tr[data-key]")
	p.tell(happened("live-2", "A third live one."))
	p.holds("it waits while the mouse is there", `document.querySelector(".news button") && document.querySelector("[data-live]").innerText.includes("paused") && `+rowCount+` === 2`)
	p.do("", away)
	p.holds("and comes when it leaves", rowCount+` === 3 && !document.querySelector("[data-live]").innerText.includes("paused")`)
	p.do("focusing a row", chromedp.KeyEvent("j"))
	p.tell(happened("live-3", "A fourth live one."))
	p.holds("it waits while the focus is there", `document.querySelector(".news button") && `+rowCount+` === 3 && document.activeElement.closest("tr")`)
	p.do("leaving", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool]("document.activeElement.blur(), true")(ctx, tab)
		return err
	}))
	p.holds("and comes when it leaves", rowCount+" === 4")
	p.do("loading again", chromedp.Reload())
	p.holds("the switch is remembered", `document.querySelector("[data-live]").getAttribute("aria-checked") === "true"`)
	p.click("[data-live]")
}

func brokenStream(p *consolePages) {
	p.visit("?q=after-the-break")
	p.g.stop()
	p.holds("the page says that it is cut off", `document.querySelector(".lost")`)
	p.g.start()
	p.tell(happened("back", "Told after-the-break."))
	p.holds("it is up to date again", rowCount+` === 1 && !document.querySelector(".lost")`)
}

func copiesAndExports(p *consolePages) {
	dir := p.t.TempDir()
	b := chromedp.FromContext(p.tab).Browser
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := cdp.Call(p.tab, b, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: name}, Setting: cdpbrowser.PermissionSettingGranted,
		}); err != nil {
			p.t.Fatal(err)
		}
	}
	if _, err := cdp.Call(p.tab, b, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}); err != nil {
		p.t.Fatal(err)
	}
	p.search("subject:77 moved")
	p.click("tr[data-key] a[data-drawer]")
	p.holds("the drawer is open", `document.querySelector("#drawer [data-copy]")`)
	p.click("#drawer [data-copy]")
	p.holds("the button says so", `document.querySelector("#drawer [data-copy]").innerText === "Copied"`)
	copied := read(p.t, p.tab, chromedp.Evaluate[string](`navigator.clipboard.readText().then(text => JSON.parse(text).id)`, chromedp.EvalAwaitPromise))
	if copied != "moved" {
		p.t.Errorf("copied the entry %q", copied)
	}
	p.do("closing", chromedp.KeyEvent(kb.Escape))
	p.holds("the list is back", `!document.getElementById("drawer").open`)
	for i, kind := range []string{"CSV", "NDJSON"} {
		p.click(fmt.Sprintf(".export a:nth-child(%d)", i+1))
		var file []byte
		eventually(p.t, "the file is there", func() bool {
			names, _ := filepath.Glob(filepath.Join(dir, "acme-events-*."+strings.ToLower(kind)))
			if len(names) != 1 {
				return false
			}
			var err error
			file, err = os.ReadFile(names[0])
			return err == nil && len(file) > 0
		})
		if text := string(file); !strings.Contains(text, "A booking has been moved.") || strings.Contains(text, "has been made") {
			p.t.Errorf("the %s has %s", kind, text)
		}
	}
}

func languages(p *consolePages) {
	p.do("asking for German", speaks("de-DE,de"))
	p.search("moved")
	p.holds("the page is German", `document.documentElement.lang === "de" && document.querySelector("th").innerText === "Datum" && document.querySelector("[data-part=count]").innerText === "1 Eintrag in allem, was aufbewahrt ist."`)
	p.click(`.languages button[value="en"]`)
	p.holds("English, on the same page", `document.documentElement.lang === "en" && document.querySelector("[data-search]").value === "moved" && document.querySelector("th").innerText === "Date"`)
	p.visit("nowhere")
	p.holds("and on others", `document.querySelector("h1").innerText === "Not Found"`)
	p.click(`.languages button[value="de"]`)
	p.holds("German again", `document.documentElement.lang === "de" && document.querySelector("h1").innerText === "Nicht gefunden"`)
	p.do("asking for English", speaks("en"))
	p.visit("")
	p.holds("what was chosen holds", `document.documentElement.lang === "de"`)
	p.click(`.languages button[value="en"]`)
	p.holds("English again", `document.documentElement.lang === "en"`)
}

func withoutScripts(p *consolePages) {
	p.do("turning scripts off", scripts(false))
	p.visit("?q=moved&from=")
	if p.number(`[...document.querySelectorAll(".scripted")].filter(e => e.offsetParent).length`) > 0 {
		p.t.Error("buttons are shown that do nothing")
	}
	p.click("tr[data-key] a[data-drawer]")
	p.holds("details are a page", `document.querySelector("main h1")?.innerText === "A booking has been moved." && document.querySelector(".changes")`)
	p.click(`.languages button[value="de"]`)
	p.holds("the language changes", `document.documentElement.lang === "de"`)
	p.click(`.languages button[value="en"]`)
	p.holds("and back", `document.documentElement.lang === "en"`)
	p.do("turning scripts on", scripts(true))
}
