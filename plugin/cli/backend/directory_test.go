package backend

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/storetest"
)

// dataDir makes a data directory with these instances, each with one event.
func dataDir(t *testing.T, instances ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range instances {
		s, err := store.Open(filepath.Join(dir, name), store.Options{Instance: name})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AppLog.Append(t.Context(), storetest.BookingEvent(1)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpenDirectory(t *testing.T) {
	one, two := dataDir(t, "acme"), dataDir(t, "acme", "beta")
	for _, o := range []Options{{DataDir: one}, {DataDir: filepath.Join(one, "acme")}, {DataDir: two, Instance: "acme"}} {
		logs, err := Open(t.Context(), o)
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		page, next, err := logs.Events(t.Context(), url.Values{})
		if err != nil || len(page) != 1 || next != "" {
			t.Errorf("%+v: %+v %v", o, page, err)
		}
		if h, err := logs.Health(t.Context()); err != nil || h.Instance != "acme" {
			t.Errorf("%+v: %+v %v", o, h, err)
		}
		if err := logs.Close(); err != nil {
			t.Error(err)
		}
	}
	for want, o := range map[string]Options{
		"several instances; give --instance, one of acme, beta": {DataDir: two},
		`no instance "gamma"; there are: acme, beta`:            {DataDir: two, Instance: "gamma"},
		`holds the instance "acme", not "beta"`:                 {DataDir: filepath.Join(one, "acme"), Instance: "beta"},
		"holds no instance's books":                             {DataDir: t.TempDir()},
		"not both":                                              {DataDir: one, Address: "localhost:1"},
		"is no address such as":                                 {Address: "nowhere"},
	} {
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
}

func TestDirectory(t *testing.T) {
	logs, err := Open(t.Context(), Options{DataDir: dataDir(t, "acme")})
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	ctx := t.Context()
	_, _, err = logs.Requests(ctx, url.Values{"status": {"99"}})
	if p := AsParamError(err); p == nil || p.Param != "status" || !strings.HasPrefix(p.Rest, ` "99": `) {
		t.Errorf("%v", err)
	}
	if _, err := logs.Flag(ctx, "nothing"); !IsNotFound(err) {
		t.Errorf("%v", err)
	}
	if _, err := logs.Retain(ctx, nil, false); err == nil || !strings.Contains(err.Error(), "give --retention 30d") {
		t.Errorf("%v", err)
	}
	subject := record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7"}
	all, err := logs.DecideAll(ctx, []record.DecisionRequest{{Subject: subject, Decision: record.DecideBan}})
	if err != nil || len(all) != 1 || all[0].Err != nil {
		t.Fatalf("%+v %v", all, err)
	}
	var out strings.Builder
	if err := logs.WriteBans(ctx, "text", &out); err != nil || !strings.HasSuffix(out.String(), "203.0.113.7/32\n") {
		t.Errorf("%q %v", out.String(), err)
	}
	c := service.ImportChunk{ID: "x", Requests: []record.Request{{Method: "GET", Path: "/", Status: 200}}}
	c.End.Bytes = 10
	if err := logs.Import(ctx, c); err != nil {
		t.Fatal(err)
	}
	if err := logs.Import(ctx, c); !errors.Is(err, errOtherImport) {
		t.Errorf("a chunk twice: %v", err)
	}
	n := 0
	err = logs.AllRequests(ctx, url.Values{}, func(some ...record.Request) error { n += len(some); return nil })
	if err != nil || n != 1 {
		t.Errorf("%d requests, %v", n, err)
	}
}

// An import begins a directory where there is nothing, and nowhere else.
func TestOpenCreates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	for want, o := range map[string]Options{
		"give --instance NAME to begin them there": {DataDir: dir, Create: true},
		`instance name "A B" must be`:              {DataDir: dir, Instance: "A B", Create: true},
		"no such file or directory":                {DataDir: dir, Instance: "acme"},
		`no instance "beta"; there are: acme`:      {DataDir: dataDir(t, "acme"), Instance: "beta", Create: true},
		"holds no instance's books":                {DataDir: filepath.Dir(mustWrite(t)), Instance: "acme", Create: true},
	} {
		if logs, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v %v, want %q", o, logs, err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Fatalf("%+v made %s", o, dir)
		}
	}
	for _, created := range []bool{true, false} {
		logs, err := Open(t.Context(), Options{DataDir: dir, Instance: "acme", Create: true})
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := logs.(*Directory); !ok || d.Created != created {
			t.Errorf("%+v, want created %v", logs, created)
		}
		if h, err := logs.Health(t.Context()); err != nil || h.Instance != "acme" {
			t.Errorf("%+v %v", h, err)
		}
		if err := logs.Close(); err != nil {
			t.Error(err)
		}
	}
}

// mustWrite writes a file that is not Gatebook's into a new directory.
func mustWrite(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
