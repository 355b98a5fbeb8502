package record

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name string
		in   string
		n    int
		want string
	}{
		{"short", "abc", 3, "abc"},
		{"long", "abcd", 3, "abc"},
		{"between characters", "äö", 2, "ä"},
		{"inside two bytes", "äö", 3, "ä"},
		{"inside four bytes", "a😀b", 4, "a"},
		{"no UTF-8", "/" + strings.Repeat("\x80", 9), 6, "/\x80\x80\x80\x80\x80"},
		{"nothing", "ä", 1, ""},
	} {
		if got := Cut(c.in, c.n); got != c.want {
			t.Errorf("%s: Cut(%q, %d) = %q, want %q", c.name, c.in, c.n, got, c.want)
		}
	}
}
