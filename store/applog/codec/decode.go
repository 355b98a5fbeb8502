package codec

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// ErrTruncated says that a value ends before it says it does.
var ErrTruncated = errors.New("the value is cut short")

// Decode adds to e what one part of it holds. It keeps nothing of value.
func Decode(e *record.Event, value []byte) error {
	if len(value) == 0 {
		return ErrTruncated
	}
	if value[0] == LostVersion {
		return ErrLost
	}
	if value[0] != Version {
		return fmt.Errorf("event format %d: %w", value[0], kv.ErrNewer)
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

// DecodeID returns the id of an event from its impersonal part, which begins with it.
func DecodeID(impersonal []byte) (string, error) {
	if len(impersonal) < 2 || impersonal[0] != Version || impersonal[1] != fieldID {
		var e record.Event
		err := Decode(&e, impersonal)
		return e.ID, err
	}
	id, _, err := cutSized(impersonal[2:])
	return string(id), err
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
		err = kv.ErrNewer
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
		return nil, nil, ErrTruncated
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
		return time.Time{}, ErrTruncated
	}
	t := time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC()
	return t, checkTime(t)
}

func rawJSON(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// LostVersion stands where the version of a part of an event does, and says
// that the part is lost.
const LostVersion = 0

// Lost is the value of an impersonal part that is lost, with the time at which lists
// show the event.
func Lost(at time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte{LostVersion}, orderedTime(at))
}

// lostTime is the time in a value that [Lost] made. Older versions wrote none.
func lostTime(value []byte) (at time.Time, ok bool) {
	if len(value) != 1+8 || value[0] != LostVersion {
		return time.Time{}, false
	}
	return timeOf(value[1:]), true
}

// ErrLost says that a part of an event is marked as lost.
var ErrLost = errors.New("it was damaged on the disk; a backup may have it")
