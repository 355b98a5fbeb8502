package logfile

import (
	"fmt"
	"io"
)

// maxShown is how many unreadable lines of a log are printed.
const maxShown = 10

// Unreadable counts the lines of a log that cannot be read, and prints the first.
type Unreadable struct {
	// Out takes the lines.
	Out io.Writer
	// Progress is cleared before something is printed.
	Progress *Progress

	n int
}

// Add counts a line of s, and prints why it cannot be read.
func (u *Unreadable) Add(s *Source, line int, reason error) {
	u.n++
	if u.n <= maxShown {
		u.Progress.Clear()
		fmt.Fprintf(u.Out, "%s:%d: %v\n", s.Name, line, reason)
	}
}

// Lines returns the number of unreadable lines.
func (u *Unreadable) Lines() int { return u.n }

// More reports that not all were printed, and how many were.
func (u *Unreadable) More() (shown int, more bool) { return maxShown, u.n > maxShown }
