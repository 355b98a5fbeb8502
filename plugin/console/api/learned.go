package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Learned lists what the detection learned about the application.
func (v *API) Learned(w http.ResponseWriter, r *http.Request) error {
	given, err := view.Query(r)
	if err != nil {
		return err
	}
	q, err := query.ParseLearned(given)
	if err != nil {
		return err
	}
	list, err := v.Source.Learned(r.Context(), q)
	if err != nil {
		return fmt.Errorf("listing what was learned: %w", err)
	}
	for i := range list.Items {
		list.Items[i] = list.Items[i].In(v.Location)
	}
	if list.Items == nil {
		list.Items = []record.LearnedItem{}
	}
	return writeJSON(w, list)
}

// Correct says of an item that it holds, or not.
func (v *API) Correct(w http.ResponseWriter, r *http.Request) error {
	c, err := readCorrection(w, r, "kind", "text", "holds")
	if err != nil {
		return err
	}
	if err := audit.Correct(r.Context(), v.View, v.Source, v.Source, c); err != nil {
		return err
	}
	return writeJSON(w, c)
}

// UndoCorrection takes back what people said about an item.
func (v *API) UndoCorrection(w http.ResponseWriter, r *http.Request) error {
	c, err := readCorrection(w, r, "kind", "text")
	if err != nil {
		return err
	}
	if err := audit.UndoCorrection(r.Context(), v.View, v.Source, v.Source, c); err != nil {
		return err
	}
	return writeJSON(w, struct {
		Kind record.LearnedKind `json:"kind"`
		Text string             `json:"text"`
	}{c.Kind, c.Text})
}

// readCorrection reads a correction, which has all of these members and no other.
func readCorrection(w http.ResponseWriter, r *http.Request, names ...string) (c record.Correction, err error) {
	if err := view.NoParams(r); err != nil {
		return c, err
	}
	members, err := readObject(w, r)
	if err != nil {
		return c, err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(names, name) {
			return c, &record.ParamError{Param: name, Reason: record.UnknownCorrectionPart.With(strings.Join(names, ", "))}
		}
	}
	for _, name := range names {
		value, ok := members[name]
		if !ok {
			return c, &record.ParamError{Param: name, Reason: record.MissingCorrectionPart.With(strings.Join(names, ", "))}
		}
		switch name {
		case "kind":
			var text string
			text, err = readText(name, value)
			c.Kind = record.LearnedKind(text)
		case "text":
			c.Text, err = readText(name, value)
		case "holds":
			var holds *bool
			if json.Unmarshal(value, &holds) != nil || holds == nil {
				return c, &record.ParamError{Param: name, Value: string(value), Reason: record.NotBool.With()}
			}
			c.Holds = *holds
		}
		if err != nil {
			return c, err
		}
	}
	return c, c.Check()
}
