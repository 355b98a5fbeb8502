package ledger

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

func TestLedgerRoundTrip(t *testing.T) {
	l := Beside(filepath.Join(t.TempDir(), "acme") + "/")
	if lines, state, err := l.Read(); lines != nil || state != nil || err != nil {
		t.Errorf("without a file: %v, %x, %v", lines, state, err)
	}
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	e := record.Event{Seq: 7, ID: "id", Received: now}
	first := Line{Time: now, Erased: []Erasure{NewErasure(&e, []string{"subject"})}}
	second := Line{Time: now.Add(time.Hour), Policy: &Policy{Chosen: true, Changed: now}}
	var states [][]byte
	for _, line := range []Line{first, second} {
		if err := l.Write(line); err != nil {
			t.Fatal(err)
		}
		_, state, err := l.Read()
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, state)
	}
	for state, want := range map[string]int{"": 0, string(states[0]): 1, string(states[1]): 2, "another": -1} {
		of := []byte(state)
		if state == "" {
			of = nil
		}
		if n, err := l.Applied(of); n != want || err != nil {
			t.Errorf("of the state %x: %d lines, %v; want %d", state, n, err, want)
		}
	}
	if bytes.Equal(states[0], states[1]) {
		t.Error("another line makes no other state")
	}
	if lines, _, err := l.Read(); err != nil || !reflect.DeepEqual(lines, []Line{first, second}) {
		t.Errorf("got %+v, %v", lines, err)
	}
}

// A line that was being written when the process died is ignored, and the next
// one takes its place.
func TestUnfinishedLineIsOverwritten(t *testing.T) {
	l := Ledger{filepath.Join(t.TempDir(), "acme.ledger")}
	line := Line{Time: time.Unix(1, 0).UTC()}
	if err := l.Write(line); err != nil {
		t.Fatal(err)
	}
	_, before, err := l.Read()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.Path, append(content, `{"time":"2026-01-31T12:00:00Z","erased":[{"seq":1}`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines, state, err := l.Read(); err != nil || len(lines) != 1 || !bytes.Equal(state, before) {
		t.Errorf("got %+v, %v", lines, err)
	}
	if err := l.Write(line); err != nil {
		t.Fatal(err)
	}
	if lines, _, err := l.Read(); err != nil || len(lines) != 2 {
		t.Errorf("afterwards: %+v, %v", lines, err)
	}
}

func TestDamagedLineIsNamed(t *testing.T) {
	l := Ledger{filepath.Join(t.TempDir(), "acme.ledger")}
	if err := os.WriteFile(l.Path, []byte("{}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Read(); err == nil || !strings.Contains(err.Error(), l.Path+", line 2: ") {
		t.Errorf("got %v", err)
	}
}

func TestWithoutALedger(t *testing.T) {
	var l Ledger
	if err := l.Write(Line{}); err != nil {
		t.Error(err)
	}
	if lines, state, err := l.Read(); lines != nil || state != nil || err != nil {
		t.Errorf("got %v, %x, %v", lines, state, err)
	}
}

// A copy of an entry in a backup has the same check; an entry that got its number
// after a restore has another.
func TestCheck(t *testing.T) {
	e := record.Event{Seq: 7, ID: "id", Received: time.UnixMicro(5), Text: "personal"}
	same := record.Event{Seq: 7, ID: "id", Received: time.UnixMicro(5)}
	if Check(&e) != Check(&same) {
		t.Error("the check depends on personal data")
	}
	for _, other := range []record.Event{
		{Seq: 8, ID: "id", Received: e.Received}, {Seq: 7, ID: "other", Received: e.Received}, {Seq: 7, ID: "id", Received: time.UnixMicro(6)},
	} {
		if Check(&other) == Check(&e) {
			t.Errorf("%+v has the same check", other)
		}
	}
}
