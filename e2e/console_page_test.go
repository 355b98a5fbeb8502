package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// consolePages is a gate whose application sends the events of the test, and the
// application log's page in a tab.
type consolePages struct {
	t   *testing.T
	g   *gate
	tab context.Context
}

// openConsole starts a gate and a browser, and logs in to the application log.
func openConsole(t *testing.T) *consolePages {
	t.Helper()
	app := application(t, func(w http.ResponseWriter, r *http.Request) {
		event, err := io.ReadAll(r.Body)
		if err == nil && len(event) > 0 {
			w.Header().Set("X-App-Event", string(event))
		}
	})
	p := &consolePages{t: t, g: startGate(t, app, setup{}), tab: startBrowser(t)}
	p.open("admin", p.g.site, "/logs/")
	return p
}

// with is p in a subtest.
func (p *consolePages) with(t *testing.T) *consolePages { return &consolePages{t, p.g, p.tab} }

// open logs in; later pages need no more than a path.
func (p *consolePages) open(user, site, path string) {
	p.t.Helper()
	u := url.URL{Scheme: "http", User: url.UserPassword(user, password), Host: site, Path: path}
	in(p.t, p.tab, "opening "+path, chromedp.Navigate(u.String()))
}

// visit opens a page of the application log.
func (p *consolePages) visit(path string) {
	p.t.Helper()
	in(p.t, p.tab, "opening "+path, toFront, chromedp.Navigate("http://"+p.g.site+"/logs/"+path))
}

// search opens the list with a search in its box, and nothing left out for its age.
func (p *consolePages) search(q string) {
	p.t.Helper()
	p.visit("?" + url.Values{"q": {q}, "from": {""}}.Encode())
}

// tell makes the application send an event.
func (p *consolePages) tell(event map[string]any) {
	p.t.Helper()
	body, err := json.Marshal(event)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.Post("http://"+p.g.site+"/tell", "application/json", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
}

// happened is an event of the browser tests.
func happened(id, text string) map[string]any {
	return map[string]any{"id": id, "category": "booking", "type": "booking.created", "text": text, "initiator": map[string]any{"id": "u_1", "name": "Ada Example", "email": "ada@example.com"}}
}

// holds waits until an expression is true on the page.
func (p *consolePages) holds(what, expression string) {
	p.t.Helper()
	met := false
	defer func() {
		if !met {
			state, err := chromedp.Run(p.tab, chromedp.Evaluate[string]("[location, document.activeElement?.outerHTML.slice(0, 200), document.querySelector('[data-search]')?.value, document.body.innerText].join(' | ')"))
			p.t.Logf("not so: %s, on %.3000s (%v)", expression, state, err)
		}
	}()
	eventually(p.t, what, func() bool {
		ok, err := chromedp.Run(p.tab, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		met = err == nil && ok
		return met
	})
}

func (p *consolePages) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	in(p.t, p.tab, what, steps...)
}

// click clicks into the middle of the first element that is found.
func (p *consolePages) click(selector string) {
	p.t.Helper()
	x, y := p.middle(selector)
	p.do("clicking "+selector, chromedp.MouseClickXY(x, y))
}

// press types letters as a keyboard does: one that a script takes for itself is
// not written. (chromedp.KeyEvent writes it all the same.)
func (p *consolePages) press(letters string) {
	p.t.Helper()
	for _, letter := range letters {
		for _, press := range []input.DispatchKeyEventParams{
			{Type: input.DispatchKeyEventTypeKeyDown, Key: string(letter), Text: string(letter)},
			{Type: input.DispatchKeyEventTypeKeyUp, Key: string(letter)},
		} {
			p.do("pressing "+letters, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
				_, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, press)
				return err
			}))
		}
	}
}

// point moves the mouse there.
func (p *consolePages) point(selector string) {
	p.t.Helper()
	x, y := p.middle(selector)
	p.do("pointing at "+selector, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
}

// middle waits for an element and scrolls to it.
func (p *consolePages) middle(selector string) (x, y float64) {
	p.t.Helper()
	p.holds(selector+" is there", fmt.Sprintf("document.readyState === 'complete' && document.querySelector(%q)?.checkVisibility()", selector))
	at := read(p.t, p.tab, chromedp.Evaluate[[]float64](fmt.Sprintf(`(e => {
		e.scrollIntoView({ block: "nearest" });
		const r = e.getClientRects()[0];
		return [r.x + r.width / 2, r.y + r.height / 2];
	})(document.querySelector(%q))`, selector)))
	return at[0], at[1]
}

func (p *consolePages) text(selector string) string {
	p.t.Helper()
	return read(p.t, p.tab, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector)))
}

func (p *consolePages) number(expression string) int {
	p.t.Helper()
	return read(p.t, p.tab, chromedp.Evaluate[int](expression))
}

const rowCount = `document.querySelectorAll("tr[data-key]").length`

// looks sets what the page is looked at with: its width, and colours.
func looks(width int64, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		if err != nil {
			return err
		}
		_, err = chromedp.EmulateViewport(width, 900)(ctx, tab)
		return err
	})
}

// speaks sets what the browser asks for.
func speaks(language string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Mozilla/5.0 Chrome", AcceptLanguage: language})
		return err
	})
}

func scripts(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}
