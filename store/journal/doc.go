// Package journal makes batches durable in the order in which they come, until
// somebody has applied them elsewhere.
//
// A [Local] journal is a directory of segment files, which docs/format.md
// describes.
package journal
