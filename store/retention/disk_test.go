package retention

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
)

// secrets are what must be gone from the disk.
var secrets = []string{"Zyxwvut Personalname", "zyxwvut@secret.example", "u_zyxwvut", "the zyxwvut text", "zyxwvut label", "zyxwvut param",
	"zyxwvut change", "zyxwvut detail", "/zyxwvut/action", "zyxwvut ext", "zyxwvut-request"}

func secretEvent(n int) record.Event {
	return record.Event{
		ID: fmt.Sprintf("id%d", n), Time: now.AddDate(0, 0, -40), Received: now.AddDate(0, 0, -40), Category: "booking", Type: "booking.created",
		Subject:   &record.Subject{Type: "Booking", ID: fmt.Sprint(n), Label: "zyxwvut label"},
		Text:      fmt.Sprintf("the zyxwvut text %d", n),
		Params:    map[string]string{"who": "zyxwvut param"},
		Initiator: &record.Initiator{ID: "u_zyxwvut", Name: "Zyxwvut Personalname", Email: "zyxwvut@secret.example", Kind: "user"},
		Persons:   []string{"u_zyxwvut"},
		Action:    &record.Action{Label: "View", Href: "/zyxwvut/action"},
		Changes:   []record.Change{{Field: "name", Old: json.RawMessage(`"zyxwvut change"`)}},
		Details:   json.RawMessage(`{"d":"zyxwvut detail"}`),
		Ext:       json.RawMessage(`{"x":"zyxwvut ext"}`),
		RequestID: "zyxwvut-request",
	}
}

// manySecrets is a log with secrets in memtables, tables and whatever is made of
// entries, and as many entries of others.
func manySecrets(t *testing.T) (*store.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "acme")
	open := func() *store.Store {
		s, err := store.Open(dir, store.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	tell := func(from, to int) {
		var list []record.Event
		for n := from; n < to; n++ {
			list = append(list, secretEvent(n), record.Event{ID: fmt.Sprintf("other%d", n), Time: now, Category: "login", Text: "harmless"})
		}
		if err := s.AppLog.Append(context.Background(), list...); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 8 {
		tell(n*250, n*250+250)
	}
	if err := s.Close(); err != nil { // into tables
		t.Fatal(err)
	}
	s = open()
	tell(2000, 2100) // in a log of the memtable
	// A conflict, which is known by its content.
	again := secretEvent(1)
	again.Text = "the zyxwvut text, otherwise"
	if err := s.AppLog.Append(context.Background(), again); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if found := onDisk(t, filepath.Dir(dir)); len(found) != len(secrets) {
		t.Fatalf("before, only %q are on the disk", found)
	}
	return s, filepath.Dir(dir)
}

// onDisk lists the secrets that some file holds, in clear or compressed.
func onDisk(t *testing.T, dir string) (found []string) {
	t.Helper()
	reader, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	seen := map[string]bool{}
	look := func(data []byte) {
		for _, s := range secrets {
			if bytes.Contains(data, []byte(s)) {
				seen[s] = true
			}
		}
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		look(data)
		for rest := data; ; {
			at := bytes.Index(rest, []byte{0x28, 0xb5, 0x2f, 0xfd})
			if at < 0 {
				return err
			}
			rest = rest[at:]
			var header zstd.Header
			if header.Decode(rest) == nil && header.HasFCS && header.FrameContentSize < 16<<20 {
				// A frame says nothing of where it ends; the reader takes what is whole.
				plain := make([]byte, header.FrameContentSize)
				in, err := zstd.NewReader(bytes.NewReader(rest))
				if err == nil {
					n, _ := io.ReadFull(in, plain)
					look(plain[:n])
					in.Close()
				}
			}
			rest = rest[4:]
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if seen[s] {
			found = append(found, s)
		}
	}
	return found
}

func TestAnonymizingLeavesNothingOnTheDisk(t *testing.T) {
	s, dir := manySecrets(t)
	ctx := context.Background()
	if err := Start(ctx, s.AppLog, record.LogSettings{RetentionDays: 180, AnonymizeAfterDays: map[string]int{"booking": 30}, Timezone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	r, err := Run(ctx, s, Policy{}, now, false)
	if err != nil || r.ApplicationLog.Anonymized["booking"] != 2101 {
		t.Fatalf("%+v, %v", r, err)
	}
	if found := onDisk(t, dir); len(found) > 0 {
		t.Errorf("after anonymization, %q are on the disk", found)
	}
}

func TestErasingLeavesNothingOnTheDisk(t *testing.T) {
	s, dir := manySecrets(t)
	done, err := ErasePerson(context.Background(), s.AppLog, query.Person{Emails: []string{"zyxwvut@secret.example"}}, false)
	if err != nil || done.Entries != 2101 {
		t.Fatalf("%+v, %v", done, err)
	}
	if found := onDisk(t, dir); len(found) > 0 {
		t.Errorf("after erasure, %q are on the disk", found)
	}
}

// An address that is the id of a subject is no field that anonymizing takes, and
// goes with whom it belongs to: also what the index of subjects has of it.
func TestErasingTakesAddressesThatAreSubjects(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	s, err := store.Open(dir, store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, log := context.Background(), s.AppLog
	made := func(id, address string) record.Event {
		return record.Event{ID: id, Time: now, Category: "user", Type: "user.created", Text: "A user was created.", Impersonal: []string{"text"},
			Subject: &record.Subject{Type: "User", ID: address}, Initiator: &record.Initiator{ID: "u_1"}}
	}
	if err := log.Append(ctx, made("a", "zyxwvut@secret.example"), made("b", "other.zyxwvut@secret.example.org")); err != nil {
		t.Fatal(err)
	}
	done, err := ErasePerson(ctx, log, query.Person{Emails: []string{"zyxwvut@secret.example"}}, false)
	if err != nil || done.Entries != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	if e, err := log.Event(ctx, 1); err != nil || e.Subject != nil || !e.Anonymized || e.Text == "" {
		t.Errorf("after erasure: %+v, %v", e, err)
	}
	if e, err := log.Event(ctx, 2); err != nil || e.Anonymized || e.Subject == nil {
		t.Errorf("somebody else's: %+v, %v", e, err)
	}
	for subject, n := range map[string]int{"zyxwvut@secret.example": 0, "User:zyxwvut@secret.example": 0, "other.zyxwvut@secret.example.org": 1} {
		page, _, err := log.Events(ctx, query.Events{EventFilter: query.EventFilter{Subjects: []string{subject}}})
		if err != nil || len(page) != n {
			t.Errorf("%s: %d entries, %v", subject, len(page), err)
		}
	}
	if checked, err := log.Check(ctx); err != nil || len(checked.Faults) > 0 {
		t.Errorf("%+v, %v", checked, err)
	}
	if again, err := ErasePerson(ctx, log, query.Person{Emails: []string{"zyxwvut@secret.example"}}, false); err != nil || again.Entries != 0 {
		t.Errorf("erasing again: %+v, %v", again, err)
	}
}

// A retention run gives the disk back.
func TestDeletingFreesTheDisk(t *testing.T) {
	s, dir := manySecrets(t)
	ctx := context.Background()
	if err := Start(ctx, s.AppLog, record.LogSettings{RetentionDays: 30, Timezone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	r, err := Run(ctx, s, Policy{}, now, false)
	if l := r.ApplicationLog; err != nil || l.Deleted["booking"] != 2101 || l.BytesAfter > l.BytesBefore/2 {
		t.Errorf("%+v, %v", r, err)
	}
	if found := onDisk(t, dir); len(found) > 0 {
		t.Errorf("after deletion, %q are on the disk", found)
	}
}
