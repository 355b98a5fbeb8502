// Package applog keeps events, which are on the disk when Append returns, with
// blocks in which they are searched, and flags beside them. docs/format.md
// describes the keys and values.
package applog
