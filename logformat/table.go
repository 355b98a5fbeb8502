package logformat

import (
	"bufio"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record/display"
)

// waitingRows is how many rows a table holds back to see how wide its columns
// must be.
const waitingRows = 100

// column is one of a table. Cells longer than max characters are cut; 0 means
// never.
type column struct {
	title string
	max   int
	right bool // numbers stand right
	// zoned reports whether the head names the time zone of the table.
	zoned bool
}

// table writes rows in columns. Widths count characters: those that are two
// cells wide in a terminal, or none, shift what follows.
type table struct {
	columns []column
	widths  []int
	waiting [][]string
	headed  bool
}

// newTable starts a table with times in loc.
func newTable(columns []column, loc *time.Location) *table {
	t := &table{columns: columns, widths: make([]int, len(columns))}
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.title
		if c.zoned {
			head[i] += " (" + loc.String() + ")"
		}
	}
	t.wait(head)
	return t
}

func (t *table) wait(row []string) {
	for i, cell := range row {
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
	}
	t.waiting = append(t.waiting, row)
}

func (t *table) add(out *bufio.Writer, row []string) {
	for i, cell := range row {
		if cell == "" {
			cell = "-"
		}
		row[i] = shorten(display.Visible(cell), t.columns[i].max)
	}
	if t.headed {
		t.write(out, row)
		return
	}
	if t.wait(row); len(t.waiting) > waitingRows {
		t.flush(out)
	}
}

// flush writes what waits. From then on a cell that is wider than its column
// shifts the rest of its row, rather than losing its end.
func (t *table) flush(out *bufio.Writer) {
	for _, row := range t.waiting {
		t.write(out, row)
	}
	t.headed, t.waiting = true, nil
}

func (t *table) write(out *bufio.Writer, row []string) {
	var line strings.Builder
	for i, cell := range row {
		gap := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell)))
		if t.columns[i].right {
			line.WriteString(gap + cell + "  ")
		} else {
			line.WriteString(cell + gap + "  ")
		}
	}
	_, _ = out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// shorten cuts s to at most n characters, the last of which is an ellipsis.
func shorten(s string, n int) string {
	if n == 0 || utf8.RuneCountInString(s) <= n {
		return s
	}
	left := n - 1
	for i := range s {
		if left == 0 {
			return s[:i] + "…"
		}
		left--
	}
	return s
}

// clock is a time for a table, with its offset where the clock shows the same
// twice.
func clock(t time.Time, loc *time.Location) string {
	at, offset := display.Clock(t, loc)
	if offset == "" {
		return at
	}
	return at + " " + offset
}
