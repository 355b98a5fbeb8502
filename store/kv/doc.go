// Package kv is what both logs share of Badger: options, opening, the space
// that is left on the disk, the repair of damaged files, and errors.
//
// Badger panics over some damaged files, deletes what it cannot place, and
// maps files that a full disk cannot back. The functions of this package turn
// that into errors.
package kv
