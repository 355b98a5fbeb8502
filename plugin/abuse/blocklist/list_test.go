package blocklist

import (
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gaissmai/bart"
)

// listOf returns a list without files.
func listOf(tables ...*bart.Lite) *List {
	l := new(List)
	for range tables {
		l.paths = append(l.paths, "list")
	}
	l.tables.Store(&tables)
	return l
}

func temp(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, text)
	return path
}

// changes counts writes, so that each has another time of modification.
var changes time.Duration

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	changes += time.Second
	at := time.Unix(1_700_000_000, 0).Add(changes)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, paths ...string) *List {
	t.Helper()
	l, err := Open(paths)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func checkHas(t *testing.T, l *List, addr, path, prefix string) {
	t.Helper()
	gotPath, got, ok := l.Has(netip.MustParseAddr(addr))
	switch {
	case !ok && path != "":
		t.Errorf("%s is not listed", addr)
	case ok && (gotPath != path || got.String() != prefix):
		t.Errorf("%s is listed in %q as %s, want %q, %s", addr, gotPath, got, path, prefix)
	}
}

func mustReload(t *testing.T, l *List, want bool) {
	t.Helper()
	if changed, err := l.Reload(); err != nil || changed != want {
		t.Fatalf("Reload = %v, %v, want %v", changed, err, want)
	}
}

func TestHas(t *testing.T) {
	first := temp(t, "first", "198.51.100.0/24\n198.51.100.64/26\n192.0.0.0/8\n")
	second := temp(t, "second", "198.51.100.7\n203.0.113.7\n2001:db8::/32\n::ffff:203.0.113.8\n")
	l := mustOpen(t, first, second)
	for _, c := range []struct{ addr, path, prefix string }{
		{"198.51.100.7", first, "198.51.100.0/24"},
		{"198.51.100.65", first, "198.51.100.64/26"},
		{"::ffff:198.51.100.65", first, "198.51.100.64/26"},
		{"203.0.113.7", second, "203.0.113.7/32"},
		{"203.0.113.8", second, "203.0.113.8/32"},
		{"203.0.113.9", "", ""},
		{"2001:db8:7::1", second, "2001:db8::/32"},
		{"2001:db8:7::1%eth0", second, "2001:db8::/32"},
		{"2001:db9::1", "", ""},
		{"192.1.2.3", first, "192.0.0.0/8"},
		{"192.168.1.1", "", ""}, // private, although 192.0.0.0/8 is listed
	} {
		checkHas(t, l, c.addr, c.path, c.prefix)
	}
	if _, _, ok := l.Has(netip.Addr{}); ok {
		t.Error("no address is listed")
	}
	if l.Len() != 7 {
		t.Errorf("%d prefixes", l.Len())
	}
}

// Lists of bogons refuse nobody at home.
func TestNoReservedAddressIsListed(t *testing.T) {
	l := mustOpen(t, temp(t, "bogons", "0.0.0.0/8\n10.0.0.0/8\n100.64.0.0/10\n100.0.0.0/8\n127.0.0.0/8\n169.254.0.0/16\n169.0.0.0/8\n172.16.0.0/12\n172.0.0.0/8\n"+
		"192.168.0.0/16\n192.0.0.0/8\n224.0.0.0/3\n::/8\nfc00::/7\nfe80::/10\n"))
	for _, addr := range []string{"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"} {
		checkHas(t, l, addr, "", "")
	}
}

func TestReload(t *testing.T) {
	path, other := temp(t, "list", "198.51.100.7\n"), temp(t, "other", "203.0.113.0/24\n")
	l := mustOpen(t, path, other)
	mustReload(t, l, false)
	write(t, path, "198.51.100.8\n198.51.100.9\n")
	checkHas(t, l, "198.51.100.7", path, "198.51.100.7/32")
	mustReload(t, l, true)
	checkHas(t, l, "198.51.100.7", "", "")
	checkHas(t, l, "198.51.100.8", path, "198.51.100.8/32")
	checkHas(t, l, "203.0.113.1", other, "203.0.113.0/24")
	mustReload(t, l, false)
	write(t, path+".new", "198.51.100.10\n")
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	mustReload(t, l, true)
	checkHas(t, l, "198.51.100.10", path, "198.51.100.10/32")
}

// A file that cannot be used keeps its last good state, whatever is wrong with it.
func TestReloadKeepsTheLastGoodState(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		says  []string
	}{
		"a mistake": {func(t *testing.T, path string) { write(t, path, "198.51.100.8\nx\n") }, []string{"line 2", `"x"`, remedy}},
		"empty":     {func(t *testing.T, path string) { write(t, path, "") }, []string{"is empty", "download it again"}},
		"removed":   {func(t *testing.T, path string) { _ = os.Remove(path) }, []string{"no such file", "check the path"}},
		"a folder": {func(t *testing.T, path string) {
			_ = os.Remove(path)
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"no regular file"}},
	} {
		t.Run(name, func(t *testing.T) {
			path, other := temp(t, "list", "198.51.100.7\n"), temp(t, "other", "203.0.113.7\n")
			l := mustOpen(t, path, other)
			c.spoil(t, path)
			write(t, other, "203.0.113.8\n")
			changed, err := l.Reload()
			if !changed || err == nil {
				t.Fatalf("Reload = %v, %v", changed, err)
			}
			for _, part := range append(c.says, path, "its earlier 1 prefixes stay in use") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
			checkHas(t, l, "198.51.100.7", path, "198.51.100.7/32")
			checkHas(t, l, "203.0.113.8", other, "203.0.113.8/32")
			if changed, again := l.Reload(); changed || again == nil || again.Error() != err.Error() {
				t.Errorf("second Reload = %v, %v", changed, again)
			}
			_ = os.Remove(path)
			write(t, path, "198.51.100.9\n")
			mustReload(t, l, true)
			checkHas(t, l, "198.51.100.9", path, "198.51.100.9/32")
		})
	}
}

// A list that is emptied on purpose has a comment, and a new list may be empty.
func TestEmptyLists(t *testing.T) {
	path := temp(t, "list", "")
	l := mustOpen(t, path)
	write(t, path, "198.51.100.7\n")
	mustReload(t, l, true)
	write(t, path, "# nobody\n")
	mustReload(t, l, true)
	if l.Len() != 0 {
		t.Errorf("%d prefixes", l.Len())
	}
	if none := mustOpen(t); none.Len() != 0 {
		t.Error("a list without files has prefixes")
	}
}

func TestOpenErrors(t *testing.T) {
	good, folder := temp(t, "good", "198.51.100.7\n"), t.TempDir()
	bad := temp(t, "bad", "198.51.100.7\n198.51.100.0/99 # here\n")
	huge := temp(t, "huge", "")
	if err := os.Truncate(huge, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string][]string{
		bad:                              {"line 2", `"198.51.100.0/99"`, remedy},
		huge:                             {"larger than 64 MiB", "shorter list"},
		folder:                           {"no regular file", "path of a list"},
		filepath.Join(folder, "missing"): {"no such file", "check the path"},
	} {
		_, err := Open([]string{good, path})
		if err == nil {
			t.Errorf("%s: no error", path)
			continue
		}
		for _, part := range append(says, path) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q does not say %q", err, part)
			}
		}
	}
}

// All files together have the limit, and a file that is read again does not count
// twice.
func TestRoom(t *testing.T) {
	l := mustOpen(t, temp(t, "a", "198.51.100.7\n198.51.100.8\n"), temp(t, "b", "203.0.113.7\n"))
	if got := l.room(nil); got != maxPrefixes-3 {
		t.Errorf("room for one more file: %d", got)
	}
	if got := l.room(l.files[0]); got != maxPrefixes-1 {
		t.Errorf("room for the first file: %d", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	path := temp(t, "list", "198.51.100.7\n")
	l := mustOpen(t, path)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					checkHas(t, l, "198.51.100.7", path, "198.51.100.7/32")
				}
			}
		})
	}
	for i := range 20 {
		write(t, path, "198.51.100.7\n"+strings.Repeat("203.0.113.1\n", i+1))
		mustReload(t, l, true)
	}
	close(stop)
	readers.Wait()
}

func TestLookupDoesNotAllocate(t *testing.T) {
	l := mustOpen(t, temp(t, "a", "198.51.100.7\n"), temp(t, "b", "203.0.113.0/24\n2001:db8::/32\n"))
	addrs := []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.114.7"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:198.51.100.7")}
	if n := testing.AllocsPerRun(100, func() {
		for _, addr := range addrs {
			l.Has(addr)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Scattered single addresses take the most memory.
func TestMemory(t *testing.T) {
	const n = 200_000
	text := scattered(n)
	before := heap()
	table, err := parse(strings.NewReader(text), n)
	if err != nil {
		t.Fatal(err)
	}
	size := table.Size()
	per := float64(heap()-before) / float64(size)
	t.Logf("%d prefixes take %.1f MB, %.0f bytes each", size, per*float64(size)/1e6, per)
	if per > 120 {
		t.Errorf("a prefix takes %.0f bytes", per)
	}
	runtime.KeepAlive(table)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
