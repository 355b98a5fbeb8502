package intent

import (
	"embed"
	"sync"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// The lists were written for this project, from public knowledge about what scanners
// ask for. Each has a file of ordinary requests that it must not match.
//
//go:embed words/*.txt
var wordFiles embed.FS

// lists are the lists of places, by the kind that a match has.
var lists = [...]struct {
	kind Kind
	file string
}{
	{Exploit, "exploits"},
	{Traversal, "outside"},
	{Secret, "secrets"},
	{Backdoor, "backdoors"},
	{AdminInterface, "admin"},
	{CVE, "cve"},
	{Technology, "technology"},
}

// lines returns the lines of words/<name>.txt.
func lines(name string) []string {
	f, err := wordFiles.Open("words/" + name + ".txt")
	if err != nil {
		panic(err) // it is embedded
	}
	words, err := pattern.Read(f)
	if err != nil {
		panic(err)
	}
	return words
}

// builtin is the tree of the lists. It is built once in a process.
var builtin = sync.OnceValue(func() *tree {
	t := newTree(lines("folders"))
	for _, list := range lists {
		for _, line := range lines(list.file) {
			t.insert(list.kind, line)
		}
	}
	return t
})
