package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pieceOfImport is how many requests a piece of an import has at most.
const pieceOfImport = 8192

// numbered is a log of n lines that are all different, two in a second.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		at := time.Unix(1_700_000_000+int64(i)/2, 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&b, "203.0.113.%d - - [%s] \"GET /desks/%d HTTP/1.1\" 200 %d \"-\" \"curl/8.5.0\"\n", i%250, at, i, i)
	}
	return b.String()
}

// everyLineOnce fails the test unless the server log is numbered(n).
func (g *gate) everyLineOnce(t *testing.T, n int) {
	t.Helper()
	status, body := g.askAdmin("acme/requests.ndjson")
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	times := map[string]int{}
	for _, r := range decodeLines[request](t, body) {
		times[fmt.Sprint(r.Path, " ", r.Bytes)]++
	}
	missing, doubled := 0, 0
	for i := range n {
		switch times[fmt.Sprintf("/desks/%d %d", i, i)] {
		case 0:
			missing++
		case 1:
		default:
			doubled++
		}
	}
	if missing > 0 || doubled > 0 || len(times) != n {
		t.Errorf("of %d lines %d are missing and %d are there more than once; there are %d", n, missing, doubled, len(times))
	}
}

// feed starts an import of standard input and returns what takes it.
func (g *gate) feed(t *testing.T) (*exec.Cmd, io.WriteCloser, *lockedBuffer) {
	t.Helper()
	cmd := g.command("import", "-", "--address", g.admin)
	printed := new(lockedBuffer)
	cmd.Stdout, cmd.Stderr = printed, printed
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, in, printed
}

// imported reports whether n lines of the log text are stored for good.
func (g *gate) imported(text string, n int) func() bool {
	id := sha256.Sum256([]byte(text[:4096]))
	return func() bool {
		status, body := g.askAdmin("acme/import?id=" + hex.EncodeToString(id[:]))
		if status != 200 {
			g.t.Fatalf("%d %s", status, body)
		}
		mark := decodeLines[struct{ Bytes int }](g.t, body)[0]
		return strings.Count(text[:mark.Bytes], "\n") >= n
	}
}

func writeAll(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func (g *gate) logFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(g.dir, "access.log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An import whose command was killed goes on where it was, and every line is
// in the log once.
func TestAKilledImportGoesOn(t *testing.T) {
	t.Parallel()
	const n = 45_000
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	text := numbered(n)
	cmd, in, printed := g.feed(t)
	writeAll(t, in, text[:len(text)-1000])
	eventually(t, "all whole pieces are stored", g.imported(text, n/pieceOfImport*pieceOfImport))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if printed.String() != "" {
		t.Fatalf("in a pipe the command printed %s", printed)
	}

	log := g.logFile(t, text)
	if out := g.ask("import", log); out != "imported 4,040 more requests from "+log+"\n" {
		t.Errorf("the second time: %s", out)
	}
	g.everyLineOnce(t, n)
	g.checkNothingDropped(t)
}

// An interrupted command stops after a chunk, and prints how to resume.
func TestAnInterruptedImportSaysSo(t *testing.T) {
	t.Parallel()
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	text := numbered(200_000)
	cmd, in, printed := g.feed(t)
	sent := len(text) / 10
	writeAll(t, in, text[:sent])
	eventually(t, "a piece is stored", g.imported(text, pieceOfImport))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	// It stops when it has noticed, at the latest when the piece is full.
	for err := error(nil); err == nil && sent < len(text); {
		var n int
		n, err = io.WriteString(in, text[sent:min(sent+1000, len(text))])
		sent += n
	}
	in.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(printed.String(), "run the same command again") {
		t.Errorf("exit %d: %s", code, printed)
	}
	rest := text[:strings.LastIndexByte(text[:sent], '\n')+1]
	g.ask("import", g.logFile(t, rest))
	g.everyLineOnce(t, strings.Count(rest, "\n"))
}

// A log that grows is imported as it grows.
func TestAGrowingLogIsImportedOnce(t *testing.T) {
	t.Parallel()
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	text := numbered(300)
	for _, end := range []int{10, 500, 20_000, len(text)} {
		// The line in the middle of which it ends may be one that can be read.
		_, _, _ = g.run("import", g.logFile(t, text[:end]), "--address", g.admin, "--format", "combined")
	}
	g.everyLineOnce(t, 300)
}
