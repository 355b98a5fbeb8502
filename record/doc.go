// Package record holds the nouns of Gatebook: what a request was, what an
// event was, how one asks for them, and how they are put in words and cells.
// It does no I/O and imports the standard library only, so that every other
// package can speak in its terms.
//
// The texts in a record are as a client or an application chose them. Whoever
// shows them passes them through [Visible] or [VisibleJSON]; the cells of CSV
// are safe already.
//
// The JSON forms of [Request] and [Event] are a contract with users and other
// programs; docs/api.md describes them.
package record
