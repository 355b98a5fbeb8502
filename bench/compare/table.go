package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is printed in Markdown, so that it can be read as it is and put into
// docs/benchmarks.md.
type table struct {
	title string
	notes []string
	rows  [][]string // the first is the head
}

func newTable(title string, head ...string) *table {
	return &table{title: title, rows: [][]string{head}}
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintf(w, "\n## %s\n\n", t.title)
	for i, row := range t.rows {
		fmt.Fprintln(w, line(row, widths, " "))
		if i == 0 {
			fmt.Fprintln(w, line(nil, widths, "-"))
		}
	}
	for i, note := range t.notes {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, note)
	}
}

func line(row []string, widths []int, fill string) string {
	var b strings.Builder
	b.WriteString("|")
	for i, width := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		b.WriteString(fill + cell + strings.Repeat(fill, width-utf8.RuneCountInString(cell)) + fill + "|")
	}
	return b.String()
}

// absent is the text in the cells of a peer that is not installed.
const absent = "not installed"
