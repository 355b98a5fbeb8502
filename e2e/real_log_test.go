package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
)

// logLine is one line of a web server's log in the combined format.
type logLine struct {
	ip, method, target, proto string
	status                    int
	size                      int64 // "-" is 0
	referer, agent            string
}

// The last quote is missing in one line, which was truncated.
var combined = regexp.MustCompile(`^(\S+) \S+ \S+ \[[^\]]+\] "(\S+) (\S+) (HTTP/1\.[01])" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"?$`)

// generatedLog returns n lines of a generated log in the combined format, one
// of them without the last quote.
func generatedLog(n int) []byte {
	var text []byte
	log := corpus.New(1, n)
	for i, r := 0, (record.Request{}); log.Next(&r); i++ {
		if r.Proto = "HTTP/1.1"; i%10 == 9 {
			r.Proto = "HTTP/1.0"
		}
		// Apache writes the bytes of the body.
		if r.Status == http.StatusNotModified {
			r.Bytes = 0
		}
		text = logformat.AppendCombined(text, &r)
		if i == n/2 {
			text = text[:len(text)-1]
		}
		text = append(text, '\n')
	}
	return text
}

func readLog(t *testing.T, text []byte) []logLine {
	t.Helper()
	var list []logLine
	for i, s := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		m := combined.FindStringSubmatch(s)
		if m == nil {
			t.Fatalf("line %d is not in the combined format: %s", i+1, s)
		}
		l := logLine{ip: m[1], method: m[2], target: m[3], proto: m[4], referer: said(m[7]), agent: said(m[8])}
		l.status, _ = strconv.Atoi(m[5])
		l.size, _ = strconv.ParseInt(said(m[6]), 10, 64)
		list = append(list, l)
	}
	return list
}

// said returns the value of a field; "-" stands for none.
func said(field string) string {
	if field == "-" {
		return ""
	}
	return field
}

// body is the length of the body that a client gets. The log has sizes for the
// same: "-" where there was none, as with every 304 and HEAD.
func (l *logLine) body() int64 {
	if l.method == http.MethodHead || l.status == http.StatusNotModified {
		return 0
	}
	return l.size
}

// replay is an application that answers each request as in the log; the
// request names its line.
func replay(lines []logLine) http.HandlerFunc {
	zeros := make([]byte, 256<<10)
	return func(w http.ResponseWriter, r *http.Request) {
		i, err := strconv.Atoi(r.Header.Get("X-Line"))
		if err != nil {
			panic(err)
		}
		l := &lines[i]
		if l.status != http.StatusNotModified {
			w.Header().Set("Content-Length", strconv.FormatInt(l.size, 10))
		}
		w.WriteHeader(l.status)
		for left := l.body(); left > 0; {
			n, err := w.Write(zeros[:min(left, int64(len(zeros)))])
			if err != nil {
				return
			}
			left -= int64(n)
		}
	}
}

// browser sends lines, one after the other, each as it is.
type browser struct {
	site, host string
	conn       net.Conn
	in         *bufio.Reader
	buf        []byte
}

func (b *browser) send(i int, l *logLine) error {
	if b.conn == nil {
		conn, err := net.Dial("tcp", b.site)
		if err != nil {
			return err
		}
		b.conn, b.in = conn, bufio.NewReaderSize(conn, 64<<10)
	}
	if err := b.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	var req strings.Builder
	fmt.Fprintf(&req, "%s %s %s\r\nHost: %s\r\nX-Line: %d\r\nX-Forwarded-For: %s\r\n", l.method, l.target, l.proto, b.host, i, l.ip)
	for name, value := range map[string]string{"User-Agent": l.agent, "Referer": l.referer} {
		if value != "" {
			fmt.Fprintf(&req, "%s: %s\r\n", name, value)
		}
	}
	if l.method == http.MethodPost {
		req.WriteString("Content-Length: 0\r\n")
	}
	if _, err := io.WriteString(b.conn, req.String()+"\r\n"); err != nil {
		return err
	}
	return b.receive(l)
}

func (b *browser) receive(l *logLine) error {
	res, err := http.ReadResponse(b.in, &http.Request{Method: l.method})
	if err != nil {
		return err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, res.Body, b.buf)
	if err != nil {
		return err
	}
	if res.StatusCode != l.status || n != l.body() {
		return fmt.Errorf("the client saw status %d and %d bytes, the log has %d and %d", res.StatusCode, n, l.status, l.body())
	}
	if res.Close || l.proto == "HTTP/1.0" {
		b.conn.Close()
		b.conn = nil
	}
	return nil
}

// browsers share the lines out. Each sends its part in order, over connections
// of its own and with a host of its own, by which it is told apart in the log.
const browsers = 2

const proxiedSite = `{
	admin {{admin}}
	auto_https off
	servers {
		trusted_proxies static 127.0.0.1
	}
	gatebook {
		data_dir {{data}}
	}
}
http://:{{port}} {
	bind 127.0.0.1
	gatebook acme
	reverse_proxy {{upstream}}
}
`

// A log that is sent through the gate by a trusted proxy makes the same log
// again: address, method, target, status, bytes, user agent and referer of each
// request.
func TestALogThroughTheGateMakesTheSameLog(t *testing.T) {
	t.Parallel()
	checkSameLog(t, readLog(t, generatedLog(2000)))
}

func checkSameLog(t *testing.T, lines []logLine) {
	t.Helper()
	g := startGate(t, application(t, replay(lines)), setup{caddyfile: proxiedSite})
	before, start := g.cpu(), time.Now()
	share := len(lines) / browsers
	var all sync.WaitGroup
	for n := range browsers {
		all.Go(func() {
			b := &browser{site: g.site, host: browserHost(n), buf: make([]byte, 256<<10)}
			for i := n * share; i < (n+1)*share; i++ {
				if err := b.send(i, &lines[i]); err != nil {
					t.Errorf("line %d: %s %s: %v", i+1, lines[i].method, lines[i].target, err)
					return
				}
			}
		})
	}
	all.Wait()
	took, cpu := time.Since(start), g.cpu()-before
	if t.Failed() {
		return
	}

	var records []request
	eventually(t, "the log has every line", func() bool {
		records = g.requests()
		return len(records) >= len(lines)
	})
	if len(records) != len(lines) {
		t.Errorf("%d lines were sent and %d recorded", len(lines), len(records))
	}
	slices.Reverse(records) // oldest first
	for n := range browsers {
		part := slices.DeleteFunc(slices.Clone(records), func(r request) bool { return r.Host != browserHost(n) })
		if len(part) != share {
			t.Fatalf("%s sent %d lines, %d are recorded", browserHost(n), share, len(part))
		}
		for i, r := range part {
			lines[n*share+i].compare(t, n*share+i, r)
		}
	}
	if h := g.health(); h.ServerLog.Dropped != 0 || h.ServerLog.Entries != uint64(len(lines)) {
		t.Errorf("the server log says of itself: %+v", h.ServerLog)
	}
	g.stop()
	disk := diskBytes(t, filepath.Join(g.data, "acme", "server"))
	t.Logf("%d requests, %.2f GB of answers, in %.1f s: %.0f a second; the gate used %.1f s of CPU, %.2f ms a request; the server log takes %d bytes on the disk, %.1f a request",
		len(lines), float64(sum(lines))/1e9, took.Seconds(), float64(len(lines))/took.Seconds(),
		cpu.Seconds(), cpu.Seconds()*1000/float64(len(lines)), disk, float64(disk)/float64(len(lines)))
}

func browserHost(n int) string { return fmt.Sprintf("browser%d.test", n) }

func (l *logLine) compare(t *testing.T, i int, r request) {
	t.Helper()
	path, query, _ := strings.Cut(l.target, "?")
	if r.IP != l.ip || r.Method != l.method || r.Path != path || r.Query != query || r.Status != l.status ||
		r.Bytes != l.body() || r.UserAgent != l.agent || r.Referer != l.referer || r.Proto != l.proto || r.Aborted {
		t.Errorf("line %d is %+v\nrecorded as %+v", i+1, *l, r)
	}
}

func sum(lines []logLine) (n int64) {
	for i := range lines {
		n += lines[i].body()
	}
	return n
}

// cpu is the CPU time that the gate has used.
func (g *gate) cpu() time.Duration {
	g.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.cmd.Process.Pid))
	if err != nil {
		g.t.Fatal(err)
	}
	// The name, in parentheses, may hold anything; utime and stime are the
	// 14th and 15th field, in hundredths of a second (proc_pid_stat(5)).
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			g.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// diskBytes is what the files below dir take on the disk, holes not counted.
func diskBytes(t *testing.T, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
