package cli

import (
	"context"
	"errors"
	"io"
	"net/url"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
)

// errNoFlags is why a directory has no review queue to offer.
var errNoFlags = errors.New("no server uses this directory, and flags are read and decided through the running server; start it, or give its --address")

func (d *directory) flags(context.Context, url.Values) ([]record.Flag, string, error) {
	return nil, "", errNoFlags
}

func (d *directory) flag(context.Context, string) (record.FlagCase, error) {
	return record.FlagCase{}, errNoFlags
}

func (d *directory) decide(context.Context, []record.Deciding) ([]decided, error) {
	return nil, errNoFlags
}

func (d *directory) bans(context.Context, banlist.Format, io.Writer) error { return errNoFlags }
