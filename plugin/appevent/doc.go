// Package appevent reads the events that an application sends about a request in the
// response headers X-App-Event and X-App-Error, and takes those headers out of
// the way of the client.
//
// Applications are trusted to speak for themselves but not to be well behaved:
// a header may be cut, split by a proxy or written by an attacker who found a
// way into one. So reading is strict (I-JSON, RFC 7493), its cost is bounded
// by [Limits], an event is read as a whole or not at all, and what is said
// about a refused one never repeats any of it.
//
// docs/event-header.md describes both headers.
package appevent
