package codec

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Version is the first byte of every value that holds a part of an event.
const Version = 1

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

// ContentHash names what the application told: two events with the same id and
// the same hash are one event.
type ContentHash [16]byte

// Encode writes the two parts of e: what names nobody, and what
// identifies people. Seq is no part of either; it is in the key.
//
// The hash leaves out what the gate added or derived, so that an event which is
// told twice is the same event: an outcome with record.MarkNoOutcome, and a time
// that is the time of receipt.
func Encode(e *record.Event) (impersonal, personal []byte, hash ContentHash) {
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	told, toldPersonal := append(b.impersonal[:0], Version), append(b.personal[:0], Version)
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
	if len(e.Params) > 0 {
		for _, name := range slices.Sorted(maps.Keys(e.Params)) {
			part("params").texts(fieldParam, name, e.Params[name])
		}
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

	b.hash.Reset()
	b.hash.Write(told)
	b.hash.Write(toldPersonal)
	copy(hash[:], b.hash.Sum(b.sum[:0]))

	if !timeTold {
		told.time(fieldTime, e.Time)
	}
	if !outcomeTold {
		told.text(fieldOutcome, e.Outcome)
	}
	told.time(fieldReceived, e.Received)
	told.each(fieldMark, e.Marks)
	if e.Status != 0 {
		told.add(fieldStatus, string(binary.AppendUvarint(nil, uint64(e.Status))))
	}
	told.text(fieldMethod, e.Method)
	told.text(fieldTransport, e.Transport)
	toldPersonal.text(fieldRequestID, e.RequestID)
	b.impersonal, b.personal = told, toldPersonal
	both := append(append(make([]byte, 0, len(told)+len(toldPersonal)), told...), toldPersonal...)
	return both[:len(told):len(told)], both[len(told):], hash
}

// buffer is what [Encode] works with.
type buffer struct {
	impersonal, personal fields
	hash                 hash.Hash
	sum                  [sha256.Size]byte
}

var buffers = sync.Pool{New: func() any { return &buffer{hash: sha256.New()} }}

// fields is a value in the making: each field is its number, the length of its
// content as uvarint, and the content. Empty fields are left out.
type fields []byte

func (f *fields) add(field byte, content string) {
	*f = append(binary.AppendUvarint(append(*f, field), uint64(len(content))), content...)
}

func (f *fields) text(field byte, s string) {
	if s != "" {
		f.add(field, s)
	}
}

func (f *fields) each(field byte, list []string) {
	for _, s := range list {
		f.add(field, s)
	}
}

// texts adds one field of several texts, each with its length before it.
func (f *fields) texts(field byte, list ...string) {
	var size int
	var length [binary.MaxVarintLen64]byte
	for _, s := range list {
		size += binary.PutUvarint(length[:], uint64(len(s))) + len(s)
	}
	*f = binary.AppendUvarint(append(*f, field), uint64(size))
	for _, s := range list {
		*f = append(binary.AppendUvarint(*f, uint64(len(s))), s...)
	}
}

func (f *fields) time(field byte, t time.Time) {
	if !t.IsZero() {
		*f = binary.BigEndian.AppendUint64(append(*f, field, 8), uint64(t.UnixMicro()))
	}
}
