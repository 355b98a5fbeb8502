package logfile

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// Progress shows how far reading has come, in one line of a terminal. It shows nothing
// anywhere else, nor if it is nil.
type Progress struct {
	out io.Writer
	now func() time.Time

	started, shown time.Time
	lines          int
}

const showEvery = 200 * time.Millisecond

// NewProgress returns a progress line on out, nil if out is no terminal.
func NewProgress(out *os.File) *Progress {
	if !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	return &Progress{out: out, now: time.Now}
}

// Begin starts again with another log.
func (p *Progress) Begin() {
	if p != nil {
		p.started, p.shown, p.lines = p.now(), time.Time{}, 0
	}
}

// Add counts lines, and shows how far s is.
func (p *Progress) Add(s *Source, lines int) {
	if p == nil {
		return
	}
	p.lines += lines
	now := p.now()
	if now.Sub(p.shown) < showEvery {
		return
	}
	p.shown = now
	done := humanize.IBytes(uint64(s.read))
	if s.size > 0 {
		done += fmt.Sprintf(" of %s (%d %%)", humanize.IBytes(uint64(s.size)), 100*s.read/s.size)
	}
	rate := float64(p.lines) / max(now.Sub(p.started).Seconds(), 0.001)
	p.Show(fmt.Sprintf("%s: %s, %s lines/s", s.Name, done, humanize.Comma(int64(rate))))
}

// Show shows a text instead.
func (p *Progress) Show(text string) {
	if p != nil {
		fmt.Fprint(p.out, "\r\x1b[K"+text)
	}
}

// Clear removes the line, so that something else can be printed.
func (p *Progress) Clear() { p.Show("") }
