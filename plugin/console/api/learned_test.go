package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

func TestLearnedAPI(t *testing.T) {
	source := consoletest.Learned(t)
	c := consoletest.New(t, source, console.RoleSecurity)
	var list record.LearnedList
	consoletest.ReadInto(t, consoletest.Get(c, "/api/v1/learned?kind=own&q=desks&limit=5"), 200, &list)
	if list.Total != 1 || list.Mature || list.Items[0].Text != "read /desks/{n}" || list.Items[0].First.Format(time.RFC3339) != "2026-11-20T10:00:00+01:00" {
		t.Errorf("%+v", list)
	}
	if w := consoletest.Get(c, "/api/v1/learned?q=zebra"); !strings.Contains(w.Body.String(), `"learned":[],"total":0`) {
		t.Errorf("%s", w.Body)
	}
	var answer record.Correction
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/learned", `{"kind":"own","text":"/desks/{n}","holds":false}`), 200, &answer)
	if answer.Text != "read /desks/{n}" || source.Knowledge[0].Holds || source.Last().Type != "learned.corrected" {
		t.Errorf("%+v", answer)
	}
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/learned/undo", `{"kind":"own","text":"read /desks/{n}"}`), 200, &answer)
	if !source.Knowledge[0].Holds || source.Last().Type != "learned.undone" {
		t.Errorf("%+v", source.Knowledge[0])
	}
	if w := consoletest.Send(c, "POST", "/api/v1/learned/undo", `{"kind":"own","text":"read /desks/{n}"}`); w.Code != 404 {
		t.Errorf("taken back twice: %d", w.Code)
	}
	for body, param := range map[string]string{
		`{"kind":"own","text":"/x"}`:                            "holds",
		`{"kind":"own","text":"/x","holds":"yes"}`:              "holds",
		`{"kind":"mine","text":"/x","holds":true}`:              "kind",
		`{"kind":"own","text":"","holds":true}`:                 "text",
		`{"kind":"own","text":7,"holds":true}`:                  "text",
		`{"kind":"own","text":"/wrong","holds":true}`:           "text",
		`{"kind":"own","text":"/x","holds":true,"source":"me"}`: "source",
	} {
		if w := consoletest.Send(c, "POST", "/api/v1/learned", body); w.Code != 400 || !strings.Contains(w.Body.String(), `"param":"`+param+`"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}
