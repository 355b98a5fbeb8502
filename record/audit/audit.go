// Package audit makes audit entries: events of the category gatebook about what
// people do with the logs. The entries name no person whom an action is about,
// because the readers of the application log are not to learn that.
package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/gatebook/gatebook/record"
)

// NoteAlone is the kind that entries give a note without a decision.
const NoteAlone record.DecisionKind = "note"

func kindOf(d record.DecisionRequest) record.DecisionKind { return cmp.Or(d.Decision, NoteAlone) }

// Decisions returns the entry of the decisions made out of wanted ones that were
// asked for together. It does not contain the subjects.
func Decisions(made []record.DecisionRequest, wanted int) (e record.Event, err error) {
	e = record.Event{Type: "flag.decided", Category: record.CategoryGatebook, Outcome: record.OutcomeSuccess, Impersonal: []string{"text", "params", "details"}}
	if wanted == 1 {
		d := made[0]
		kind, subject := kindOf(d), d.Subject.Kind
		e.Key, e.Params = "gatebook.flag_decided", map[string]string{"decision": string(kind), "kind": string(subject)}
		e.Text = fmt.Sprintf("A flag was decided on (decision: %s, about: %s).", kind, subject)
		e.Details, err = json.Marshal(struct {
			Decision record.DecisionKind `json:"decision"`
			Kind     record.SubjectKind  `json:"kind"`
			Seconds  int64               `json:"seconds,omitempty"`
		}{kind, subject, int64(d.For / time.Second)})
		return e, err
	}
	counts := map[record.DecisionKind]int{}
	for _, d := range made {
		counts[kindOf(d)]++
	}
	e.Key, e.Params = "gatebook.flags_decided", map[string]string{"count": strconv.Itoa(len(made))}
	e.Text = fmt.Sprintf("Flags were decided on, several at once (decisions: %s).", humanize.Comma(int64(len(made))))
	e.Details, err = json.Marshal(struct {
		Count     int                         `json:"count"`
		Failed    int                         `json:"failed,omitempty"`
		Decisions map[record.DecisionKind]int `json:"decisions"`
	}{len(made), wanted - len(made), counts})
	return e, err
}

// PersonErased returns the entry of an erasure, with how many entries it anonymized.
func PersonErased(entries int) record.Event {
	return record.Event{
		Type:       "person.erased",
		Text:       fmt.Sprintf("Everything about one person was anonymized: %d entries.", entries),
		Key:        "gatebook.person_erased",
		Params:     map[string]string{"entries": strconv.Itoa(entries)},
		Impersonal: []string{"text", "params"},
	}
}

// PersonExported returns the entry of the export of a person's entries.
func PersonExported() record.Event {
	return record.Event{
		Type:       "person.exported",
		Text:       "Everything about one person was exported.",
		Key:        "gatebook.person_exported",
		Impersonal: []string{"text", "params"},
	}
}
