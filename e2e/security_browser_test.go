package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// securityPages is a gate that refuses attackers, and its security pages in a tab.
type securityPages struct{ *consolePages }

const (
	scanner = "203.0.113.7" // asks for secret files
	prober  = "203.0.113.8" // asks for what is not there
	office  = "198.51.100.23"
)

// openSecurity starts a gate, attacks it, and logs in to the security pages.
func openSecurity(t *testing.T) securityPages {
	t.Helper()
	g := startGate(t, application(t, failing), setup{instance: "abuse {\n\t\t\tmode enforce\n\t\t}", global: behindProxy})
	for _, path := range []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql", "/db.sql.gz"} {
		g.from(scanner, path, nil)
	}
	for n := range 14 {
		g.from(prober, fmt.Sprintf("/page-%d", n), nil)
		g.from(office, fmt.Sprintf("/no-%d", n), map[string]string{"User-Agent": fmt.Sprintf("Browser %d of the office", n)})
	}
	g.opened()
	eventually(t, "all three are flagged", func() bool {
		flags := g.securityPage("/flags")
		return strings.Contains(flags, scanner) && strings.Contains(flags, prober) && strings.Contains(flags, office)
	})
	eventually(t, "requests are in the log", func() bool { return len(g.requests()) >= 34 })
	p := securityPages{&consolePages{t: t, g: g, tab: startBrowser(t)}}
	p.open("sec", g.security, "/")
	return p
}

// failing is an application without pages, but for one that reports a failure.
func failing(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/fails" {
		notThere(w, r)
		return
	}
	w.Header().Set("X-App-Error", `{"type":"Illuminate\\Database\\QueryException","message":"`+strings.Repeat("no_such_table_of_a_long_name ", 10)+
		`","where":"app/Http/Controllers/Reporting/OccupancyController.php:188","trace":"#0 `+strings.Repeat("vendor/", 40)+`","integration":"Microsoft 365"}`)
	w.WriteHeader(http.StatusInternalServerError)
}

// securityPage is one as a program reads it.
func (g *gate) securityPage(path string) string {
	g.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+g.security+path, nil)
	must(g.t, err)
	req.SetBasicAuth("sec", password)
	res, err := http.DefaultTransport.RoundTrip(req)
	must(g.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(g.t, err)
	return string(body)
}

// fill gives a field a value.
func (p securityPages) fill(selector, value string) {
	p.t.Helper()
	p.holds(selector+" is there", fmt.Sprintf("document.querySelector(%q)", selector))
	read(p.t, p.tab, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q).value = %q, true", selector, value)))
}

func (p securityPages) see(path string) {
	p.t.Helper()
	in(p.t, p.tab, "opening "+path, toFront, chromedp.Navigate("http://"+p.g.security+path))
}

// Everything that security staff do, in a real browser. The parts build on each other.
func TestTheSecurityPagesInABrowser(t *testing.T) {
	t.Parallel()
	p := openSecurity(t)
	for _, part := range []struct {
		name string
		test func(securityPages)
	}{
		{"the overview", theOverview},
		{"review", review},
		{"a decision, and back", decideAndUndo},
		{"several at once, by keyboard", decideInBulk},
		{"one address", oneAddress},
		{"the server log", theServerLog},
		{"an incident id", anIncidentID},
		{"without scripts", decideWithoutScripts},
		{"oneself", decideAboutOneself},
		{"flags that come in", flagsComeIn},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.test(securityPages{p.with(t)}) }) {
			return
		}
	}
}

func theOverview(p securityPages) {
	p.holds("security staff start at the overview", `location.pathname === "/overview" && document.querySelector("[data-chart] svg a") && document.querySelector("main").innerText.includes("3 flags to review")`)
	if text := p.text(".rankings"); !strings.Contains(text, prober) {
		p.t.Errorf("the rankings are %s", text)
	}
	p.click(".rankings a[href*='/addresses/']")
	p.holds("an address leads to its page", `location.pathname.startsWith("/addresses/")`)
}

func review(p securityPages) {
	p.see("/flags")
	p.holds("three flags", rowCount+" === 3 && document.querySelector('[data-part=count]').innerText.includes('3 flags')")
	p.click(".queues li:nth-child(3) a")
	p.holds("none is confirmed", rowCount+" === 0 && location.search === '?review=confirmed'")
	p.see("/flags?ip=" + scanner)
	p.holds("the scanner", rowCount+" === 1 && document.querySelector('tr[data-key]').innerText.includes('http-sensitive-files')")
	p.click("tr[data-key] input")
	p.holds("it is selected", `document.querySelector("[data-selected]").innerText === "1 selected"`)
	p.click("[data-hotkey=y]")
	p.holds("a question", `document.querySelector("h1").innerText === "Confirm?" && document.querySelector(".hits").innerText.includes("203.0.113.7")`)
	p.click(".primary")
	p.holds("it is confirmed", `document.querySelector(".done")?.innerText === "Confirmed: 1 flag." && document.querySelector("tr[data-key]").innerText.includes("Confirmed")`)
}

// answer is what a visitor from an address gets.
func (p securityPages) answer(ip string) int { return p.g.from(ip, "/", nil).StatusCode }

func decideAndUndo(p securityPages) {
	p.see("/flags?ip=" + office)
	p.click("tr[data-key] input")
	p.click("[data-hotkey=b]")
	p.holds("the question says how many", `document.querySelector("h1").innerText === "Ban?" && document.querySelector(".hits tbody").innerText.match(/\b1[45]\b/)`)
	if p.answer(office) == http.StatusForbidden {
		p.t.Error("it is banned before that was confirmed")
	}
	p.fill("#d-note", "the whole office, sorry")
	p.fill("#d-for", "4h")
	p.click(".primary")
	p.holds("it is done", `document.querySelector(".done p")?.innerText .startsWith("Banned ") && document.querySelector("tr[data-key]").innerText.includes("Banned")`)
	if status := p.answer(office); status != http.StatusForbidden {
		p.t.Errorf("who is banned gets %d", status)
	}
	p.click(".done button")
	p.holds("it is taken back", `document.querySelector(".done")?.innerText === "The decision was taken back. Nothing is in force about 198.51.100.23 now; the rules go on looking." && document.querySelector("tr[data-key]").innerText.includes("Cleared")`)
	if status := p.answer(office); status != http.StatusOK {
		p.t.Errorf("who is banned no more gets %d", status)
	}
}

func decideInBulk(p securityPages) {
	p.see("/flags")
	p.holds("the rows", rowCount+" === 3 && document.readyState === 'complete'")
	p.press("jxjx")
	p.holds("two are selected", `document.querySelector("[data-selected]").innerText === "2 selected"`)
	p.press("a")
	p.holds("a question about both", `document.querySelector("h1")?.innerText === "Allow?" && document.querySelectorAll(".hits tbody tr").length === 2 && document.activeElement.matches(".primary")`)
	p.do("confirming", chromedp.KeyEvent(kb.Enter))
	p.holds("both are allowed", `document.querySelector(".done p")?.innerText === "Allowed: 2 flags."`)
	p.holds("two rows are allowed", `[...document.querySelectorAll("tr[data-key]")].filter(row => row.innerText.includes("Allowed")).length === 2`)
	p.click(".done button")
	p.holds("both are taken back", `document.querySelector(".done")?.innerText === "The decision was taken back. In force now: nothing: 2."`)

	p.holds("the page is whole", `document.readyState === "complete"`)
	p.press("jf")
	p.holds("the row that has the focus", `document.querySelector("h1")?.innerText === "False positive?" && document.querySelectorAll(".hits tbody tr").length === 1`)
	p.click(".back a")
	p.holds("nothing was done", `location.pathname === "/flags" && !document.querySelector(".done") && document.readyState === "complete"`)
	p.press("?")
	p.holds("the help knows the keys", `document.getElementById("help").open && document.getElementById("help").innerText.includes("select the row")`)
	p.click("[data-shortcuts]")
	p.do("closing", chromedp.KeyEvent(kb.Escape))
	p.press("jx")
	p.holds("keys that are off do nothing", `!document.querySelector("tr input:checked")`)
	p.click("[data-help]")
	p.click("[data-shortcuts]")
	p.do("closing", chromedp.KeyEvent(kb.Escape))
}

func oneAddress(p securityPages) {
	p.see("/addresses/" + office)
	p.holds("why, what, when, who", `["Why it is flagged", "http-probing", "Counted", "What happened", "sec", "the whole office, sorry", "Evidence", "/no-"].every(text => document.querySelector("main").innerText.includes(text))`)
	p.click("a.button[href*='/requests']")
	p.holds("its requests", `location.pathname === "/requests" && `+rowCount+` >= 14 && document.querySelector("[data-search]").value === "ip:198.51.100.23"`)
}

func theServerLog(p securityPages) {
	p.see("/requests?q=ip%3A" + prober + "+verdict%3Athrottle")
	p.holds("what was refused", rowCount+" >= 1 && document.querySelectorAll('.chips a[title]').length === 2")
	p.see("/requests?q=ip%3A" + prober)
	p.holds("the chart", `document.querySelector("[data-chart] svg a")`)
	dragOver(p, ".plot", 0.5, 0.99)
	p.holds("dragging chooses the time", `/from=.*&to=/.test(location.search.replace("q=", "")) && location.search.includes("q=ip")`)
	p.see("/requests?q=path%3A%2Flive*&from=")
	p.click("[data-live]")
	p.do("", away)
	p.g.from(prober, "/live", nil)
	p.holds("a new one comes in by itself", rowCount+" === 1")
	p.see("/requests?q=-status%3A404")
	p.holds("a mistake is said", `document.querySelector("#filter-error").innerText.includes("is not for the server log")`)
}

// dragOver drags over an element, from one part of its width to another.
func dragOver(p securityPages, selector string, from, to float64) {
	p.t.Helper()
	p.middle(selector)
	box := read(p.t, p.tab, chromedp.Evaluate[[]float64](fmt.Sprintf(`(r => [r.x, r.width, r.y + r.height / 2])(document.querySelector(%q).getBoundingClientRect())`, selector)))
	left := func(e *input.DispatchMouseEventParams) {
		e.Button, e.Buttons, e.ClickCount = input.MouseButtonLeft, 1, 1
	}
	for _, step := range []struct {
		kind input.DispatchMouseEventType
		at   float64
	}{{input.DispatchMouseEventTypeMousePressed, from}, {input.DispatchMouseEventTypeMouseMoved, (from + to) / 2}, {input.DispatchMouseEventTypeMouseMoved, to}, {input.DispatchMouseEventTypeMouseReleased, to}} {
		p.do("dragging", chromedp.MouseEvent(step.kind, box[0]+step.at*box[1], box[2], left))
	}
}

func anIncidentID(p securityPages) {
	p.see("/incidents")
	p.fill("#f-id", "nobody-has-this")
	p.click(".lookup button")
	p.holds("nothing is found", `document.querySelector("main").innerText.includes("No request of the last 7 days has this id.")`)
	id := ""
	eventually(p.t, "a refused request has an id", func() bool {
		for _, r := range p.g.requests() {
			if r.Verdict == "ban" && r.RequestID != "" {
				id = r.RequestID
			}
		}
		return id != ""
	})
	p.see("/incidents?id=" + id)
	p.holds("the request and its flag", `document.querySelector(".found").innerText.includes("Banned") && document.querySelector(".found tr[data-key]")`)
}

func decideWithoutScripts(p securityPages) {
	p.do("turning scripts off", scripts(false))
	p.see("/flags?ip=" + office)
	p.click("tr[data-key] input")
	p.click("[data-hotkey=t]")
	p.holds("a question", `document.querySelector("h1").innerText === "Throttle?"`)
	p.click(".primary")
	p.holds("it is done", `document.querySelector(".done p")?.innerText .startsWith("Throttled ")`)
	p.click(".done button")
	p.holds("and taken back", `document.querySelector(".done")?.innerText.startsWith("The decision was taken back. Nothing is in force")`)
	p.see("/requests?q=ip%3A" + prober)
	p.click(".chart-table summary")
	p.click(".counts a")
	p.holds("the table of the chart chooses the time", `location.search.includes("from=") && location.search.includes("to=") && `+rowCount+` > 0`)
	p.do("turning scripts on", scripts(true))
}

// decideAboutOneself: the page says so before it is done.
func decideAboutOneself(p securityPages) {
	p.see("/addresses/127.0.0.1")
	p.click("[data-hotkey=b]")
	p.holds("a warning", `document.querySelector("h1")?.innerText === "Ban?" && document.querySelector(".alarm")?.innerText.startsWith("You come from 127.0.0.1 yourself") && !document.activeElement.matches(".primary")`)
}

// flagsComeIn: a note says so, and rows move when somebody asks for it.
func flagsComeIn(p securityPages) {
	read(p.t, p.tab, chromedp.Evaluate[bool](`localStorage.setItem("gatebook.live", "off"), true`))
	p.see("/flags")
	p.holds("three flags", rowCount+" === 3 && document.readyState === 'complete'")
	first := p.text("tr[data-key] a.ip")
	p.click("tr[data-key] input")
	attack := func(ip string) {
		for _, path := range []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql", "/db.sql.gz"} {
			p.g.from(ip, path, nil)
		}
	}
	attack("203.0.113.99")
	p.holds("a note", `document.querySelector(".news button")?.innerText === "1 flag is new, or has changed"`)
	if p.text("tr[data-key] a.ip") != first || p.number(rowCount) != 3 {
		p.t.Error("rows have moved")
	}
	p.click(".news button")
	p.holds("the new one is there, and what was selected still is", rowCount+` === 4 && document.querySelector("tr[data-key] a.ip").innerText === "203.0.113.99" &&
		document.querySelector("[data-selected]").innerText === "1 selected" && document.querySelector("tr:has(input:checked) a.ip").innerText === "`+first+`" && document.querySelector("[data-part=count]").innerText === "4 flags."`)
	p.click("tr:has(input:checked) input")
	p.click("[data-live]")
	p.do("", away)
	attack("203.0.113.98")
	p.holds("a new one comes in by itself", rowCount+" === 5")
	p.click("[data-live]")
	p.see("/flags?ip=192.0.2.77")
	p.holds("nothing, and no decisions about it", rowCount+` === 0 && !document.querySelector(".bulk").checkVisibility()`)
	attack("192.0.2.77")
	p.holds("the first one comes in by itself", rowCount+` === 1 && document.querySelector(".bulk").checkVisibility()`)
}
