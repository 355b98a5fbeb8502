package learned

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Item is something that is learned, or that a person says.
type Item struct {
	Target
	// Yes is whether it holds. It is false only if a person says so.
	Yes bool
	// Learned means that it holds without a person.
	Learned bool
	// Teachers is from how many clients it was learned; 3 stands for three or more.
	Teachers int
	// Confirmed means that one of them was confirmed by a login.
	Confirmed bool
	// First and Last are when it was seen first and last, to the hour; zero if only a
	// person says it.
	First, Last time.Time
	// Sources are those of persons, the one that holds first.
	Sources []string
}

// List returns what holds for the application, of one kind or with 0 of all, whose
// text contains a text, sorted by kind and text, at most limit of them; and how many
// there are.
func (a *App) List(kind Kind, contains string, limit int) (items []Item, total int) {
	all := a.items()
	items = slices.DeleteFunc(all, func(i Item) bool {
		return kind != 0 && i.Kind != kind || !strings.Contains(i.Text, contains)
	})
	slices.SortFunc(items, func(x, y Item) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Text, y.Text), cmp.Compare(x.Key, y.Key))
	})
	return items[:min(len(items), max(limit, 0))], len(items)
}

// items returns all items, in no order.
func (a *App) items() []Item {
	corrected := a.corrections.sources()
	var items []Item
	add := func(i Item) {
		i.Yes, i.Learned = true, true
		if said := corrected[Target{Kind: i.Kind, Key: i.Key}]; said != nil {
			i.correct(said)
			delete(corrected, Target{Kind: i.Kind, Key: i.Key})
		}
		items = append(items, i)
	}
	for i := range a.shards {
		a.shards[i].each(add)
	}
	a.catchAlls.mu.Lock()
	a.catchAlls.each(func(c *answer) {
		add(Item{Target: Target{CatchAll, c.key, answerText(c.status, c.bytes)}, First: timeOf(c.first), Last: timeOf(c.last)})
	})
	a.catchAlls.mu.Unlock()
	a.logins.mu.Lock()
	for _, p := range a.logins.paths {
		add(Item{Target: Target{Login, p.key, p.text}, First: timeOf(p.first), Last: timeOf(p.last)})
	}
	a.logins.mu.Unlock()
	for _, said := range corrected {
		i := Item{}
		i.correct(said)
		items = append(items, i)
	}
	return items
}

// each calls yield for what was learned.
func (s *shard) each(yield func(Item)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, e := range s.templates.entries {
		if e.own.learned() {
			yield(e.own.item(Target{Own, e.key, e.text}))
		}
		if e.broken.learned() {
			yield(e.broken.item(Target{Broken, e.key, e.text}))
		}
	}
	for _, e := range s.parameters.entries {
		if parent := s.templates.entries[e.parent]; e.own.learned() && parent != nil && parent.own.learned() {
			yield(e.own.item(Target{Writes, e.key, parent.text + "?" + e.text}))
		}
	}
}

func (e *evidence) item(t Target) Item {
	return Item{Target: t, Teachers: int(e.n), Confirmed: e.alone, First: timeOf(e.first), Last: timeOf(e.last)}
}

// correct adds what persons say.
func (i *Item) correct(said []Correction) {
	slices.SortFunc(said, func(x, y Correction) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(y.Source, x.Source))
	})
	i.Target, i.Yes = said[0].Target, said[0].Yes
	for _, one := range said {
		i.Sources = append(i.Sources, one.Source)
	}
}
