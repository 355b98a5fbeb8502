package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// eventVersion is the first byte of every value that holds a part of an event.
const eventVersion = 1

// Fields of an event's values: docs/format.md, "app/". A number is never used
// for something else.
const (
	fieldID = iota + 1
	fieldTime
	fieldReceived
	fieldCategory
	fieldType
	fieldSubject
	fieldSubjectLabel
	fieldText
	fieldKey
	fieldParam
	fieldImpersonal
	fieldInitiator
	fieldPerson
	fieldAction
	fieldOutcome
	fieldChange
	fieldDetails
	fieldUntil
	fieldExt
	fieldMark
	fieldStatus
	fieldMethod
	fieldRequestID
	fieldTransport
)

// contentHash names what the application told: two events with the same id and
// the same hash are one event.
type contentHash [16]byte

// encodeEvent writes the two parts of e: what names nobody, and what
// identifies people. Seq is no part of either; it is in the key.
//
// The hash leaves out what the gate added or derived, so that an event which is
// told twice is the same event: an outcome with record.MarkNoOutcome, and a time
// that is the time of receipt.
func encodeEvent(e *record.Event) (impersonal, personal []byte, hash contentHash) {
	told, toldPersonal := make(fields, 1, 256), make(fields, 1, 256)
	told[0], toldPersonal[0] = eventVersion, eventVersion
	// part is where a field goes that survives anonymization if the
	// application says so.
	part := func(name string) *fields {
		if slices.Contains(e.Impersonal, name) {
			return &told
		}
		return &toldPersonal
	}

	timeTold := !e.Time.Equal(e.Received)
	outcomeTold := !slices.Contains(e.Marks, record.MarkNoOutcome)
	told.text(fieldID, e.ID)
	if timeTold {
		told.time(fieldTime, e.Time)
	}
	told.text(fieldCategory, e.Category)
	told.text(fieldType, e.Type)
	if s := e.Subject; s != nil {
		told.texts(fieldSubject, s.Type, s.ID)
		part("subject.label").text(fieldSubjectLabel, s.Label)
	}
	part("text").text(fieldText, e.Text)
	told.text(fieldKey, e.Key)
	for _, name := range slices.Sorted(maps.Keys(e.Params)) {
		part("params").texts(fieldParam, name, e.Params[name])
	}
	told.each(fieldImpersonal, e.Impersonal)
	if i := e.Initiator; i != nil {
		toldPersonal.texts(fieldInitiator, i.ID, i.Name, i.Email, i.Kind)
	}
	toldPersonal.each(fieldPerson, e.Persons)
	if a := e.Action; a != nil {
		part("action").texts(fieldAction, a.Label, a.Href)
	}
	if outcomeTold {
		told.text(fieldOutcome, e.Outcome)
	}
	for _, c := range e.Changes {
		part("changes").texts(fieldChange, c.Field, string(c.Old), string(c.New))
	}
	part("details").text(fieldDetails, string(e.Details))
	told.time(fieldUntil, e.Until)
	toldPersonal.text(fieldExt, string(e.Ext))

	h := sha256.New()
	h.Write(told)
	h.Write(toldPersonal)
	copy(hash[:], h.Sum(nil))

	if !timeTold {
		told.time(fieldTime, e.Time)
	}
	if !outcomeTold {
		told.text(fieldOutcome, e.Outcome)
	}
	told.time(fieldReceived, e.Received)
	told.each(fieldMark, e.Marks)
	if e.Status != 0 {
		told.add(fieldStatus, binary.AppendUvarint(nil, uint64(e.Status)))
	}
	told.text(fieldMethod, e.Method)
	told.text(fieldTransport, e.Transport)
	toldPersonal.text(fieldRequestID, e.RequestID)
	return told, toldPersonal, hash
}

// fields is a value in the making: each field is its number, the length of its
// content as uvarint, and the content. Empty fields are left out.
type fields []byte

func (f *fields) add(field byte, content []byte) {
	*f = binary.AppendUvarint(append(*f, field), uint64(len(content)))
	*f = append(*f, content...)
}

func (f *fields) text(field byte, s string) {
	if s != "" {
		f.add(field, []byte(s))
	}
}

func (f *fields) each(field byte, list []string) {
	for _, s := range list {
		f.add(field, []byte(s))
	}
}

// texts adds one field of several texts, each with its length before it.
func (f *fields) texts(field byte, list ...string) {
	var content []byte
	for _, s := range list {
		content = append(binary.AppendUvarint(content, uint64(len(s))), s...)
	}
	f.add(field, content)
}

func (f *fields) time(field byte, t time.Time) {
	if !t.IsZero() {
		f.add(field, binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro())))
	}
}

// errTruncated says that a value ends before it says it does.
var errTruncated = errors.New("the value is cut short")

// decodeEvent adds to e what one part of it holds. It keeps nothing of value.
func decodeEvent(e *record.Event, value []byte) error {
	if len(value) == 0 {
		return errTruncated
	}
	if value[0] != eventVersion {
		return fmt.Errorf("event format %d: %w", value[0], ErrNewer)
	}
	for rest := value[1:]; len(rest) > 0; {
		field := rest[0]
		content, after, err := cutSized(rest[1:])
		if err == nil {
			err = decodeField(e, field, content)
		}
		if err != nil {
			return fmt.Errorf("event field %d: %w", field, err)
		}
		rest = after
	}
	return nil
}

func decodeField(e *record.Event, field byte, content []byte) (err error) {
	text := string(content)
	switch field {
	case fieldID:
		e.ID = text
	case fieldTime:
		e.Time, err = decodeTime(content)
	case fieldReceived:
		e.Received, err = decodeTime(content)
	case fieldCategory:
		e.Category = text
	case fieldType:
		e.Type = text
	case fieldSubject:
		s := subjectOf(e)
		err = decodeTexts(content, &s.Type, &s.ID)
	case fieldSubjectLabel:
		subjectOf(e).Label = text
	case fieldText:
		e.Text = text
	case fieldKey:
		e.Key = text
	case fieldParam:
		var name, param string
		err = decodeTexts(content, &name, &param)
		if e.Params == nil {
			e.Params = map[string]string{}
		}
		e.Params[name] = param
	case fieldImpersonal:
		e.Impersonal = append(e.Impersonal, text)
	case fieldInitiator:
		i := &record.Initiator{}
		err = decodeTexts(content, &i.ID, &i.Name, &i.Email, &i.Kind)
		e.Initiator = i
	case fieldPerson:
		e.Persons = append(e.Persons, text)
	case fieldAction:
		a := &record.Action{}
		err = decodeTexts(content, &a.Label, &a.Href)
		e.Action = a
	case fieldOutcome:
		e.Outcome = text
	case fieldChange:
		var before, after string
		c := record.Change{}
		err = decodeTexts(content, &c.Field, &before, &after)
		c.Old, c.New = rawJSON(before), rawJSON(after)
		e.Changes = append(e.Changes, c)
		err = errors.Join(err, checkJSON(c.Old), checkJSON(c.New))
	case fieldDetails:
		e.Details = rawJSON(text)
		err = checkJSON(e.Details)
	case fieldUntil:
		e.Until, err = decodeTime(content)
	case fieldExt:
		e.Ext = rawJSON(text)
		err = checkJSON(e.Ext)
	case fieldMark:
		e.Marks = append(e.Marks, text)
	case fieldStatus:
		status, n := binary.Uvarint(content)
		if n != len(content) || status > 999 {
			err = errors.New("no status")
		}
		e.Status = int(status)
	case fieldMethod:
		e.Method = text
	case fieldRequestID:
		e.RequestID = text
	case fieldTransport:
		e.Transport = text
	default:
		err = ErrNewer
	}
	return err
}

func subjectOf(e *record.Event) *record.Subject {
	if e.Subject == nil {
		e.Subject = &record.Subject{}
	}
	return e.Subject
}

// cutSized cuts a length and as many bytes off the front of b.
func cutSized(b []byte) (content, after []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, errTruncated
	}
	b = b[n:]
	return b[:size], b[size:], nil
}

func decodeTexts(b []byte, list ...*string) error {
	for _, s := range list {
		content, after, err := cutSized(b)
		if err != nil {
			return err
		}
		*s, b = string(content), after
	}
	if len(b) > 0 {
		return errors.New("more than expected")
	}
	return nil
}

func decodeTime(b []byte) (time.Time, error) {
	if len(b) != 8 {
		return time.Time{}, errTruncated
	}
	t := time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC()
	return t, checkTime(t)
}

// checkTime refuses times that RFC 3339 cannot write.
func checkTime(t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return fmt.Errorf("year %d is out of range", year)
	}
	return nil
}

func rawJSON(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// checkJSON refuses what would spoil every list that the event is part of.
func checkJSON(m json.RawMessage) error {
	if len(m) > 0 && !json.Valid(m) {
		return errors.New("no JSON value")
	}
	return nil
}
