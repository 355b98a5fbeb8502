// Package serverlog keeps requests: in a bounded queue, then in blocks that a
// single goroutine writes and merges. docs/format.md describes the keys and
// values.
package serverlog
