package learned

import (
	"strings"
	"testing"
)

func BenchmarkLook(b *testing.B) {
	for name, path := range map[string]string{
		"usual": "/api/v2/projects/17/issues/4242",
		"uuid":  "/o/7f3b1c2e-9a40-4d5e-8f00-0123456789ab/avatar.png",
		"long":  "/" + strings.Repeat("some-folder/", 50)[:400],
		"8KiB":  "/" + strings.Repeat("a/", 4096),
		"dense": "/" + strings.Repeat("a1-", 80),
	} {
		b.Run(name, func(b *testing.B) {
			a := New(7)
			a.Answer(account(1, 1), "GET", path, 200, 900, start)
			a.LoginAt("/login", start)
			if err := a.Correct(true, "x", start, a.TemplateTarget(Own, "GET", "/b")); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				a.Look("GET", path)
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	a := New(7)
	for client := range uint64(3) {
		a.Answer(account(client, 1), "GET", "/api/v2/projects/17/issues/4242", 200, 900, start)
	}
	by := account(1, 1)
	b.ReportAllocs()
	for b.Loop() {
		a.Answer(by, "GET", "/api/v2/projects/17/issues/4242", 200, 900, start)
	}
}

// A full App, and each path is new.
func BenchmarkAnswerNew(b *testing.B) {
	a := New(7)
	var list []string
	for i := range 200_000 {
		list = append(list, "/page/"+letters(i))
	}
	for _, path := range list {
		a.Answer(account(1, 1), "GET", path, 200, 900, start)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		a.Answer(account(1, 1), "GET", list[i%len(list)], 200, 900, start)
		i++
	}
}

// What is seen all the time costs no allocation.
func TestAllocations(t *testing.T) {
	a := New(7)
	path := "/api/v2/projects/17/issues/7f3b1c2e-9a40-4d5e-8f00-0123456789ab"
	by := account(1, 1)
	run := func() {
		k := a.Look("GET", path)
		a.Answer(by, "GET", path, 200, 900, start)
		a.Wrote(by, k.Template, "q", true, start)
		a.Writes(k.Template, "q", false)
		a.Unknown("GET", path, 200, 900, start)
		a.CatchAll(200, 900)
		a.LoginAt("/login", start)
		a.Mature(start)
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
