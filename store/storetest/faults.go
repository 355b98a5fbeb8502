package storetest

import (
	"errors"
	"sync"
)

// ErrInjected is how an injected fault shows.
var ErrInjected = errors.New("injected fault")

// Fault is a way for a commit to go wrong.
type Fault int

// The faults come as a pair: after an error, the caller cannot know which it
// was.
const (
	// None lets commits be.
	None Fault = iota
	// NotPersisted fails, and nothing is written.
	NotPersisted
	// Persisted fails, and everything is written.
	Persisted
)

func (f Fault) String() string {
	return [...]string{"none", "failed and not persisted", "failed but persisted"}[f]
}

// Faults decides how commits go. The zero value lets them all be.
type Faults struct {
	mu      sync.Mutex
	fault   Fault
	from    int // the first commit that fails
	until   int // the first that no longer does
	commits int
}

// Fail makes the n-th commit from now fail, counting from 1, and the ones after
// it too until there have been times of them.
func (f *Faults) Fail(fault Fault, n, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.from, f.until = fault, f.commits+n, f.commits+n+times
}

// Forever is enough times for Fail to go on until Heal.
const Forever = 1 << 30

// Heal ends all faults.
func (f *Faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = None
}

// Commits is how many commits there have been, failed ones included.
func (f *Faults) Commits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commits
}

// Commit runs commit, or has it go wrong. A store calls it in place of commit.
func (f *Faults) Commit(commit func() error) error {
	f.mu.Lock()
	f.commits++
	fault := None
	if f.commits >= f.from && f.commits < f.until {
		fault = f.fault
	}
	f.mu.Unlock()
	switch fault {
	case NotPersisted:
		return ErrInjected
	case Persisted:
		return errors.Join(ErrInjected, commit())
	}
	return commit()
}
