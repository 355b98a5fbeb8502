package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
)

// open reads the files.
func (b *BlocklistSettings) open() (list abuse.Blocklist, err error) {
	if list.Action, err = abuse.ParseAction(b.Action); err != nil {
		return list, err
	}
	list.List, err = blocklist.Open(b.Files)
	return list, err
}

// validateBlocklists reads no files.
func (s *AbuseSettings) validateBlocklists() error {
	if n := len(s.Blocklists); n > abuse.MaxBlocklists {
		return fmt.Errorf("%d blocklists are more than the %d that can be set; one may have several files", n, abuse.MaxBlocklists)
	}
	for _, b := range s.Blocklists {
		if !slices.Contains(listActions, b.Action) {
			return fmt.Errorf("blocklist: action %q must be one of %s", b.Action, strings.Join(listActions, ", "))
		}
		if len(b.Files) == 0 || slices.Contains(b.Files, "") {
			return errors.New("blocklist needs the path of a file, such as /etc/gatebook/drop.txt")
		}
	}
	return nil
}
