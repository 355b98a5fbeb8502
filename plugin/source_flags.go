package plugin

import (
	"context"
	"net/netip"

	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
)

// flagLogs returns the open logs once all flags are in them.
func (in *instance) flagLogs(ctx context.Context) (*service.Logs, error) {
	l := in.ref.Logs()
	if l == nil {
		return nil, logs.ErrNotOpen
	}
	_ = l.Detection.Store(ctx) // it logs an error itself; what is stored can be read
	return in.logs()
}

// Flags returns a page of the review queue.
func (in *instance) Flags(ctx context.Context, q query.Flags) ([]record.Flag, string, error) {
	logs, err := in.flagLogs(ctx)
	if err != nil {
		return nil, "", err
	}
	return logs.Flags(ctx, q)
}

// Flag returns a flag with its evidence and the logins from its address.
func (in *instance) Flag(ctx context.Context, id string) (record.FlagCase, error) {
	logs, err := in.flagLogs(ctx)
	if err != nil {
		return record.FlagCase{}, err
	}
	return logs.Flag(ctx, id)
}

// Decide makes a decision. It is in force and on the disk when Decide returns.
func (in *instance) Decide(ctx context.Context, what record.DecisionRequest) (record.Flag, error) {
	logs, err := in.logs()
	if err != nil {
		return record.Flag{}, err
	}
	return logs.Decide(ctx, what)
}

// Enforces reports whether bans and throttles are enforced.
func (in *instance) Enforces() bool {
	return in.settings.Abuse != nil && in.settings.Abuse.Mode == ModeEnforce
}

// Spared returns the addresses that the configuration never refuses.
func (in *instance) Spared() (list []netip.Prefix) {
	if s := in.settings.Abuse; s != nil {
		for _, text := range s.Allow {
			if p, err := record.ParsePrefix(text); err == nil { // it was checked
				list = append(list, p)
			}
		}
	}
	return list
}
