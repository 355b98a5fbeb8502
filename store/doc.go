// Package store keeps the two logs of one instance in one directory: the
// server log (every request) and the application log (every event), each in a
// Badger database of its own. docs/format.md describes the keys and values.
//
// # Caveats
//
// A directory belongs to one process at a time. The server log is durable
// within two seconds; the application log is durable when Append returns.
// Nothing is written while less than Options.MinFree is left on the disk.
//
// An event whose Append failed may be stored all the same, and be seen before
// it is certain to be on the disk. Appending it again settles that.
package store
