package consoletest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Learned returns Knowledge that matches.
func (b *Source) Learned(_ context.Context, q query.Learned) (record.LearnedList, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := record.LearnedList{Mature: b.Mature}
	if b.Fail != nil {
		if err := b.Fail(""); err != nil {
			return list, err
		}
	}
	for _, i := range b.Knowledge {
		if (q.Kind == "" || i.Kind == q.Kind) && strings.Contains(i.Text, q.Text) {
			list.Items = append(list.Items, i)
		}
	}
	list.Total = len(list.Items)
	list.Items = list.Items[:min(q.Limit, list.Total)]
	return list, nil
}

// Correct refuses an item with "wrong" in it.
func (b *Source) Correct(_ context.Context, c record.Correction) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := c.Check(); err != nil {
		return err
	}
	if strings.Contains(c.Text, "wrong") {
		return record.Invalid("text", c.Text, record.Undecidable, "this cannot be corrected")
	}
	i := b.item(c)
	if i < 0 {
		b.Knowledge = append(b.Knowledge, record.LearnedItem{Kind: c.Kind, Text: c.Text})
		i = len(b.Knowledge) - 1
	}
	b.Knowledge[i].Holds, b.Knowledge[i].Corrected = c.Holds, true
	return nil
}

// UndoCorrection makes an item hold again that was learned, and removes another.
func (b *Source) UndoCorrection(_ context.Context, c record.Correction) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := c.Check(); err != nil {
		return err
	}
	i := b.item(c)
	if i < 0 || !b.Knowledge[i].Corrected {
		return record.ErrNotFound
	}
	if b.Knowledge[i].Corrected = false; !b.Knowledge[i].Learned {
		b.Knowledge = slices.Delete(b.Knowledge, i, i+1)
	} else {
		b.Knowledge[i].Holds = true
	}
	return nil
}

func (b *Source) item(c record.Correction) int {
	return slices.IndexFunc(b.Knowledge, func(i record.LearnedItem) bool { return i.Kind == c.Kind && i.Text == c.Text })
}

// Learned is a source with one item of every way to learn.
func Learned(t testing.TB) *Source {
	source := Sample(t)
	hour := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	source.Knowledge = []record.LearnedItem{
		{Kind: record.LearnedOwn, Text: "read /desks/{n}", Holds: true, Learned: true, Teachers: 3, First: hour, Last: hour.Add(48 * time.Hour)},
		{Kind: record.LearnedBroken, Text: "read /old", Holds: true, Learned: true, Teachers: 1, Confirmed: true, First: hour, Last: hour},
		{Kind: record.LearnedWrites, Text: "read /search?q", Holds: true, Flags: []string{"f1"}},
		{Kind: record.LearnedCatchAll, Text: "200 with 5120 bytes", Holds: true, Learned: true, First: hour, Last: hour},
	}
	return source
}
