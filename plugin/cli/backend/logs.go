// Package backend has the two places where a command finds an instance's logs: a running
// server, through its admin endpoint, and a directory that no server uses.
package backend

import (
	"context"
	"io"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Logs are one instance's logs, of a [Server] or a [Directory].
type Logs interface {
	Lists
	ReviewQueue
	Knowledge
	Persons
	Imports
	Maintenance
	// Location is the time zone in which times are shown.
	Location() *time.Location
	Close() error
}

// Lists are read. Parameters are those of the HTTP API; an invalid one is an error for
// [AsParamError].
type Lists interface {
	// Requests and Events return a page, newest first, and the cursor of the next.
	Requests(ctx context.Context, params url.Values) ([]record.Request, string, error)
	Events(ctx context.Context, params url.Values) ([]record.Event, string, error)
	// AllRequests calls write with all requests that match, some at a time.
	AllRequests(ctx context.Context, params url.Values, write func(...record.Request) error) error
	Failures(ctx context.Context, params url.Values) ([]record.FailureGroup, error)
}

// ReviewQueue has the flags and takes decisions.
type ReviewQueue interface {
	Flags(ctx context.Context, params url.Values) ([]record.Flag, string, error)
	// Flag returns an error for [IsNotFound] if there is no such flag.
	Flag(ctx context.Context, id string) (record.FlagCase, error)
	// DecideAll makes each decision that can be made. The results are in the order of
	// the decisions; with an error there are fewer.
	DecideAll(context.Context, []record.DecisionRequest) ([]service.Decided, error)
	// WriteBans writes what is banned now.
	WriteBans(context.Context, banlist.Format, io.Writer) error
}

// Knowledge is what the abuse detection learned about the application.
type Knowledge interface {
	Learned(ctx context.Context, params url.Values) (record.LearnedList, error)
	Correct(context.Context, record.Correction) error
	// UndoCorrection returns an error for [IsNotFound] if nobody corrected that.
	UndoCorrection(context.Context, record.Correction) error
	// Teach has a detector learn from past requests, and stores that. A server's logs
	// cannot be taught.
	Teach(ctx context.Context, teach func(*abuse.Detector) (requests int, err error)) error
}

// Persons exports and erases what is stored about a person.
type Persons interface {
	ExportPerson(context.Context, service.PersonRequest, io.Writer) error
	ErasePerson(context.Context, service.PersonRequest) (retention.Forgotten, error)
}

// Imports takes past logs.
type Imports interface {
	Imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error)
	Import(context.Context, service.ImportChunk) error
	SealImport(context.Context) error
}

// Maintenance reports and changes the state of the logs.
type Maintenance interface {
	Health(context.Context) (record.Health, error)
	// Check reads everything that is stored.
	Check(context.Context) (store.Checked, error)
	// Retain deletes what has expired. A directory needs a policy, and a server has
	// one, so that giving it another is wrong usage.
	Retain(ctx context.Context, p *retention.Policy, dryRun bool) (retention.Report, error)
}

// Interface guards
var (
	_ Logs = (*Server)(nil)
	_ Logs = (*Directory)(nil)
)
