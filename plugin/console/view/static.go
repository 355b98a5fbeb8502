package view

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"strings"
	"time"
)

//go:embed static
var staticFS embed.FS

// StaticFiles serves the embedded files, by their paths in the console.
var StaticFiles = loadStatic()

func loadStatic() map[string]http.HandlerFunc {
	entries, err := staticFS.ReadDir("static")
	if err != nil {
		panic(err) // the directory is part of the binary
	}
	files := make(map[string]http.HandlerFunc, len(entries))
	for _, e := range entries {
		name := "static/" + e.Name()
		data, err := staticFS.ReadFile(name)
		if err != nil {
			panic(err)
		}
		files[name] = serveStatic(name, data)
	}
	return files
}

// serveStatic lets browsers keep a file but ask each time whether it is still
// the same, so that a page never runs with another version's script.
func serveStatic(name string, data []byte) http.HandlerFunc {
	etag := fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(data))[:16])
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-cache")
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, strings.TrimPrefix(name, "static/"), time.Time{}, bytes.NewReader(data))
	}
}
