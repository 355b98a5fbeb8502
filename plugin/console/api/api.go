// Package api serves the logs, flags and settings of an instance in JSON, as files and
// as streams.
package api

import (
	"context"
	"net/netip"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// Source is what the API reads and changes.
type Source interface {
	view.EventLog
	view.RequestLog
	view.ReviewQueue
	view.Knowledge
	audit.Decider
	audit.Corrector
	audit.AuditedSettings
	// TakeExport and TakeStream return a slot for an export and for a live stream, if
	// one is free. Release gives it back.
	TakeExport() (release func(), ok bool)
	TakeStream() (release func(), ok bool)
	// EachEventAfter calls yield for every entry with a greater number than seq,
	// in the order of their numbers, until yield returns an error.
	EachEventAfter(ctx context.Context, seq uint64, yield func(*record.Event) error) error
	// FollowEvents yields the entries that are recorded from now on, until the
	// context ends, the source closes or the reader is too slow.
	FollowEvents(context.Context) <-chan record.Event
	// FollowRequests is like FollowEvents.
	FollowRequests(context.Context) <-chan record.Request
	// Spared are addresses that the configuration never refuses.
	Spared() []netip.Prefix
}

// API answers a request to the API.
type API struct {
	*view.View
	Source Source
}
