// Package record holds the nouns of Gatebook: what a request was, what an
// event was, and how one asks for them. It does no I/O and imports the
// standard library only, so that every other package can speak in its terms.
//
// The JSON forms of [Request] and [Event] are a contract with users and other
// programs; docs/api.md describes them.
package record
