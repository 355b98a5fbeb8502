package block

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// visits are some requests: their paths differ, and each second one is of a
// browser, of another address and failed.
func visits(n int) (list []numbered) {
	for i := range n {
		r := record.Request{
			Time: time.Unix(int64(1_000+i), 0).UTC(), IP: ips[1+i%2], Method: "GET", Path: "/" + strings.Repeat("p", i+1), Status: 200 + 300*(i%2), Bytes: int64(i),
		}
		if i%2 == 1 {
			r.Browser, r.OS, r.UserAgent = "Firefox", "Linux", "Mozilla/5.0"
			r.Country, r.ASN, r.ASOrg = "DE", 3320, "Net"
		}
		list = append(list, numbered{uint64(i), r})
	}
	return list
}

var errNotNeeded = errors.New("the body is not needed")

// headOnly opens the head of a block whose body cannot be read.
func headOnly(t *testing.T, list []numbered) *Reader {
	t.Helper()
	enc, dec := codecs(t, zstd.SpeedFastest)
	head, _ := encode(t, list, enc)
	r := NewReader(dec)
	if err := r.Open(head, func() ([]byte, error) { return nil, errNotNeeded }); err != nil {
		t.Fatal(err)
	}
	return r
}

// What a head tells is told without the body.
func TestHeadIsEnough(t *testing.T) {
	r := headOnly(t, visits(10))
	if _, list, err := r.Buckets(); err != nil || len(list) == 0 {
		t.Errorf("counts over time: %v, %v", list, err)
	}
	for p := range Networks + 1 {
		if err := r.Counts(p, nil, func([]byte, uint64) {}); err != nil {
			t.Errorf("counts of part %d: %v", p, err)
		}
	}
	for name, q := range map[string]query.Requests{
		"address":  {Prefix: netip.MustParsePrefix("198.51.100.1/32")},
		"network":  {Prefix: netip.MustParsePrefix("198.51.100.0/24")},
		"status":   {StatusMin: 400, StatusMax: 499},
		"method":   {Method: "POST"},
		"path":     {Path: "/q*"},
		"user":     {User: "ada"},
		"verdict":  {Verdict: record.VerdictBan},
		"browser":  {Browser: "curl"},
		"system":   {OS: "Windows"},
		"country":  {Country: "FR"},
		"number":   {ASN: 1},
		"contains": {Contains: "nowhere"},
	} {
		if rows, err := r.Select(nil, &q); err != nil || len(rows) > 0 {
			t.Errorf("%s: rows %v, %v", name, rows, err)
		}
	}
	// All rows match: no index is needed to say so.
	if rows, err := r.Select(nil, &query.Requests{Method: "get", From: time.Unix(1000, 0), To: time.Unix(1010, 0)}); err != nil || len(rows) != 10 {
		t.Errorf("all: rows %v, %v", rows, err)
	}
}

func TestBodyThatCannotBeRead(t *testing.T) {
	r := headOnly(t, visits(10))
	var request record.Request
	_, idsErr := r.IDs()
	_, timesErr := r.Times()
	_, selectErr := r.Select(nil, &query.Requests{Path: "/ppp"})
	_, textErr := r.Select(nil, &query.Requests{Contains: "ppp"})
	_, failedErr := r.Select(nil, &query.Requests{Failed: true})
	_, expiredErr := r.CountExpired(0, 0)
	for name, err := range map[string]error{
		"numbers": idsErr, "times": timesErr, "select": selectErr, "search": textErr, "failed": failedErr, "expired": expiredErr,
		"request": r.Request(0, &request),
		"verify":  r.Verify(),
		"counts":  r.Counts(Paths, []int32{0}, func([]byte, uint64) {}),
		"steps":   r.Steps([]int32{0}, func(int64, int, int64) {}),
	} {
		if !errors.Is(err, errNotNeeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	head, body := encode(t, visits(3), enc)
	r := NewReader(dec)
	for name, head := range map[string][]byte{"nothing": nil, "another version": append([]byte{9}, head[1:]...), "sections that are cut off": head[:len(head)-1]} {
		if err := open(r, head, body); err == nil || !strings.Contains(err.Error(), "the head of a block") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := open(r, head, body[:len(body)-1]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.IDs(); err == nil || !strings.Contains(err.Error(), "the body of a block") {
		t.Errorf("a body that is cut off: %v", err)
	}
}

// One reader reads blocks of all kinds, one after the other, and a block that
// cannot be read leaves nothing behind.
func TestReaderIsReused(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	r := NewReader(dec)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 1)
		head, body := encode(nil, list, enc)
		if rapid.Bool().Draw(t, "damaged before") {
			if open(r, head, body[:len(body)/2]) == nil {
				_ = r.Verify()
			}
		}
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		checkBlock(t, r, list)
	})
}

func TestSelectAppends(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	head, body := encode(t, visits(6), enc)
	for name, c := range map[string]struct {
		q    query.Requests
		want []int32
	}{
		"all":             {query.Requests{}, []int32{0, 1, 2, 3, 4, 5}},
		"one filter":      {query.Requests{StatusMin: 500, StatusMax: 500}, []int32{1, 3, 5}},
		"two filters":     {query.Requests{StatusMin: 500, StatusMax: 500, Path: "/pppp*"}, []int32{3, 5}},
		"time":            {query.Requests{From: time.Unix(1002, 0), To: time.Unix(1004, 0)}, []int32{2, 3}},
		"time and filter": {query.Requests{From: time.Unix(1002, 0), Browser: "firefox"}, []int32{3, 5}},
		"failed":          {query.Requests{Failed: true}, []int32{1, 3, 5}},
		"search":          {query.Requests{Contains: "PPPPP"}, []int32{4, 5}},
		"nothing":         {query.Requests{Path: "/"}, nil},
	} {
		r := NewReader(dec)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		before := []int32{-7, -8}
		got, err := r.Select(slices.Clone(before), &c.q)
		if want := append(before, c.want...); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}

// Bounds of a query are finer than the times of requests.
func TestBounds(t *testing.T) {
	at := time.Unix(5, 0)
	for name, c := range map[string]struct {
		from, to         time.Time
		wantFrom, wantTo int64
	}{
		"none":                {time.Time{}, time.Time{}, -1 << 63, 1<<63 - 1},
		"whole microseconds":  {at, at.Add(time.Second), 5_000_000, 6_000_000},
		"a nanosecond more":   {at.Add(1), at.Add(time.Second + 1), 5_000_001, 6_000_001},
		"a nanosecond before": {at.Add(-1), at.Add(time.Second - 1), 5_000_000, 6_000_000},
	} {
		from, to := bounds(&query.Requests{From: c.from, To: c.to})
		if from != c.wantFrom || to != c.wantTo {
			t.Errorf("%s: %d to %d", name, from, to)
		}
	}
}

// A detached block needs its values no longer, and its texts outlive it.
func TestDetach(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 0)
		head, body := encode(nil, list, enc)
		r := NewReader(dec)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		if err := r.Detach(); err != nil {
			t.Fatal(err)
		}
		clear(head)
		clear(body)
		checkBlock(t, r, list)
		kept := make([]record.Request, len(list))
		for i := range kept {
			if err := r.Request(i, &kept[i]); err != nil {
				t.Fatal(err)
			}
		}
		other := drawRequests(t, 0)
		head, body = encode(nil, other, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		checkBlock(t, r, other)
		for i := range kept {
			if !reflect.DeepEqual(kept[i], list[i].Request) {
				t.Fatalf("row %d became %+v", i, kept[i])
			}
		}
	})
}

// A few rows decoded alone are the same as when all are decoded.
func TestOnly(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	r := NewReader(dec)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 0)
		// More than 128 entries in some columns, so that codes are of two bytes.
		paths, many := rapid.SampledFrom([]int{1, 5, 200, 500}).Draw(t, "paths"), rapid.Bool().Draw(t, "many")
		for i := range list {
			if paths > 1 {
				list[i].Path = strings.Repeat("p", i*i%paths)
			}
			if many {
				list[i].Referer, list[i].IP = strings.Repeat("r", i%300), ips[1+i%3]
			}
		}
		head, body := encode(nil, list, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		rows := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(len(list))-1), 1, maxSparse+1, rapid.ID).Draw(t, "some")
		slices.Sort(rows)
		r.Only(rows)
		for _, row := range rows {
			var got record.Request
			if err := r.Request(int(row), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, list[row].Request) {
				t.Fatalf("row %d: got %+v, want %+v", row, got, list[row].Request)
			}
		}
	})
}
