package e2e

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

// An import survives a server that is killed while it goes on: started again
// with a server that was started again, it leaves every line in the log once.
func TestAnImportIntoAKilledServerGoesOn(t *testing.T) {
	t.Parallel()
	const n = 60_000
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	text := numbered(n)
	cmd, in, printed := g.feed(t)
	go func() { // until the command ends, so that the server dies within a piece
		_, _ = io.WriteString(in, text)
		in.Close()
	}()
	eventually(t, "a piece is stored", g.imported(text, pieceOfImport))
	g.kill()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(printed.String(), "run the same command again later") {
		t.Errorf("exit %d: %s", code, printed)
	}

	g.start()
	g.opened()
	log := g.logFile(t, text)
	if out := g.ask("import", log); !strings.Contains(out, " more requests from "+log) {
		t.Errorf("the second time: %s", out)
	}
	g.everyLineOnce(t, n)
	g.checkNothingDropped(t)
}

// A command that is killed while the server stores a piece leaves all of that
// piece or nothing.
func TestAnImportKilledWithinAPieceGoesOn(t *testing.T) {
	t.Parallel()
	const n = 100_000
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	text := numbered(n)
	log := g.logFile(t, text)
	for piece := 1; piece <= 4; piece++ {
		cmd := g.command("import", log, "--address", g.admin)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a piece is stored", g.imported(text, piece*pieceOfImport))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	g.ask("import", log)
	g.everyLineOnce(t, n)
}

// What is stored of a log that is imported straight into a directory is known
// to the next command, also after one that was killed.
func TestAnImportIntoADirectoryGoesOn(t *testing.T) {
	t.Parallel()
	const n = 60_000
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	g.stop()
	text := numbered(n)
	log := g.logFile(t, text)
	cmd := g.command("import", "-", "--data-dir", g.data)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The pipe holds much less than a piece: when the command has taken this
	// much, it has stored two pieces.
	end := strings.LastIndexByte(text[:len(text)-1], '\n')
	writeAll(t, in, text[:end])
	killed(t, cmd)

	for _, want := range []string{" more requests from " + log, log + " is imported already"} {
		out, errs, code := g.run("import", log, "--data-dir", g.data)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d: %s%s, want %s", code, out, errs, want)
		}
	}
	g.start()
	g.opened()
	g.everyLineOnce(t, n)
}

func killed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}
