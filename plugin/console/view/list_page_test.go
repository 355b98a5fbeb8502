package view

import (
	"context"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
)

func testView() *View {
	return &View{
		Instance: "acme", Base: "/logs/", Locale: locale.English, Location: time.UTC, Now: time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC),
		Nav: []Link{{Text: "Server log", Href: "/logs/requests"}, {Text: "Errors", Href: "/logs/errors"}},
	}
}

// TestStartList: what a list is asked for, by its address and its search.
func TestStartList(t *testing.T) {
	fields := []Field{{Name: "q", Label: "Search", Terms: RequestSearch}, {Name: "status", Label: "Status"}}
	for address, want := range map[string]string{
		"/":                       "from=30d",
		"/?q=&status=":            "from=30d",
		"/?status=5xx":            "from=30d&status=5xx",
		"/?from=":                 "from=",
		"/?to=2026-01-01":         "from=&to=2026-01-01",
		"/?q=after%3A7d":          "from=&q=after%3A7d",
		"/?cursor=c&back=&back=b": "cursor=c&from=30d",
	} {
		given, err := ListQuery(httptest.NewRequest("GET", address, nil))
		if err != nil {
			t.Fatal(err)
		}
		asked, page, err := StartList(t.Context(), testView(), given, Listing{Title: "Errors", Path: "errors", Fields: fields, Period: FirstPeriod},
			func(_ context.Context, params url.Values) (string, error) { return params.Encode(), nil })
		if err != nil || asked != want || page.Filter.Error != "" {
			t.Errorf("%s asks for %q, want %q (%v, %q)", address, asked, want, err, page.Filter.Error)
		}
		if page.Filter.Action != "/logs/errors" || page.Nav[0].Current || !page.Nav[1].Current {
			t.Errorf("%s: %+v", address, page.Layout)
		}
	}
}

// TestInvalidListing: a parameter that is invalid is said on the page, at its field; other
// errors are not.
func TestInvalidListing(t *testing.T) {
	fields := []Field{{Name: "ip", Label: "Address"}, {Name: "status", Label: "Status"}}
	start := func(fail error) (ListPage, error) {
		_, page, err := StartList(t.Context(), testView(), url.Values{"status": {"x"}}, Listing{Title: "Flags", Path: "flags", Fields: fields},
			func(context.Context, url.Values) (int, error) { return 0, fail })
		return page, err
	}
	page, err := start(&record.ParamError{Param: "status", Value: "x", Reason: record.NotAddress.With()})
	if err != nil || page.Filter.Error == "" || !page.Filter.Open || page.Filter.Search.Invalid || !page.Filter.More[0].Invalid {
		t.Errorf("%v, %+v", err, page.Filter)
	}
	if _, err := start(context.DeadlineExceeded); err == nil {
		t.Error("an error of the log was taken for one of the user")
	}
	if _, _, err := StartList(t.Context(), testView(), url.Values{"limit": {"1"}}, Listing{Path: "flags", Fields: fields},
		func(context.Context, url.Values) (int, error) { t.Error("it was asked"); return 0, nil }); err != nil {
		t.Errorf("a limit on a page: %v", err)
	}
}

// TestTurnPages: the address remembers the pages before, and leads back through them.
func TestTurnPages(t *testing.T) {
	turn := func(given url.Values, next string) (l List) {
		f := Filter{Action: "/logs/", Given: given, Params: given}
		f.turnPages(&l, next)
		return l
	}
	if l := turn(url.Values{}, "a"); l.Older != "/logs/?back=&cursor=a" || l.Newer != "" || l.Newest != "" {
		t.Errorf("first page: %+v", l)
	}
	if l := turn(url.Values{"cursor": {"a"}, "back": {""}, "q": {"x"}}, "b"); l.Older != "/logs/?back=&back=a&cursor=b&q=x" || l.Newer != "/logs/?q=x" || l.Newest != "/logs/?q=x" {
		t.Errorf("second page: %+v", l)
	}
	if l := turn(url.Values{"cursor": {"b"}, "back": {"", "a"}}, ""); l.Older != "" || l.Newer != "/logs/?back=&cursor=a" {
		t.Errorf("last page: %+v", l)
	}
	back := make([]string, maxBack)
	long, err := url.Parse(turn(url.Values{"cursor": {"z"}, "back": back}, "next").Older)
	if err != nil || len(long.Query()["back"]) != maxBack {
		t.Errorf("%v: %d pages are remembered", err, len(long.Query()["back"]))
	}
}
