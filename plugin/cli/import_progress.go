package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// progress shows on a terminal how far long work is, in a line that it writes
// over, and says nothing in a pipe.
type progress struct {
	out io.Writer
	on  bool
	now func() time.Time

	started, shown time.Time
	lines          int
}

const showEvery = 200 * time.Millisecond

func newProgress(out *os.File) *progress {
	return &progress{out: out, on: term.IsTerminal(int(out.Fd())), now: time.Now}
}

// begin starts anew, for the next log.
func (p *progress) begin() { p.started, p.shown, p.lines = p.now(), time.Time{}, 0 }

// add counts lines that were imported, and shows how far s is.
func (p *progress) add(s *source, lines int) {
	p.lines += lines
	now := p.now()
	if !p.on || now.Sub(p.shown) < showEvery {
		return
	}
	p.shown = now
	done := humanize.IBytes(uint64(s.read))
	if s.size > 0 {
		done += fmt.Sprintf(" of %s (%d %%)", humanize.IBytes(uint64(s.size)), 100*s.read/s.size)
	}
	rate := float64(p.lines) / max(now.Sub(p.started).Seconds(), 0.001)
	p.say(fmt.Sprintf("%s: %s, %s lines/s", s.name, done, humanize.Comma(int64(rate))))
}

// say shows a text until something else is shown; "" shows nothing.
func (p *progress) say(text string) {
	if p.on {
		fmt.Fprint(p.out, "\r\x1b[K"+text)
	}
}
