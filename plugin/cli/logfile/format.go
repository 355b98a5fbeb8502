package logfile

import (
	"fmt"
	"strings"

	"github.com/gatebook/gatebook/logformat"
)

// Format returns the format of the first line.
func (s *Source) Format() (logformat.Format, error) {
	head, err := s.Head()
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(strings.TrimLeft(string(head), "\r\n"), "\n")
	if strings.TrimSpace(first) == "" {
		return logformat.NDJSON, nil // there is nothing to read
	}
	format, ok := logformat.Detect([]byte(first))
	if !ok {
		return "", fmt.Errorf("the first line of %s is in no format that is known here; say with --format what it is: combined, caddy or ndjson", s.Name)
	}
	return format, nil
}
