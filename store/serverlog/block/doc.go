// Package block turns some ten thousand requests into two values, and back. A
// block keeps its requests column by column: each text once, in a dictionary,
// with how often it occurs; for each request an index into it; times and
// numbers as differences; all of it compressed. docs/format.md describes it
// byte by byte.
//
// The head has the dictionaries and counts over time, the body what there is
// for each request. Questions that a head
// can answer (no request of an address; the requests of an hour) do not need the body.
//
// Package block does no I/O.
package block
