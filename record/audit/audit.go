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

// Corrected returns the entry of a correction of what was learned about the
// application. It does not contain the text, which may be a path with a name in it.
func Corrected(c record.Correction) record.Event {
	answer := map[bool]string{true: "yes", false: "no"}[c.Holds]
	return record.Event{
		Type:       "learned.corrected",
		Text:       fmt.Sprintf("What the gate learned about the application was corrected (kind: %s, holds: %s).", c.Kind, answer),
		Key:        "gatebook.learned_corrected",
		Params:     map[string]string{"kind": string(c.Kind), "holds": answer},
		Impersonal: []string{"text", "params"},
	}
}

// CorrectionUndone returns the entry of a correction that was taken back.
func CorrectionUndone(kind record.LearnedKind) record.Event {
	return record.Event{
		Type:       "learned.undone",
		Text:       fmt.Sprintf("A correction of what the gate learned about the application was taken back (kind: %s).", kind),
		Key:        "gatebook.learned_undone",
		Params:     map[string]string{"kind": string(kind)},
		Impersonal: []string{"text", "params"},
	}
}

// LearnedFromLogs returns the entry of learning from past logs.
func LearnedFromLogs(requests int) record.Event {
	return record.Event{
		Type:       "learned.taught",
		Text:       fmt.Sprintf("The gate learned about the application from past logs (requests: %s).", humanize.Comma(int64(requests))),
		Key:        "gatebook.learned_taught",
		Params:     map[string]string{"requests": strconv.Itoa(requests)},
		Impersonal: []string{"text", "params"},
	}
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
