package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

func TestDecisions(t *testing.T) {
	about := func(kind record.DecisionKind, held time.Duration) record.DecisionRequest {
		return record.DecisionRequest{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7/32"}, Decision: kind, For: held, Note: "a secret", By: "bea"}
	}
	many := make([]record.DecisionRequest, 1200)
	for i := range many {
		many[i] = about(record.DecideAllow, 0)
	}
	for _, c := range []struct {
		made               []record.DecisionRequest
		wanted             int
		key, text, details string
	}{
		{[]record.DecisionRequest{about(record.DecideBan, 4*time.Hour)}, 1, "gatebook.flag_decided", "A flag was decided on (decision: ban, about: address).", `{"decision":"ban","kind":"address","seconds":14400}`},
		{[]record.DecisionRequest{about("", 0)}, 1, "gatebook.flag_decided", "A flag was decided on (decision: note, about: address).", `{"decision":"note","kind":"address"}`},
		{[]record.DecisionRequest{about(record.DecideBan, 0)}, 3, "gatebook.flags_decided", "Flags were decided on, several at once (decisions: 1).", `{"count":1,"failed":2,"decisions":{"ban":1}}`},
		{many, len(many), "gatebook.flags_decided", "Flags were decided on, several at once (decisions: 1,200).", `{"count":1200,"decisions":{"allow":1200}}`},
	} {
		e, err := Decisions(c.made, c.wanted)
		if err != nil || e.Key != c.key || e.Text != c.text || string(e.Details) != c.details {
			t.Errorf("%s %q %s %v, want %s %q %s", e.Key, e.Text, e.Details, err, c.key, c.text, c.details)
		}
		for _, secret := range []string{"203.0.113", "secret", "bea"} {
			if strings.Contains(e.Text+string(e.Details), secret) {
				t.Errorf("%+v names %s", e, secret)
			}
		}
	}
}

func TestPersons(t *testing.T) {
	if e := PersonErased(12); e.Text != "Everything about one person was anonymized: 12 entries." || e.Params["entries"] != "12" || e.Initiator != nil {
		t.Errorf("%+v", e)
	}
	if e := PersonExported(); e.Key != "gatebook.person_exported" || e.Initiator != nil {
		t.Errorf("%+v", e)
	}
}
