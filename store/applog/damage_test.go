package applog

import (
	"context"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/storetest"
)

// filledLog makes a log of n bookings, all of them in tables, in dir.
func filledLog(t *testing.T, dir string, n int) {
	t.Helper()
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		mustAppend(t, a, storetest.BookingEvent(i))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// speckled is damage over which Badger panics.
func speckled(table []byte) {
	for i := 2000; i < len(table)*3/4; i += 97 {
		table[i] ^= 0xff
	}
}

// What is damaged while the log is open is an error for those who need it, and
// for nobody else.
func TestDamageEndsNoProcess(t *testing.T) {
	dir := t.TempDir()
	filledLog(t, dir, 300)
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Overwrite(t, dir, speckled)

	ctx := context.Background()
	var damaged, stored int
	for n := range 300 {
		switch err := a.Append(ctx, storetest.BookingEvent(n)); {
		case err == nil:
			stored++
		case strings.Contains(err.Error(), "the database is damaged: ") && !strings.Contains(err.Error(), "\n"):
			damaged++
		default:
			t.Fatal(err)
		}
	}
	if damaged == 0 {
		t.Fatalf("no event met the damage; %d did not", stored)
	}
	for seq := range uint64(300) {
		_, _ = a.Event(ctx, seq+1)
	}
	_, _, _ = a.Events(ctx, query.Events{Limit: 1000})
	_, _ = a.Categories(ctx)
	a.Health()
	_ = a.Close() // it closes, whatever it says
}
