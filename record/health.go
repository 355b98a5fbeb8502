package record

import "time"

// State says whether a book can be written.
type State string

// The states of a book.
const (
	StateOpening State = "opening"
	StateOK      State = "ok"
	StateDown    State = "down"
)

// Health is what an operator wants to know about one instance at a glance.
type Health struct {
	Instance       string      `json:"instance"`
	State          State       `json:"state"`
	ServerLog      *BookHealth `json:"server_log,omitempty"`
	ApplicationLog *BookHealth `json:"application_log,omitempty"`
	// LastRetentionRun is zero until one has run.
	LastRetentionRun time.Time `json:"last_retention_run,omitzero"`
}

// BookHealth is the health of one book. Counters count since the process
// opened the book, except Entries and Bytes, which tell what is kept.
type BookHealth struct {
	State State `json:"state"`
	// Error is why State is down, or what is wrong though it is not.
	Error   string `json:"error,omitempty"`
	Entries uint64 `json:"entries"`
	// Bytes is what the book takes on the disk.
	Bytes     int64     `json:"bytes"`
	Oldest    time.Time `json:"oldest,omitzero"`
	Newest    time.Time `json:"newest,omitzero"`
	LastFlush time.Time `json:"last_flush,omitzero"`
	// Queue and QueueMax are what waits to be written and how much may wait,
	// in bytes for the server log, in events for the application log.
	Queue    int64 `json:"queue"`
	QueueMax int64 `json:"queue_max"`
	// Recorded were taken in; Dropped were lost because the queue was full or
	// the book could not be written.
	Recorded uint64 `json:"recorded"`
	Dropped  uint64 `json:"dropped"`
	// Damaged counts entries that cannot be read any more, or are gone. Of the
	// server log they are not shown, of the application log by what is left.
	Damaged uint64 `json:"damaged,omitempty"`
	// Blocks is how many blocks the server log's entries are in.
	Blocks uint64 `json:"blocks,omitempty"`

	// The application log's own counters.
	Duplicates uint64 `json:"duplicates,omitempty"`
	Conflicts  uint64 `json:"conflicts,omitempty"`
	Rejected   uint64 `json:"rejected,omitempty"`
	Late       uint64 `json:"late,omitempty"`
	// NotTaken events were removed from the response before it came to the gate,
	// or came from a cache without an id.
	NotTaken uint64 `json:"not_taken,omitempty"`
	// Lag is how many events are on the disk and are not found yet.
	Lag uint64 `json:"lag,omitempty"`
}
