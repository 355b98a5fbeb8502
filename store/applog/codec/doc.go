// Package codec reads and writes the keys and values of the application log, as
// docs/format.md describes them.
package codec
