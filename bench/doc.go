// Package bench compares Gatebook with its peers, on any machine. `make bench` runs
// bench/compare, which measures whole processes; the tests here count what a
// request allocates, which is exact.
// Each figure is to be read beside the others of the same run.
package bench
