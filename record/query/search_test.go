package query

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"pgregory.net/rapid"
)

func TestSearch(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, berlin)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, berlin)
	for _, c := range []struct {
		q     string
		want  Events
		wrong string
	}{
		{q: "", want: Events{}},
		{q: "  table\t23 ", want: Events{EventFilter: EventFilter{Words: []string{"table", "23"}}}},
		{q: `"table 23" -"two words"`, want: Events{
			EventFilter: EventFilter{Words: []string{"table 23"}},
			Not:         EventFilter{Words: []string{"two words"}},
		}},
		{
			q: `category:booking initiator:"support@…" subject:45887 type:booking.* -type:login.* after:2026-01-01 outcome:failure text`,
			want: Events{
				EventFilter: EventFilter{
					Categories: []string{"booking"}, Initiators: []string{"support@…"}, Subjects: []string{"45887"},
					Types: []string{"booking.*"}, Outcomes: []string{"failure"}, Words: []string{"text"},
				},
				Not:  EventFilter{Types: []string{"login.*"}},
				From: day,
			},
		},
		{q: "category:booking category:login", want: Events{EventFilter: EventFilter{Categories: []string{"booking", "login"}}}},
		{q: "before:2026-01-01", want: Events{To: day}},
		{q: `subject:Booking:45887 10:30 https://a.example/x "category:x" - -`, want: Events{EventFilter: EventFilter{
			Subjects: []string{"Booking:45887"}, Words: []string{"10:30", "https://a.example/x", "category:x", "-", "-"},
		}}},
		{q: `"a \"b\" \\ \n"`, want: Events{EventFilter: EventFilter{Words: []string{`a "b" \ \n`}}}},
		{q: "person:ada", wrong: `q "person:": is no qualifier`},
		{q: "category:", wrong: "needs a value"},
		{q: `initiator:""`, wrong: "needs a value"},
		{q: `"open`, wrong: "not closed"},
		{q: "category:Booking", wrong: `q "category:Booking": must be a category, or`},
		{q: "outcome:bad", wrong: "must be one of success"},
		{q: "after:yesterday", wrong: `q "after:yesterday": is no time`},
		{q: "-after:2026-01-01", wrong: "cannot be turned round"},
		{q: strings.Repeat("a ", 33), wrong: "more than 32 terms"},
	} {
		got, err := ParseEvents(url.Values{"q": {c.q}}, now, berlin)
		if c.wrong != "" {
			var param *record.ParamError
			if !errors.As(err, &param) || param.Param != "q" || !strings.Contains(err.Error(), strings.TrimSuffix(c.wrong, " a category, or")) {
				t.Errorf("%s: error %v, want %s", c.q, err, c.wrong)
			}
			continue
		}
		got.Limit = 0
		if err != nil || !got.From.Equal(c.want.From) || !got.To.Equal(c.want.To) {
			t.Errorf("%s: %+v, %v", c.q, got, err)
		}
		got.From, got.To, c.want.From, c.want.To = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.q, got, c.want)
		}
	}
}

// Parameters and qualifiers hold both.
func TestSearchNarrows(t *testing.T) {
	q, err := ParseEvents(url.Values{"category": {"booking", "login"}, "from": {"2026-01-01"}, "q": {"category:login after:2025-01-01"}}, time.Now(), time.UTC)
	if err != nil || !reflect.DeepEqual(q.Categories, []string{"login"}) || q.From.Year() != 2026 {
		t.Errorf("%+v, %v", q, err)
	}
	q, err = ParseEvents(url.Values{"category": {"booking"}, "q": {"category:login"}}, time.Now(), time.UTC)
	if err != nil || q.Match(&record.Event{Category: "login"}) || q.Match(&record.Event{Category: "booking"}) {
		t.Errorf("a contradiction matches: %+v, %v", q, err)
	}
}

// A term that was written is read back.
func TestSearchTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		qualifier := rapid.SampledFrom([]string{"", "category", "subject"}).Draw(t, "qualifier")
		value := rapid.StringMatching(`[a-z: "\\/-]{1,8}|.{1,5}`).Draw(t, "value")
		not := rapid.Bool().Draw(t, "not")
		text := FormatTerm(qualifier, value, not)
		got, err := searchTerms(" "+text+" x", "category", "subject")
		if err != nil || len(got) != 2 || got[0] != (Term{qualifier, value, not}) {
			t.Fatalf("%q: %+v, %v", text, got, err)
		}
	})
}

func FuzzSearch(f *testing.F) {
	f.Add(`category:booking -type:login.* "two words" initiator:"a \" b"`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := searchTerms(text, "category", "type", "initiator")
		if err != nil {
			return
		}
		var again []string
		for _, x := range list {
			again = append(again, FormatTerm(x.Qualifier, x.Value, x.Not))
		}
		back, err := searchTerms(strings.Join(again, " "), "category", "type", "initiator")
		if err != nil || !reflect.DeepEqual(list, back) {
			t.Fatalf("%q: %+v, then %+v, %v", text, list, back, err)
		}
	})
}
