package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// decisionNames are the members of a decision in JSON.
var decisionNames = []string{"subject", "decision", "for", "note"}

// decisionIn reads one of several decisions; name is what errors call it.
func decisionIn(name string, text json.RawMessage) (record.DecisionRequest, error) {
	members, err := strictObject(name, text)
	if err != nil {
		return record.DecisionRequest{}, err
	}
	return decisionOf(members, nil)
}

// decisionOf reads a decision, which is about a subject that is known or, if it is
// nil, that the decision names.
func decisionOf(members map[string]json.RawMessage, known *record.FlagSubject) (d record.DecisionRequest, err error) {
	names := decisionNames
	if known != nil {
		d.Subject, names = *known, names[1:]
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := members[name]
		switch {
		case !slices.Contains(names, name):
			err = &record.ParamError{Param: name, Reason: record.UnknownMember.With(strings.Join(names, ", "))}
		case name == "subject":
			d.Subject, err = readSubject(value)
		case name == "decision":
			var text string
			text, err = readText(name, value)
			d.Decision = record.DecisionKind(text)
		case name == "for":
			var text string
			if text, err = readText(name, value); err == nil {
				d.For, err = query.ParseDecisionTime(text)
			}
		case name == "note":
			d.Note, err = readText(name, value)
		}
		if err != nil {
			return d, err
		}
	}
	for _, name := range names[:len(names)-2] {
		if noted := name == "decision" && d.Note != ""; members[name] == nil && !noted {
			return d, &record.ParamError{Param: name, Reason: record.MissingMember.With(strings.Join(names[:len(names)-2], " and "))}
		}
	}
	return d, d.Check()
}

// readSubject reads an address or a prefix, or a kind with a value.
func readSubject(value json.RawMessage) (s record.FlagSubject, err error) {
	if value[0] == '"' {
		text, err := readText("subject", value)
		return record.FlagSubject{Kind: record.AddressSubject, Value: text}, err
	}
	if value[0] != '{' {
		return s, &record.ParamError{Param: "subject", Value: string(value), Reason: record.NotSubject.With()}
	}
	members, err := strictObject("subject", value)
	if err != nil {
		return s, err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		var text string
		if text, err = readText("subject."+name, members[name]); err != nil {
			return s, err
		}
		switch name {
		case "kind":
			s.Kind = record.SubjectKind(text)
		case "value":
			s.Value = text
		default:
			return s, &record.ParamError{Param: "subject." + name, Reason: record.UnknownSubjectPart.With()}
		}
	}
	return s, nil
}

func readText(name string, value json.RawMessage) (string, error) {
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		return "", &record.ParamError{Param: name, Value: string(value), Reason: record.NotText.With()}
	}
	return *text, nil
}
