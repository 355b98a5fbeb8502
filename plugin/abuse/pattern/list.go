package pattern

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxLength keeps the matcher small.
const maxLength = 256

// Read reads a list: a pattern a line, in any case. Lines that begin with "# " are
// comments. ^ at the beginning and $ at the end bind a pattern to the beginning and
// the end of a path or a user agent.
func Read(r io.Reader) ([]string, error) {
	var words []string
	in := bufio.NewScanner(r)
	for line := 1; in.Scan(); line++ {
		word := strings.Trim(in.Text(), "\r\t")
		if line == 1 {
			word = strings.TrimPrefix(word, "\uFEFF") // a byte order mark
		}
		if strings.TrimSpace(word) == "" || strings.HasPrefix(word, "# ") || word == "#" {
			continue
		}
		if err := Check(word); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		words = append(words, word)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("reading patterns: %w", err)
	}
	return words, nil
}

// Check reports whether a line of a list can be a pattern.
func Check(word string) error {
	bare := strings.TrimSuffix(strings.TrimPrefix(word, "^"), "$")
	if len(bare) < 2 || len(bare) > maxLength {
		return fmt.Errorf("pattern %.40q must have 2 to %d bytes", word, maxLength)
	}
	for _, c := range []byte(bare) {
		if c < ' ' {
			return fmt.Errorf("pattern %.40q has a control character", word)
		}
	}
	return nil
}

// Anchored returns a line of a list as the text of a [Pattern]: ^ and $ become the
// bytes with which a [Normalizer] begins and ends texts. In a URI, ? is the boundary
// between path and query.
func Anchored(word string, uri bool) string {
	word = strings.ToLower(word)
	if rest, ok := strings.CutPrefix(word, "^"); ok {
		word = string(textBegins) + rest
	}
	if rest, ok := strings.CutSuffix(word, "$"); ok {
		word = rest + string(textEnds)
	}
	if uri {
		word = strings.Replace(word, "?", string(textEnds), 1)
	}
	return word
}
