package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const chromium = "/usr/bin/chromium"

// startBrowser starts Chromium and opens a tab.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("this test drives a real browser: %v; install the package chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium),
		chromedp.NoSandbox, // in CI this runs as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	return newTab(ctx, t)
}

// newTab opens a tab. What its pages complain about fails the test.
func newTab(parent context.Context, t *testing.T) context.Context {
	t.Helper()
	ctx, _ := chromedp.NewContext(parent)
	messages := chromedp.Console(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
		for m, err := range messages {
			if err != nil {
				return
			}
			// An answer that is an error is what the test asked for, unless a page
			// needs it.
			answered := strings.HasPrefix(m.String(), "error: Failed to load resource") && !strings.Contains(m.URL, "/static/")
			if (m.IsException() || m.Type == chromedp.ConsoleError) && !answered { // refusals of the content security policy are errors
				t.Errorf("the browser complains: %s %s", m, m.URL)
			}
		}
	})
	return ctx
}

// in does something in a tab.
func in(t *testing.T, tab context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// read reads something from a tab.
func read[T any](t *testing.T, tab context.Context, what chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(tab, what)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// toFront shows the tab, as somebody does who changes to it.
var toFront = chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
	_, err := cdp.Call(ctx, tab, page.BringToFront, cdp.Empty{})
	return err
})

// Somebody who starts the demo sees the own click in the application log,
// without loading it again, within ten seconds.
func TestABrowserSeesItsOwnClickInTheApplicationLog(t *testing.T) {
	d := startDemo(t, "--port", "0")
	site := startBrowser(t)
	in(t, site, "opening the site", chromedp.Navigate("http://"+d.site+"/"))

	logs := newTab(site, t)
	login := url.URL{Scheme: "http", User: url.UserPassword("admin", "demo"), Host: d.site, Path: "/logs/"}
	in(t, logs, "opening the application log",
		chromedp.Navigate(login.String()), chromedp.WaitVisible(chromedp.CSS("table.events")))
	read(t, logs, chromedp.Evaluate[bool]("window.neverLoadedAgain = true"))
	in(t, logs, "switching live on", chromedp.Click(chromedp.CSS("[data-live]")))

	email := read(t, site, chromedp.Text(chromedp.CSS(".logins button.person small")))
	in(t, site, "logging in", toFront,
		chromedp.Click(chromedp.CSS(".logins button.person")),
		chromedp.WaitNotPresent(chromedp.CSS(".logins")),
		chromedp.WaitVisible(chromedp.CSS(`.plan form[action$="/book"] button`)))
	booked := chromedp.Search(`//*[starts-with(normalize-space(text()), "Booked ")]`)
	in(t, site, "booking a desk",
		chromedp.Click(chromedp.CSS(`.plan form[action$="/book"] button`)), chromedp.WaitVisible(booked))
	start := time.Now()
	told := strings.TrimSpace(read(t, site, chromedp.Text(booked)))
	desk := strings.TrimSuffix(strings.TrimPrefix(told, "Booked "), ".")

	soon, cancel := context.WithTimeout(logs, 10*time.Second)
	defer cancel()
	row := chromedp.Search(fmt.Sprintf(`//table//tr[contains(., 'booking has been created for "%s"') and contains(., %q)]`, desk, email))
	in(t, soon, "waiting for the click to show up", toFront, chromedp.WaitVisible(row))
	t.Logf("%s booked %s and saw it in the log %s later", email, desk, time.Since(start).Round(time.Millisecond))
	if !read(t, logs, chromedp.Evaluate[bool]("window.neverLoadedAgain === true")) {
		t.Error("the application log was loaded again")
	}
}
