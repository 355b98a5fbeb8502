package security

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// maxDecided is how many subjects one decision may be about; a page of the
// review queue has as many.
const maxDecided = query.DefaultLimit

// decision is a decision as a form states it.
type decision struct {
	kind     record.DecisionKind
	length   string // one of bounds
	note     string
	back     string
	subjects []subject
	// confirmed reports that the user saw how many people it hits.
	confirmed bool
}

// subject is whom a decision is about: a flag, or an address that has none.
type subject struct {
	// name and value are the form field's that stands for it.
	name, value string
	record.FlagSubject
	flag *record.FlagCase
}

// decisionForm is the form with the buttons for all decisions.
type decisionForm struct {
	Back    string
	Buttons []decisionButton
	Bounds  []view.Option
	// Notes says that a note can be written without deciding.
	Notes bool
	// Name and Value are the subject's, on a page about one.
	Name, Value string
}

type decisionButton struct {
	Kind      record.DecisionKind
	Text, Key string
}

func (v *Pages) newDecisionForm(back string) decisionForm {
	f := decisionForm{Back: back, Notes: true, Bounds: v.boundOptions("")}
	for _, d := range decisionButtons {
		f.Buttons = append(f.Buttons, decisionButton{d.kind, v.Translate(d.text), d.key})
	}
	return f
}

func (v *Pages) boundOptions(chosen string) (list []view.Option) {
	for _, b := range bounds {
		label := v.Translate(b.text)
		if b.value == "" {
			label = v.Translate(b.text, v.span(v.Source.FirstBan()))
		}
		list = append(list, view.Option{Value: b.value, Label: label, Chosen: b.value == chosen})
	}
	return list
}

// only is the form for one subject: without what cannot be done to it.
func (f decisionForm) only(name, value string, kind record.SubjectKind) decisionForm {
	f.Name, f.Value = name, value
	f.Notes = name == "id"
	if kind != record.AddressSubject {
		f.Bounds = nil
	}
	f.Buttons = slices.DeleteFunc(f.Buttons, func(b decisionButton) bool {
		return kind != record.AddressSubject && lasts(b.Kind) ||
			name == "address" && (b.Kind == record.DecideConfirm || b.Kind == record.DecideFalsePositive || b.Kind == record.DecideClear)
	})
	return f
}

// readDecision reads a decision from a form. The error is about a form
// that no page of ours sends, or a flag that is gone.
func (v *Pages) readDecision(ctx context.Context, form url.Values) (d decision, err error) {
	d = decision{
		kind: record.DecisionKind(form.Get("decision")), length: form.Get("for"), note: strings.TrimSpace(form.Get("note")),
		back: v.backTo(form.Get("back")), confirmed: form.Get("confirmed") != "",
	}
	if d.kind == audit.NoteAlone && d.note != "" {
		d.kind, d.confirmed = "", true // it hits nobody
	} else if !slices.Contains(record.DecisionKinds, d.kind) {
		if d.kind == audit.NoteAlone {
			return d, &record.ParamError{Param: "note", Reason: record.EmptyValue.With()}
		}
		return d, &record.ParamError{Param: "decision", Value: form.Get("decision"), Reason: record.NotOneOf.With(kindNames())}
	}
	if _, known := lengthOf(d.length); !known {
		return d, &record.ParamError{Param: "for", Value: d.length, Reason: record.NotOneOf.With("15m, 1h, 4h, 24h, 7d, 30d")}
	}
	if utf8.RuneCountInString(d.note) > record.MaxNote {
		return d, &record.ParamError{Param: "note", Value: d.note, Reason: record.TooManyLetters.With(strconv.Itoa(record.MaxNote))}
	}
	ids, addresses := compactForm(form["id"]), compactForm(form["address"])
	if len(ids)+len(addresses) > maxDecided {
		return d, &record.ParamError{Param: "id", Reason: record.TooManyTerms.With(strconv.Itoa(maxDecided))}
	}
	for _, id := range ids {
		flag, err := v.Source.Flag(ctx, id)
		if err != nil {
			return d, err
		}
		d.subjects = append(d.subjects, subject{"id", id, flag.Subject, &flag})
	}
	for _, address := range addresses {
		s, err := addressSubject(address)
		if err != nil {
			return d, err
		}
		d.subjects = append(d.subjects, subject{"address", s.Value, s, nil})
	}
	return d, nil
}

func compactForm(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(v string) bool { return v == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

func kindNames() string {
	names := make([]string, len(record.DecisionKinds))
	for i, k := range record.DecisionKinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

func lengthOf(value string) (time.Duration, bool) {
	for _, b := range bounds {
		if b.value == value {
			return b.length, true
		}
	}
	return 0, false
}

// addressSubject is the subject that the gate counts an address as: the whole
// /64 of IPv6, in which a client chooses its address itself.
func addressSubject(value string) (record.FlagSubject, error) {
	prefix, err := record.ParsePrefix(value)
	if err != nil {
		return record.FlagSubject{}, &record.ParamError{Param: "ip", Value: value, Reason: record.NotAddress.With()}
	}
	prefix = record.CountedPrefix(prefix)
	if prefix.Addr().Is6() && prefix.IsSingleIP() {
		prefix, _ = prefix.Addr().Prefix(64)
	}
	return record.FlagSubject{Kind: record.AddressSubject, Value: prefix.String()}, nil
}

// backTo is where a form leads when it is done: a page of this console.
func (v *Pages) backTo(href string) string {
	if back := view.SafeHref(href); strings.HasPrefix(back, v.Base) && !strings.Contains(back, "..") {
		return back
	}
	return v.Base + "flags"
}

// asker is the user's address, if it is known.
func (v *Pages) asker(r *http.Request) netip.Addr {
	if v.Asker.IsValid() {
		return record.CountedAddr(v.Asker)
	}
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return record.CountedAddr(from.Addr())
}

// hits reports whether the decision would refuse requests from an address.
func (d *decision) hits(s *subject, addr netip.Addr) bool {
	prefix, err := netip.ParsePrefix(s.Value)
	return err == nil && s.Kind == record.AddressSubject && prefix.Contains(addr) &&
		(d.kind == record.DecideBan || d.kind == record.DecideThrottle)
}

// decisionRequest is what is decided about one subject.
func (d *decision) decisionRequest(s *subject) record.DecisionRequest {
	length, _ := lengthOf(d.length)
	if !lasts(d.kind) {
		length = 0
	}
	return record.DecisionRequest{Subject: s.FlagSubject, Decision: d.kind, For: length, Note: d.note}
}
