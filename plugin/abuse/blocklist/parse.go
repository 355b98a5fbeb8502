package blocklist

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/gatebook/gatebook/record"
)

const (
	// maxLine is the longest line in bytes. Those of Spamhaus's metadata have
	// some 300.
	maxLine = 4096
	// widest4 and widest6 are the shortest prefix lengths of a list. No single
	// network has more of the internet than a /8 or a /19: a wider prefix is a
	// typing error, or a list that is not meant for this.
	widest4, widest6 = 8, 19
)

// maxPrefixes is how many prefixes the files of a list can have together. They
// take 40 to 90 bytes each, and while a file is read again its old prefixes and
// its new ones.
const maxPrefixes = 1_000_000

const remedy = "write an address or a prefix a line, such as 203.0.113.0/24, and comments after # or ;"

// parse reads a list of at most limit prefixes: an address or a prefix a line,
// comments after # and ;, or JSON lines with a field cidr. That covers the text
// and the JSON of Spamhaus DROP, and FireHOL's netsets and ipsets. An error names
// the line.
func parse(r io.Reader, limit int) (*bart.Lite, error) {
	table := new(bart.Lite)
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine+2), maxLine+2) // with its end
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\uFEFF")) // a byte order mark
		}
		p, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !p.IsValid() || reservedPrefix(p) {
			continue
		}
		if err := checkWidth(p); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if table.Insert(p); table.Size() > limit {
			return nil, fmt.Errorf("line %d: %s is one prefix more than the %d that a blocklist can have in all its files: leave out a file, or give a shorter list", n, p, maxPrefixes)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d: it is longer than %d bytes, so this is no list of prefixes: %s", n+1, maxLine, remedy)
	} else if err != nil {
		return nil, err
	}
	return table, nil
}

// parseLine returns the prefix of a line, an invalid one if the line has none.
func parseLine(line []byte) (netip.Prefix, error) {
	line = bytes.TrimSpace(line)
	if bytes.HasPrefix(line, []byte("{")) {
		return parseJSON(line)
	}
	if i := bytes.IndexAny(line, "#;"); i >= 0 {
		line = bytes.TrimSpace(line[:i])
	}
	if len(line) == 0 {
		return netip.Prefix{}, nil
	}
	return parsePrefix(string(line))
}

// parseJSON returns the prefix of a line of Spamhaus's JSON, of which the last
// describes the list.
func parseJSON(line []byte) (netip.Prefix, error) {
	var entry struct {
		CIDR string `json:"cidr"`
		Type string `json:"type"`
	}
	err := json.Unmarshal(line, &entry)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf(`%.60q is no JSON object (%w): write a line such as {"cidr":"203.0.113.0/24"}`, line, err)
	case entry.CIDR != "":
		return parsePrefix(entry.CIDR)
	case entry.Type == "metadata":
		return netip.Prefix{}, nil
	}
	return netip.Prefix{}, fmt.Errorf(`%.60q has no field cidr: write a line such as {"cidr":"203.0.113.0/24"}`, line)
}

// parsePrefix reads an address or a prefix. IPv4 written as IPv6 becomes IPv4, and
// bits beyond the length become zero.
func parsePrefix(text string) (netip.Prefix, error) {
	var p netip.Prefix
	var err error
	if strings.Contains(text, "/") {
		p, err = netip.ParsePrefix(text)
	} else {
		var addr netip.Addr
		if addr, err = netip.ParseAddr(text); err == nil && addr.Zone() == "" {
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
	}
	if err != nil || !p.IsValid() {
		return netip.Prefix{}, fmt.Errorf("%.60q is no address or prefix: %s", text, explainText(text))
	}
	return record.CountedPrefix(p), nil
}

// explainText returns what to do about a text that is no prefix.
func explainText(text string) string {
	switch {
	case strings.HasPrefix(text, "<"):
		return "this is a web page: download the list again"
	case strings.HasPrefix(text, "\x1f\x8b"):
		return "the file is compressed: unpack it first (gunzip)"
	case strings.HasPrefix(text, "PK\x03\x04"):
		return "the file is compressed: unpack it first (unzip)"
	case strings.Contains(text, "-"):
		return "write a range as prefixes, one a line, such as 203.0.113.0/24"
	}
	return remedy
}

func checkWidth(p netip.Prefix) error {
	widest := widest6
	if p.Addr().Is4() {
		widest = widest4
	}
	if p.Bits() >= widest {
		return nil
	}
	return fmt.Errorf("prefix %s is wider than /%d and has too much of the internet in it: correct or remove it", p, widest)
}
