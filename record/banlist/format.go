package banlist

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// Format is a language that a list can be written in.
type Format string

// The formats.
const (
	Text     Format = "text"
	JSON     Format = "json"
	CSV      Format = "csv"
	NFT      Format = "nft"
	IPSet    Format = "ipset"
	Caddy    Format = "caddy"
	Nginx    Format = "nginx"
	CrowdSec Format = "crowdsec"
)

// Formats are all of them.
var Formats = []Format{Text, JSON, CSV, NFT, IPSet, Caddy, Nginx, CrowdSec}

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains(Formats, f) {
		return f, nil
	}
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = string(f)
	}
	return "", fmt.Errorf("%q must be one of %s", record.Cut(s, 64), strings.Join(names, ", "))
}

// ContentType is the media type of a list.
func (f Format) ContentType() string {
	switch f {
	case JSON, CrowdSec:
		return "application/json"
	case CSV:
		return "text/csv; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// Extension is how the name of a file with such a list ends. CrowdSec knows by
// it that the file is JSON.
func (f Format) Extension() string {
	switch f {
	case Text:
		return "txt"
	case CrowdSec:
		return "crowdsec.json"
	}
	return string(f)
}

// List is what is banned in an instance at a time.
type List struct {
	Instance string
	At       time.Time
	Bans     []Ban
}

// Write writes the list. Times are in the location of l.At.
func (l List) Write(w io.Writer, f Format) error {
	out := bufio.NewWriter(w)
	var err error
	switch f {
	case JSON:
		err = l.json(out)
	case CSV:
		err = l.csv(out)
	case NFT:
		l.nft(out)
	case IPSet:
		l.ipset(out)
	case Caddy:
		l.caddy(out)
	case Nginx:
		fmt.Fprint(out, l.about())
		l.lines(out, "deny %s;\n")
	case CrowdSec:
		err = l.crowdsec(out)
	default:
		l.lines(out, "%s\n")
	}
	if err != nil {
		return fmt.Errorf("writing bans as %s: %w", f, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing bans: %w", err)
	}
	return nil
}

// about is a comment that stands above a list in many languages.
func (l List) about() string {
	return fmt.Sprintf("# What Gatebook bans of %s, as of %s.\n", display.Visible(l.Instance), l.At.Format(time.RFC3339))
}

func (l List) lines(out *bufio.Writer, format string) {
	for _, p := range Prefixes(l.Bans) {
		fmt.Fprintf(out, format, p)
	}
}

func (l List) json(out *bufio.Writer) error {
	bans := make([]Ban, len(l.Bans))
	for i, b := range l.Bans {
		bans[i] = b
		if !b.Until.IsZero() {
			bans[i].Until = b.Until.In(l.At.Location())
		}
	}
	return writeJSON(out, struct {
		Instance string    `json:"instance"`
		At       time.Time `json:"at"`
		Bans     []Ban     `json:"bans"`
	}{l.Instance, l.At, bans})
}

func writeJSON(out *bufio.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = out.Write(append(display.VisibleJSON(text), '\n'))
	return err
}

func (l List) csv(out *bufio.Writer) error {
	rows := [][]string{{"prefix", "until", "rules"}}
	for _, b := range l.Bans {
		var until string
		if !b.Until.IsZero() {
			until = b.Until.In(l.At.Location()).Format(time.RFC3339)
		}
		rows = append(rows, display.Cells(b.Prefix.String(), until, strings.Join(b.Rules, " ")))
	}
	return csv.NewWriter(out).WriteAll(rows)
}

// left is how long a ban lasts yet, in whole seconds so that it does not end
// early; 0 is for ever.
func (l List) left(b Ban) time.Duration {
	if b.Until.IsZero() {
		return 0
	}
	d := b.Until.Sub(l.At)
	return max((d + time.Second - 1).Truncate(time.Second), time.Second)
}

// families are the two parts of a list, of which other programs want either by
// itself.
func (l List) families() (four, six []Ban) {
	i := slices.IndexFunc(l.Bans, func(b Ban) bool { return b.Prefix.Addr().Is6() })
	if i < 0 {
		i = len(l.Bans)
	}
	return l.Bans[:i], l.Bans[i:]
}
