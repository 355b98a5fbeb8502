package logfile

import (
	"fmt"
	"io"

	"github.com/gatebook/gatebook/logformat"
)

// formatRemedy says what to do about a log of which no line can be read.
const formatRemedy = "say with --format what it is: combined, caddy or ndjson"

// Dialect returns how the log is written: what said says, and what its first lines show.
// Call it before anything is taken.
func (s *Source) Dialect(said logformat.Dialect) (*logformat.Dialect, error) {
	head, err := s.surveyed(said)
	if err != nil {
		return nil, err
	}
	if reason := said.Learn(head, s.eol); reason != nil {
		return nil, fmt.Errorf("the first lines of %s are in no format that is known here (%w); %s", s.Name, reason, formatRemedy)
	}
	return &said, nil
}

// surveyed returns the first lines. Of a pipe whose format was said it is what is there
// already, so that what a server is just writing can be replayed.
func (s *Source) surveyed(said logformat.Dialect) ([]byte, error) {
	if said.Format != "" && s.size == 0 {
		head, _ := s.in.Peek(s.in.Buffered())
		return head, nil
	}
	return s.Head()
}

// Say prints what the reader of a log should know of its dialect.
func (s *Source) Say(out io.Writer, d *logformat.Dialect) {
	if d.Zoneless && d.Zone == nil {
		fmt.Fprintf(out, "%s: its times have no zone; they are read as UTC, as Caddy writes them without time_local; if they are local, give --timezone\n", s.Name)
	}
}

// Unread returns the error for a log of which no line could be read.
func Unread(name string) error {
	return fmt.Errorf("no line of %s could be read; %s", name, formatRemedy)
}
