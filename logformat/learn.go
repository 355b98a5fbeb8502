package logformat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Detect determines the format of a line.
func Detect(line []byte) (Format, bool) {
	line = trimStart(bytes.TrimRight(line, "\r\n"))
	line = line[syslogHeader(line):]
	var keys struct {
		Time, Path, Request, TS json.RawMessage
	}
	if err := json.Unmarshal(line, &keys); err == nil {
		switch {
		case keys.Request != nil || keys.TS != nil:
			return Caddy, true
		case keys.Time != nil && keys.Path != nil:
			return NDJSON, true
		}
		return "", false
	}
	if looksCombined(line) {
		return Combined, true
	}
	if start := bytes.Index(line, []byte(`{"`)); start > 0 {
		if json.Unmarshal(line[start:], &keys) == nil && keys.Request != nil {
			return Caddy, true
		}
	}
	return "", false
}

// looksCombined reports whether a line has the time, the request and the status of a
// combined line, whatever stands before them.
func looksCombined(line []byte) bool {
	_, at, err := splitHead(line, new(record.Request))
	if err != nil {
		return false
	}
	_, next, closed := quotedRequest(line, at)
	status, _, _ := field(line, next)
	_, err = parseStatus(status)
	return closed && err == nil
}

// Learn finds out from the first lines of a log how it is written. What d says already
// stays. eol is the byte that ends its lines; the last line may be cut off. The error
// says why no line has a known format.
func (d *Dialect) Learn(head []byte, eol byte) error {
	if d.Format == "" {
		if err := d.learnFormat(head, eol); err != nil {
			return err
		}
	}
	units := map[time.Duration]bool{}
	for line := range bytes.SplitSeq(head, []byte{eol}) {
		line = trimStart(bytes.TrimRight(line, "\r\n"))
		line = line[syslogHeader(line):]
		switch d.Format {
		case Caddy:
			d.learnCaddy(line, units)
		case Combined:
			if d.counted = hasOnlyColumns(line); d.counted {
				return nil
			}
		default:
			return nil
		}
	}
	if d.Durations == 0 && len(units) == 1 {
		for d.Durations = range units {
		}
	}
	return nil
}

func (d *Dialect) learnFormat(head []byte, eol byte) error {
	number, reason := 0, error(nil)
	for line := range bytes.SplitSeq(head, []byte{eol}) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if format, ok := Detect(line); ok {
			d.Format = format
			return nil
		}
		if reason == nil {
			reason = fmt.Errorf("line %d: %w", number, explain(line))
		}
	}
	if reason == nil {
		d.Format = NDJSON // there is nothing to read
	}
	return reason
}

// explain says why a line has no known format.
func explain(line []byte) error {
	line = trimStart(line)
	switch {
	case bytes.HasPrefix(line, []byte("\xff\xfe")), bytes.HasPrefix(line, []byte("\xfe\xff")):
		return &ParseError{Reason: "this is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"}
	case bytes.HasPrefix(line, []byte("{")):
		if err := json.Unmarshal(line, new(struct{})); err != nil {
			return jsonError(err)
		}
		return &ParseError{Reason: "this JSON has neither request and ts, as Caddy's access log, nor time and path, as ours"}
	}
	_, err := ParseEntry(Combined, line)
	return err
}

// learnCaddy learns from the time and the duration of a line.
func (d *Dialect) learnCaddy(line []byte, units map[time.Duration]bool) {
	head := line
	if start := bytes.Index(line, []byte(`{"`)); start >= 0 {
		head, line = line[:start], line[start:]
	}
	in, quickly := quickCaddy(line)
	if !quickly {
		in = caddyLine{}
		if json.Unmarshal(line, &in) != nil {
			return
		}
	}
	if in.TS == nil && len(head) > 0 {
		in.TS = consoleTime(head)
	}
	if in.Request == nil || in.Size == nil {
		return
	}
	if in.TS != nil && !hasZone(in.TS) {
		d.Zoneless = true
	}
	if in.Duration != nil && isNumber(in.Duration) {
		if unit, known := durationUnit(in.Duration); known && unit != time.Second {
			units[unit] = true
		}
	}
}

// hasOnlyColumns reports whether the columns before the time are just those that
// takeColumns reads, with a user of one word.
func hasOnlyColumns(line []byte) bool {
	var r record.Request
	head, _, err := splitHead(line, &r)
	if err != nil || takeColumns(head, false, &r) != nil || r.Host == "" && bytes.Count([]byte(head), []byte(" ")) != 2 {
		return false
	}
	return r.Host == "" || bytes.Count([]byte(head), []byte(" ")) == 3
}
