// Package bench says how Gatebook compares, on any machine: `make bench`.
// Each figure is to be read beside the others of the same run.
package bench
