package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Learned returns what the detection takes for true about the application.
func (l *Logs) Learned(ctx context.Context, q query.Learned) (list record.LearnedList, err error) {
	if _, err := l.appLog(); err != nil {
		return list, err
	}
	kind, _ := learned.ParseKind(string(q.Kind)) // 0 stands for all
	err = l.o.Detector.Inspect(ctx, func(d *abuse.Detector) {
		items, total := d.Learned(kind, q.Text, q.Limit)
		list = record.LearnedList{Items: make([]record.LearnedItem, len(items)), Total: total, Mature: d.Mature(time.Now())}
		for i := range items {
			list.Items[i] = itemOf(&items[i])
		}
	})
	return list, err
}

// fromPerson is what the sources of corrections begin with that are no flags.
const fromPerson = "person-"

// itemOf writes an item as it is shown.
func itemOf(i *learned.Item) record.LearnedItem {
	one := record.LearnedItem{
		Kind: record.LearnedKind(i.Kind.String()), Text: i.Text, Holds: i.Yes, Learned: i.Learned,
		Teachers: i.Teachers, Confirmed: i.Confirmed, First: i.First, Last: i.Last,
	}
	for _, source := range i.Sources {
		if strings.HasPrefix(source, fromPerson) {
			one.Corrected = true
		} else {
			one.Flags = append(one.Flags, source)
		}
	}
	return one
}

// Correct says what a person says about the application. It is in force and on the
// disk when Correct returns. An invalid correction is a [*record.ParamError].
func (l *Logs) Correct(ctx context.Context, c record.Correction) error {
	if _, err := l.appLog(); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	kind, _ := learned.ParseKind(string(c.Kind))
	return l.o.Detector.Change(ctx, func(d *abuse.Detector) error {
		if err := d.Correct(kind, c.Text, c.Holds, sourceOf(c), time.Now()); err != nil {
			return record.Invalid("text", c.Text, record.Undecidable, err.Error())
		}
		return nil
	})
}

// UndoCorrection takes back what people said about an item, whatever that was, so that
// what was learned, or what a false positive taught, holds again. It returns
// [record.ErrNotFound] if nobody said anything.
func (l *Logs) UndoCorrection(ctx context.Context, c record.Correction) error {
	if _, err := l.appLog(); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	kind, _ := learned.ParseKind(string(c.Kind))
	return l.o.Detector.Change(ctx, func(d *abuse.Detector) error {
		n := d.UndoCorrections(sourceOf(c))
		// The item may have been corrected in other words, as with a number in a path.
		_, total := d.Learned(kind, c.Text, 0)
		items, _ := d.Learned(kind, c.Text, total)
		for i := range items {
			if items[i].Text != c.Text {
				continue
			}
			for _, source := range items[i].Sources {
				if strings.HasPrefix(source, fromPerson) {
					n += d.UndoCorrections(source)
				}
			}
		}
		if n == 0 {
			return fmt.Errorf("nobody has corrected %s %q: %w", c.Kind, record.Cut(c.Text, 64), record.ErrNotFound)
		}
		return nil
	})
}

// sourceOf names a correction by what it is about, so that the next one about the same
// replaces it.
func sourceOf(c record.Correction) string {
	sum := sha256.Sum256(slices.Concat([]byte(c.Kind), []byte{0}, []byte(c.Text)))
	return fromPerson + hex.EncodeToString(sum[:8])
}

// Teach has a detector that knows what was learned, and no flags, learn more: teach
// gives it past requests. It returns an error for the logs of a server, whose detector
// learns meanwhile.
func (l *Logs) Teach(ctx context.Context, teach func(*abuse.Detector) error) error {
	stored, ok := l.o.Detector.(*storedDetector)
	if !ok {
		return errors.New("a server uses these logs and learns by itself")
	}
	if _, err := l.appLog(); err != nil {
		return err
	}
	return stored.learn(ctx, teach)
}
