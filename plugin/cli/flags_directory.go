package cli

import (
	"context"
	"io"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
)

func (d *directory) flags(ctx context.Context, params url.Values) ([]record.Flag, string, error) {
	q, err := query.ParseFlags(params, time.Now(), d.location())
	if err != nil {
		return nil, "", err
	}
	return d.logs.Flags(ctx, q)
}

func (d *directory) flag(ctx context.Context, id string) (record.FlagCase, error) {
	return d.logs.Flag(ctx, id)
}

func (d *directory) decide(ctx context.Context, list []record.DecisionRequest) ([]service.Decided, error) {
	return d.logs.DecideAll(ctx, list)
}

func (d *directory) bans(ctx context.Context, format banlist.Format, out io.Writer) error {
	list, err := d.logs.Bans(ctx, time.Now())
	if err != nil {
		return err
	}
	return list.Write(out, format)
}
