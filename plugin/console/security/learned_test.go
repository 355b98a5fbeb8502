package security_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

func TestLearnedPage(t *testing.T) {
	c, source := learned(t)
	consoletest.Holds(t, "the page", consoletest.Get(c, "/learned"), 200, "4 items.", "has not been seen for a day yet", "The application's own", "<bdi>read /desks/{n}</bdi>", "Learned from three clients or more",
		"Learned from a user who logged in", `href="/logs/flags/f1">Taught by a false positive`, "Learned from answers and logins", "2026-11-20 10:00:00", `aria-current="page">Learned`)
	source.Mature = true
	consoletest.Holds(t, "a kind", consoletest.Get(c, "/learned?kind=broken&q=old"), 200, "1 item.", "/old", "!/desks", "!for a day yet", `value="broken" selected`, `value="old"`)
	consoletest.Holds(t, "nothing", consoletest.Get(c, "/learned?q=zebra"), 200, "0 items.", "Nothing matches.", "Clear the filters")
	for _, path := range []string{"/learned?kind=mine", "/learned?x=1", "/learned?limit=7", "/learned?done=zebra"} {
		consoletest.Holds(t, path, consoletest.Get(c, path), 400)
	}
	source.Knowledge = nil
	consoletest.Holds(t, "nothing yet", consoletest.Get(c, "/learned"), 200, "Nothing was learned yet.", "gatebook learned --from FILE")
	for i := range 300 {
		source.Knowledge = append(source.Knowledge, record.LearnedItem{Kind: record.LearnedOwn, Text: fmt.Sprintf("read /page-%03d", i), Holds: true})
	}
	consoletest.Holds(t, "too many", consoletest.Get(c, "/learned"), 200, "The first 200 of 300 items; a search shows the others.", "/page-199", "!/page-200")
}

// TestCorrecting goes through the forms as a browser without scripts does.
func TestCorrecting(t *testing.T) {
	c, source := learned(t)
	known := len(source.EventList)
	row := consoletest.Form(t, consoletest.Get(c, "/learned?kind=own").Body.String(), "Not so")
	row.Set("do", "no")
	w := consoletest.Post(c, "/learned", row)
	if w.Code != 303 || w.Header().Get("Location") != "/logs/learned?done=corrected&kind=own" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if i := source.Knowledge[0]; i.Holds || !i.Corrected {
		t.Errorf("%+v", i)
	}
	page := consoletest.Get(c, "/learned?done=corrected&kind=own")
	consoletest.Holds(t, "corrected", page, 200, "It was corrected, and holds from now on.", "Does not hold", "A person says so", "Take it back", `name="back" value="/logs/learned?kind=own"`)
	row = consoletest.Form(t, page.Body.String(), "Take it back")
	row.Set("do", "undo")
	consoletest.Post(c, "/learned", row)
	if i := source.Knowledge[0]; !i.Holds || i.Corrected {
		t.Errorf("%+v", i)
	}
	if w = consoletest.Post(c, "/learned", row); w.Header().Get("Location") != "/logs/learned?done=nothing&kind=own" {
		t.Errorf("twice: %d %v", w.Code, w.Header())
	}

	w = consoletest.Post(c, "/learned", url.Values{"kind": {"login"}, "text": {" /sign-in "}, "do": {"yes"}, "back": {"https://evil.example/"}})
	if w.Header().Get("Location") != "/logs/learned?done=corrected" || source.Knowledge[4].Text != "/sign-in" {
		t.Errorf("%v %+v", w.Header(), source.Knowledge[4:])
	}
	consoletest.Holds(t, "what is wrong", consoletest.Post(c, "/learned", url.Values{"kind": {"own"}, "text": {"/wrong"}, "do": {"yes"}}), 400, "Nothing was corrected.", "this cannot be corrected", `value="read /wrong"`, `aria-invalid="true"`)
	consoletest.Holds(t, "no text", consoletest.Post(c, "/learned", url.Values{"kind": {"own"}, "do": {"no"}}), 400, "Nothing was corrected.")
	consoletest.Holds(t, "no such button", consoletest.Post(c, "/learned", url.Values{"kind": {"own"}, "text": {"/x"}, "do": {"maybe"}}), 400)

	entries := source.EventList[known:]
	if len(entries) != 3 || entries[0].Type != "learned.corrected" || entries[1].Type != "learned.undone" || entries[2].Initiator.Name != "bea" {
		t.Fatalf("%+v", entries)
	}
	if text, _ := json.Marshal(entries); strings.Contains(string(text), "desks") || string(entries[0].Details) != `{"holds":"no","kind":"own"}` {
		t.Errorf("%s", text)
	}
}

func learned(t testing.TB) (*console.Console, *consoletest.Source) {
	source := consoletest.Learned(t)
	c := consoletest.New(t, source, console.RoleSecurity)
	c.User = "bea"
	return c, source
}
