package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/serverlog"
)

const (
	twoDays = `server_log {
			retention 2d
			full_ip 1d
		}`
	shorter = `server_log {
			retention 1d
		}`
	// keepAll is for logs with fixed dates, which the default would delete.
	keepAll = `server_log {
			retention 36500d
			full_ip 36500d
		}`
)

// Addresses come in pairs: four bytes are found by chance in as many megabytes,
// eight are not, and the bytes of two that come one after the other stand side
// by side.
var (
	vanishing = []netip.Addr{netip.MustParseAddr("203.0.113.77"), netip.MustParseAddr("198.51.100.99")}
	staying   = []netip.Addr{netip.MustParseAddr("192.0.2.55"), netip.MustParseAddr("192.0.2.56")}
)

// retentionReport is the output of the command.
type retentionReport struct {
	DryRun    bool `json:"dry_run"`
	ServerLog struct {
		Deleted, Shortened uint64
		BytesBefore        int64 `json:"bytes_before"`
		BytesAfter         int64 `json:"bytes_after"`
	} `json:"server_log"`
}

func (g *gate) retain(args ...string) retentionReport {
	g.t.Helper()
	return decodeLines[retentionReport](g.t, g.ask(append([]string{"retention", "run"}, args...)...))[0]
}

// fill imports n noisy requests of about an age into the gate's directory. The
// addresses are random but for a pair in each thousand.
func (g *gate) fill(name string, n int, age time.Duration, pair []netip.Addr) {
	g.t.Helper()
	s, err := store.Open(filepath.Join(g.data, "acme"), store.Options{Instance: "acme"})
	if err != nil {
		g.t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(age)))
	start, done := time.Now().Add(-age), int64(0)
	for ; n > 0; n -= serverlog.MaxImportChunk {
		piece := make([]record.Request, min(n, serverlog.MaxImportChunk))
		for i := range piece {
			ip := random.Uint32()
			piece[i] = record.Request{
				Time: start.Add(time.Duration(done+int64(i)) * time.Millisecond), IP: netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), Method: "GET", Status: 200,
				Path: fmt.Sprintf("/%s/%x%x", name, random.Uint64(), random.Uint64()),
			}
			if i%1000 < 2 {
				piece[i].IP = pair[i%1000]
			}
		}
		end := serverlog.ImportCheckpoint{Bytes: done + int64(len(piece))}
		if err := s.ServerLog.Import(g.t.Context(), name, done, end, piece); err != nil {
			g.t.Fatal(err)
		}
		done = end.Bytes
	}
	if err := s.Close(); err != nil {
		g.t.Fatal(err)
	}
}

// files lists the files of the data directory that have one of the texts.
func (g *gate) files(texts ...[]byte) (found []string) {
	g.t.Helper()
	err := filepath.WalkDir(g.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(content, text) {
				found = append(found, fmt.Sprintf("%s has %q", path, text))
			}
		}
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return found
}

// addressesOnDisk lists the files that have one of the vanishing addresses.
func (g *gate) addressesOnDisk() []string {
	g.t.Helper()
	pair := append(vanishing[0].AsSlice(), vanishing[1].AsSlice()...)
	return g.files(pair, []byte(vanishing[0].String()), []byte(vanishing[1].String()))
}

// What is too old vanishes by itself, from the disk too, while requests go on.
func TestRetention(t *testing.T) {
	t.Parallel()
	up := application(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	g := newGate(t, up, setup{instance: twoDays, noConsoles: true})
	g.fill("old", 120_000, 60*time.Hour, vanishing)
	g.fill("middle", 60_000, 30*time.Hour, vanishing)
	g.fill("new", 20_000, time.Hour, staying)
	before := diskBytes(t, g.data)
	if len(g.addressesOnDisk()) == 0 {
		t.Fatal("what should vanish was never there")
	}

	g.start()
	g.endWith(t)
	g.opened()
	var mu sync.Mutex
	live := map[string]bool{}
	stop := load(t, 4, func(client, n int) {
		path := fmt.Sprintf("/live/%d-%d", client, n)
		if ask(t, g.site, path, true) {
			mu.Lock()
			live[path] = true
			mu.Unlock()
		}
	})
	eventually(t, "the first run has ended", func() bool { return g.lastRetention() != "" })
	if found := append(g.files([]byte("/old/")), g.addressesOnDisk()...); found != nil {
		t.Errorf("left on the disk: %q", found)
	}
	if n := len(decodeLines[request](t, g.ask("requests", "--path", "/old/*", "--format", "ndjson", "--limit", "1"))); n != 0 {
		t.Error("what is too old is still there")
	}

	t.Run("the disk", func(t *testing.T) {
		after := diskBytes(t, g.data)
		t.Logf("%d KiB before the run, %d after it", before>>10, after>>10)
		if after > before*6/10 {
			t.Errorf("%d bytes before the run, %d after it", before, after)
		}
	})
	t.Run("the addresses", func(t *testing.T) {
		for _, r := range decodeLines[request](t, g.ask("requests", "--path", "/middle/*", "--format", "ndjson", "--limit", "1000")) {
			if !strings.HasSuffix(r.IP, ".0") {
				t.Fatalf("%s is in full", r.IP)
			}
		}
		if n := len(g.requests("--ip", staying[0].String())); n < 20 || n > 22 {
			t.Errorf("%d of the new requests have their address", n)
		}
	})
	served := func() int { mu.Lock(); defer mu.Unlock(); return len(live) }
	t.Run("a reload", func(t *testing.T) {
		g.retainAfterReload(t, up)
		now := served()
		eventually(t, "clients are served as before", func() bool { return served() > now+50 })
	})
	stop()
	g.wantOnce(live)
	if n := strings.Count(g.log.String(), "deleted what is too old"); n != 2 {
		t.Errorf("the log tells of %d runs, not 2", n)
	}
}

// retainAfterReload has the next run follow shorter settings.
func (g *gate) retainAfterReload(t *testing.T, up string) {
	middle := func() int { return len(g.requests("--path", "/middle/*")) }
	if r := g.retain(); r.ServerLog.Deleted+r.ServerLog.Shortened != 0 {
		t.Errorf("a second run: %+v", r)
	}
	g.configure(plainCaddyfile(setup{instance: shorter, noConsoles: true}), up)
	if _, stderr, code := g.run("reload", "--config", g.caddyfile, "--adapter", "caddyfile", "--address", g.admin); code != 0 {
		t.Fatalf("reload: exit %d: %s", code, stderr)
	}
	last := g.lastRetention()
	if r := g.retain("--dry-run"); !r.DryRun || r.ServerLog.Deleted != 60_000 || g.lastRetention() != last || middle() != 60_000 {
		t.Errorf("a dry run: %+v; %d requests are left", r, middle())
	}
	if r := g.retain(); r.ServerLog.Deleted != 60_000 || r.ServerLog.BytesAfter > r.ServerLog.BytesBefore*6/10 || g.lastRetention() == last {
		t.Errorf("a run: %+v", r)
	}
	if n := middle(); n != 0 {
		t.Errorf("%d requests are left", n)
	}
}

// wantOnce fails unless each path is in the log once.
func (g *gate) wantOnce(paths map[string]bool) {
	g.t.Helper()
	var list []request
	eventually(g.t, "the last request is recorded", func() bool {
		list = g.requests("--path", "/live/*")
		return len(list) >= len(paths)
	})
	if h := g.health(); len(list) != len(paths) || h.ServerLog.Dropped != 0 {
		g.t.Errorf("%d requests are there and %d dropped, %d were answered", len(list), h.ServerLog.Dropped, len(paths))
	}
	for _, r := range list {
		if !paths[r.Path] {
			g.t.Errorf("%s is there twice, or was never asked for", r.Path)
		}
		delete(paths, r.Path)
	}
}

// lastRetention is when the last run ended, "" before the first.
func (g *gate) lastRetention() string {
	g.t.Helper()
	var h struct {
		Last string `json:"last_retention_run"`
	}
	if err := json.Unmarshal([]byte(g.ask("stats", "--json")), &h); err != nil {
		g.t.Fatal(err)
	}
	return h.Last
}
