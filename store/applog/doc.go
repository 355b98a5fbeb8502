// Package applog keeps events, which are on the disk when Append returns, with
// an index for each filter of a query, and flags beside them. docs/format.md
// describes the keys and values.
package applog
