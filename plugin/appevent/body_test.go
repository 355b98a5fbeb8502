package appevent

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func header(lines ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(lines); i += 2 {
		h.Add(lines[i], lines[i+1])
	}
	return h
}

func typed(kind string) http.Header { return header("Content-Type", kind) }

// parseBody reads a body as a request with these headers would.
func parseBody(h http.Header, body string) ([]Item, error) {
	form, err := FormOf(h)
	if err != nil {
		return nil, err
	}
	return form.Parse([]byte(body), h, origin)
}

// summary is ids and, in parentheses, why and where events were refused.
func summary(items []Item) string {
	var out []string
	for _, item := range items {
		s := item.Event.ID
		if no := item.Rejected; no != nil {
			s += fmt.Sprintf("(%s @%d/%d)", no.Reason, no.Offset, no.Length)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// What is wrong with one event keeps out no other, and is told by its place in
// the body.
func TestBodies(t *testing.T) {
	const lines = "application/x-ndjson"
	deep := func(n int) string {
		return `{"id":"d","category":"x","text":"t","details":` + strings.Repeat(`{"a":`, n) + `1` + strings.Repeat(`}`, n) + `}`
	}
	for _, c := range []struct{ kind, body, want string }{
		{"application/json", ev("a"), "a"},
		{"application/json; charset=UTF-8", "\n" + strings.ReplaceAll(ev("a"), ",", "\n\t, ") + "\n", "a"},
		{"application/json", "[]", ""},
		{"application/json", " [ " + ev("a") + " , " + ev("b") + " ] ", "a b"},
		{"application/json", `[` + ev("a") + `,7,` + ev("b") + `]`, "a (a JSON object is expected here @44/1) b"},
		{"application/json", `[` + ev("a") + `,{"id":"b","category":"gatebook","text":"t"}]`, "a b(category must not be gatebook, which is reserved @65/43)"},
		{"application/json", `[{"id":"a","id":"a","category":"x","text":"t"},` + ev("b") + `]`, "(a key comes twice in one object @11/45) b"},
		{"application/json", `{"id":"no blank","category":"x","text":"t"}`, "(id must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - @6/43)"},
		{"application/json", `{"id":"a","category":"x","text":"` + "\xff" + `"}`, "(a string is not valid UTF-8 @33/36)"},
		{"application/json", deep(5), "d"},
		{"application/json", deep(6), "(the JSON is nested more than 6 deep @71/84)"},
		{"application/json", deep(100), "(the JSON is nested more than 6 deep @71/648)"},
		{lines, ev("a") + "\n\n" + ev("b") + "\r\n" + ev("c"), "a b c"},
		{lines, ev("a") + "\n" + `{"id":"b",` + "\n" + ev("c") + "\n", "a (the JSON ends too early @54/11) c"},
		{lines, ev("a") + "\n" + ev("b") + ev("c"), "a (something follows the JSON object @85/84)"},
		{lines, ev("a") + "\n" + ev("b")[:20], "a (the JSON ends too early @63/20)"},
		{"application/ndjson", ev("a"), "a"},
		{"application/jsonl", ev("a"), "a"},
	} {
		items, err := parseBody(typed(c.kind), c.body)
		if got := summary(items); err != nil || got != c.want {
			t.Errorf("%s %.80q: got %s, %v; want %s", c.kind, c.body, got, err, c.want)
		}
		for _, item := range items {
			if item.Rejected == nil && item.Event.Transport != "ingest" {
				t.Errorf("%s: transport %q", c.body, item.Event.Transport)
			}
		}
	}
}

// A body of which nothing can be taken is answered with what to do.
func TestRefusedBodies(t *testing.T) {
	many := func(n int, sep string) string {
		return strings.TrimSuffix(strings.Repeat(ev("a")+sep, n), sep)
	}
	for _, c := range []struct {
		h      http.Header
		body   string
		status int
		says   string
	}{
		{typed(""), ev("a"), 415, "application/json"},
		{typed("text/plain"), ev("a"), 415, "application/json"},
		{typed("application/x-www-form-urlencoded"), ev("a"), 415, "application/json"},
		{typed("application/json; charset=latin1"), ev("a"), 415, "UTF-8"},
		{header("Content-Type", "application/json", "Content-Encoding", "gzip"), ev("a"), 415, "Content-Encoding"},
		{header("Content-Type", "text/xml", "Ce-Specversion", "1.0"), "<a/>", 415, "ce-specversion"},
		{typed("application/json"), " \n", 400, "empty"},
		{typed("application/x-ndjson"), "\n\n", 400, "empty"},
		{typed("application/json"), "a desk", 400, "byte 0 of 6"},
		{typed("application/json"), ev("a")[:20], 400, "byte 20 of 20"},
		{typed("application/json"), "[" + ev("a"), 400, "no JSON"},
		{typed("application/json"), "[" + ev("a") + ",]", 400, "byte 44 of 45"},
		{typed("application/json"), ev("a") + "\n" + ev("b"), 400, "application/x-ndjson"},
		{typed("application/json"), `"a"`, 400, "a JSON object, or an array"},
		{typed("application/json"), strings.Repeat("[", 100_000), 400, "no JSON"},
		{typed("application/x-ndjson"), "a desk\na chair", 400, "No line"},
		{typed("application/json"), "[" + many(501, ",") + "]", 413, "500"},
		{typed("application/json"), "[" + strings.Repeat("0,", 400_000) + "0]", 413, "500"},
		{typed("application/x-ndjson"), many(501, "\n"), 413, "500"},
		{typed("application/cloudevents+json"), "[" + ce("a") + "]", 400, "one JSON object"},
		{typed("application/cloudevents-batch+json"), ce("a"), 400, "an array of CloudEvents"},
	} {
		items, err := parseBody(c.h, c.body)
		bad, ok := errors.AsType[*BodyError](err)
		if !ok || bad.Status != c.status || !strings.Contains(bad.Reason, c.says) {
			t.Errorf("%v %.60q: %d items, %+v", c.h, c.body, len(items), err)
		}
	}
	if items, err := parseBody(typed("application/json"), "["+many(500, ",")+"]"); err != nil || len(items) != 500 {
		t.Errorf("%d items, %v", len(items), err)
	}
}

// A body may have larger details than a header, but nothing that the log
// cannot store.
func TestBodyLimits(t *testing.T) {
	with := func(key string, size int) string {
		return fmt.Sprintf(`{"id":"a","category":"x","text":"t",%q:{"d":"%s"}}`, key, strings.Repeat("d", size-8))
	}
	for body, want := range map[string]string{
		with("details", maxBodyDetails):   "a",
		with("details", maxBodyDetails+1): "a(details takes more than 65536 bytes @46/65584)",
		`{"id":"a","category":"x","text":"t","changes":[{"field":"f","old":"` + strings.Repeat("o", maxBodyEvent) + `"}]}`: "(the event takes more than 131072 bytes @0/131143)",
		with("unknown", maxExt): "a(the unknown keys take more than 1024 bytes @0/1071)",
	} {
		items, err := parseBody(typed("application/json"), body)
		if got := summary(items); err != nil || got != want {
			t.Errorf("%.60s: got %s, %v; want %s", body, got, err, want)
		}
	}
	items, err := parseBody(typed("application/json"), `{"category":"x","text":"t","time":"2022-01-31T09:31:25Z"}`)
	if err != nil || len(items) != 1 || !slices.Equal(items[0].Event.Marks, []string{"no_id", "skew"}) ||
		len(items[0].Event.ID) != 26 || !items[0].Event.Time.Equal(origin.Now.Add(-365*24*time.Hour)) {
		t.Errorf("%+v, %v", items, err)
	}
}

// A body that is all wrong does not flood the log.
func TestBodyRejectionsAreBounded(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, maxRejected: maxRejected, maxRejected + 1: maxRejected + 1, MaxBodyEvents: maxRejected + 1} {
		items, err := parseBody(typed("application/json"), "["+strings.TrimSuffix(strings.Repeat("{},", n), ",")+"]")
		told, count := Rejections(items)
		if err != nil || count != n || len(told) != want {
			t.Errorf("%d: %d told, %d counted, %v", n, len(told), count, err)
		}
		if n == MaxBodyEvents && told[maxRejected].Reason != "468 more were refused as well" {
			t.Errorf("the last is %+v", told[maxRejected])
		}
	}
}
