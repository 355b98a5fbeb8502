package record

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Evidence is written with its worth, and what was stored without one, or by a later
// version, is read as well.
func TestEvidenceJSON(t *testing.T) {
	request := Request{Time: time.Date(2026, 11, 23, 7, 30, 0, 0, time.UTC), Method: "GET", Path: "/.env", Status: 404, Duration: 1500 * time.Microsecond, Verdict: VerdictPass}
	old, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var e Evidence
	if err := json.Unmarshal(old, &e); err != nil || e.Worth != (Worth{}) || e.Request != request {
		t.Fatalf("old evidence is read as %+v, %v", e, err)
	}
	if text, err := json.Marshal(e); err != nil || string(text) != string(old) {
		t.Errorf("evidence without worth is written as %s, %v", text, err)
	}
	e.Worth = Worth{Intent: IntentSecret, Answer: AnswerMissing, Client: ClientStranger, Rule: "http-sensitive-files", Cost: 0.25}
	text, err := json.Marshal(e)
	if want := `"intent":"secret","answer":"missing","client":"stranger","rule":"http-sensitive-files","cost":0.25}`; err != nil || !strings.HasSuffix(string(text), want) {
		t.Errorf("evidence is written as %s, %v", text, err)
	}
	var again Evidence
	if err := json.Unmarshal(text, &again); err != nil || again != e {
		t.Errorf("%+v is read as %+v, %v", e, again, err)
	}
	var earlier Request // as an earlier version reads it
	if err := json.Unmarshal(text, &earlier); err != nil || earlier != request {
		t.Errorf("an earlier version reads %+v, %v", earlier, err)
	}
	if err := json.Unmarshal([]byte(`{"path":"/","intent":"mischief","charm":1}`), &again); err != nil || again.Intent != "mischief" || again.Path != "/" || again.Cost != 0 {
		t.Errorf("evidence of a later version is read as %+v, %v", again, err)
	}
	if err := json.Unmarshal([]byte(`{"duration_ms":1e300}`), &again); err == nil {
		t.Error("a duration out of range is read")
	}
}
