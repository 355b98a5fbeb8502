package cli

import (
	"context"
	"fmt"

	"github.com/gatebook/gatebook/store"
)

// tellMissing says which books are gone from a directory that had them.
func tellMissing(dir string) {
	for _, book := range store.MissingLogs(dir) {
		complain(fmt.Errorf("%s is missing, and begins anew; restore it from a backup if it should be there", book))
	}
}

// tellDamage says what a list does not show. The list itself is no failure.
func (l listing[T]) tellDamage(ctx context.Context, b books) {
	h, err := b.health(ctx)
	switch {
	case err != nil: // the list has been written all the same
	case l.name == "requests" && h.ServerLog != nil && h.ServerLog.Damaged > 0:
		complain(fmt.Errorf("%d requests are damaged or gone and not shown; a backup may have them", h.ServerLog.Damaged))
	case l.name == "events" && h.ApplicationLog != nil && h.ApplicationLog.Damaged > 0:
		complain(fmt.Errorf("%d events are damaged and shown only in part, or not at all; a backup may have them", h.ApplicationLog.Damaged))
	}
}
