package logformat

import (
	"bytes"
	"errors"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Dialect says how a log is written: its format, and what its lines leave open. The zero
// values mean that a line has to say it itself; a line that does not is an error.
type Dialect struct {
	Format Format
	// Columns are the columns before the time of a combined line.
	Columns Columns
	// Durations is the unit of whole numbers in Caddy's duration: second,
	// millisecond or nanosecond.
	Durations time.Duration
	// Zone is that of times without one; nil means UTC, as Caddy writes them unless
	// it is told otherwise.
	Zone *time.Location

	// Zoneless reports that [Dialect.Learn] met times without a zone.
	Zoneless bool
	// counted reports that [Dialect.Learn] met lines with exactly the columns that
	// were expected, so that a longer line has a user with spaces.
	counted bool
}

// ParseEntry reads one line, without or with its line break. The error is a
// [*ParseError]. Texts longer than [record.MaxText] are cut.
func (d *Dialect) ParseEntry(line []byte) (Entry, error) {
	line = bytes.TrimRight(line, "\r\n")
	text := trimStart(line)
	text = text[syslogHeader(text):]
	e, err := d.parse(text)
	if err == nil {
		if wrong := e.Check(); wrong != nil {
			err = &ParseError{Reason: wrong.Error()}
		}
	}
	if err != nil {
		return Entry{}, shift(err, len(line)-len(text))
	}
	cutTexts(&e.Request)
	return e, nil
}

// Parse is ParseEntry for those who do not want to know of failed logins.
func (d *Dialect) Parse(line []byte) (record.Request, error) {
	e, err := d.ParseEntry(line)
	return e.Request, err
}

func (d *Dialect) parse(line []byte) (Entry, error) {
	switch d.Format {
	case Combined:
		return d.parseCombined(line)
	case Caddy:
		return d.parseCaddy(line)
	case NDJSON:
		return parseNDJSON(line)
	}
	_, err := ParseFormat(string(d.Format))
	return Entry{}, &ParseError{Reason: "format " + err.Error()}
}

// shift moves the column of an error for a text that stands in a line at offset.
func shift(err error, offset int) error {
	wrong, ok := errors.AsType[*ParseError](err)
	if !ok || wrong.Column == 0 || offset <= 0 {
		return err
	}
	return &ParseError{wrong.Column + offset, wrong.Reason}
}
