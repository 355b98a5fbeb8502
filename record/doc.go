// Package record has the types that every other package shares: a request, an
// event, a flag, the settings of a log, and what a summary of requests says. It
// does no I/O and imports the standard library only.
//
// Package query has the questions that one can ask about records, package display
// turns records into words and cells.
//
// The texts in a record are as a client or an application chose them. Before they
// are shown they must pass through display.Visible or display.VisibleJSON.
//
// The JSON forms of [Request] and [Event] are a contract with users and other
// programs; docs/api.md describes them.
package record
