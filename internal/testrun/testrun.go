// Package testrun decides how much a test tries. In a plain run a test that could
// go on for minutes tries a few cases, with another seed each time; `make
// test-long` tries many.
package testrun

import (
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Environment variables, which the Makefile sets.
const (
	longEnv = "GATEBOOK_TEST_LONG" // not empty: try much
	seedEnv = "GATEBOOK_TEST_SEED" // repeats a run
)

// Long reports whether this run tries much.
func Long() bool { return os.Getenv(longEnv) != "" }

// Rounds returns how often a test does something: short in a plain run, long in
// a long one, and a quarter of short, at least once, with the flag -short. It
// must not be called before the flags are parsed.
func Rounds(short, long int) int {
	switch {
	case Long():
		return long
	case testing.Short():
		return max(1, short/4)
	}
	return short
}

// Rand returns random numbers that differ from run to run. The test logs the
// seed, so that a failure can be repeated.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv(seedEnv); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedEnv, err)
		}
	}
	t.Logf("%s=%d repeats this", seedEnv, seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// Checks sets how many cases package rapid draws in this test, unless it is
// told otherwise with the flag rapid.checks. The test must not be parallel.
func Checks(t testing.TB, short, long int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f == nil {
		t.Fatal("this test does not use package rapid")
	}
	before := f.Value.String()
	if before != f.DefValue {
		return
	}
	set := func(value string) {
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
	}
	set(strconv.Itoa(Rounds(short, long)))
	t.Cleanup(func() { set(before) })
}
