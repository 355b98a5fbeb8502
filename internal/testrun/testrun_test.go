package testrun

import (
	"flag"
	"testing"
)

var checks = flag.Int("rapid.checks", 100, "as package rapid has it")

func TestRounds(t *testing.T) {
	t.Setenv(longEnv, "")
	want := 8
	if testing.Short() {
		want = 2
	}
	if n := Rounds(8, 90); n != want || Long() {
		t.Errorf("%d rounds in a plain run", n)
	}
	t.Setenv(longEnv, "1")
	if n := Rounds(8, 90); n != 90 || !Long() {
		t.Errorf("%d rounds in a long run", n)
	}
}

func TestASeedRepeatsARun(t *testing.T) {
	t.Setenv(seedEnv, "7")
	if a, b := Rand(t).Uint64(), Rand(t).Uint64(); a != b {
		t.Errorf("the same seed gives %d and %d", a, b)
	}
	t.Setenv(seedEnv, "")
	if a, b := Rand(t).Uint64(), Rand(t).Uint64(); a == b {
		t.Errorf("two runs have the number %d", a)
	}
}

func TestChecks(t *testing.T) {
	t.Setenv(longEnv, "")
	t.Run("set", func(t *testing.T) {
		if Checks(t, 3, 30); *checks != Rounds(3, 30) {
			t.Errorf("%d checks", *checks)
		}
	})
	if *checks != 100 {
		t.Errorf("%d checks are left over", *checks)
	}
	*checks = 50 // as with -rapid.checks=50
	if Checks(t, 3, 30); *checks != 50 {
		t.Errorf("the flag is overridden with %d", *checks)
	}
	*checks = 100
}
