package applog

import (
	"context"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

func knownOf(t *testing.T, a *Log) (list []record.Known) {
	t.Helper()
	if err := a.EachKnown(context.Background(), func(one record.Known) { list = append(list, one) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// Who is known is known after the log was opened again, by the same seed, and for
// a day.
func TestKnownOutlastsReopening(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	now := time.Now().Truncate(time.Microsecond).UTC()
	a := openTestLog(t, dir, Options{})
	if seed, err := a.Seed(); seed != 0 || err != nil {
		t.Errorf("seed %d, %v", seed, err)
	}
	user := record.Known{Place: 3, Key: 1 << 63, User: 5, Agent: 1<<64 - 1, At: now.Add(-time.Hour)}
	session := record.Known{Place: 63, Key: 7, At: now}
	old := record.Known{Place: 4, Key: 8, User: 1, At: now.Add(-record.KnownFor)}
	if err := a.PutKnown(ctx, 1<<63+1, []record.Known{user, session, old}); err != nil {
		t.Fatal(err)
	}
	user.At = now
	if err := a.PutKnown(ctx, 1<<63+1, []record.Known{user}); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = openTestLog(t, dir, Options{})
	if seed, err := a.Seed(); seed != 1<<63+1 || err != nil {
		t.Errorf("seed %d, %v", seed, err)
	}
	want := []record.Known{user, session}
	if got := knownOf(t, a); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if err := a.RetainKnown(ctx); err != nil {
		t.Fatal(err)
	}
	var left []record.Known
	if err := a.eachKnown(ctx, func(_ []byte, one record.Known) { left = append(left, one) }); err != nil || !slices.Equal(left, want) {
		t.Errorf("the disk has %+v, %v", left, err)
	}
}

// What docs/format.md says of `u` and of the seed, in bytes.
func TestKnownFormatIsPinned(t *testing.T) {
	ctx := context.Background()
	at := time.UnixMicro(1_700_000_000_000_001).UTC()
	a := openTestLog(t, t.TempDir(), Options{Now: func() time.Time { return at }})
	one := record.Known{Place: 3, Key: 1<<63 + 2, User: 5, Agent: 1<<64 - 1, At: at}
	if err := a.PutKnown(ctx, 1<<63+1, []record.Known{one}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"75" + "03" + "8000000000000002" + "0000000000000005": "00060a24181e4001" + "ffffffffffffffff",
		hex.EncodeToString([]byte("gseed")):                   "8000000000000001",
	} {
		raw, err := hex.DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		err = a.viewNow(func(txn *badger.Txn) error {
			item, err := txn.Get(raw)
			if err != nil {
				return err
			}
			value, err := item.ValueCopy(nil)
			if got := hex.EncodeToString(value); got != want {
				t.Errorf("%s: %s, want %s", key, got, want)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// The age of an account is kept for a month after its last login, of a bounded number.
func TestAccountsAreKept(t *testing.T) {
	ctx, now := context.Background(), time.Now().Truncate(time.Microsecond).UTC()
	a := openTestLog(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	monday := record.Known{Place: 1, Key: 5, User: 5, Agent: record.OldAccount, At: now.Add(-72 * time.Hour)}
	gone := record.Known{Place: 1, Key: 6, User: 6, Agent: record.OldAccount, At: now.Add(-record.AccountKnownFor)}
	if err := a.PutKnown(ctx, 1, []record.Known{monday, gone}); err != nil {
		t.Fatal(err)
	}
	if got := knownOf(t, a); len(got) != 1 || got[0] != monday {
		t.Errorf("%+v", got)
	}
	many := make([]record.Known, record.MaxAccounts)
	for i := range many {
		many[i] = record.Known{Place: 2, Key: uint64(100 + i), User: uint64(100 + i), At: now}
	}
	if err := a.PutKnown(ctx, 1, many); err != nil {
		t.Fatal(err)
	}
	if err := a.RetainKnown(ctx); err != nil {
		t.Fatal(err)
	}
	if got := knownOf(t, a); len(got) != record.MaxAccounts || got[0] != many[0] {
		t.Errorf("%d are kept, the first is %+v", len(got), got[0])
	}
}
