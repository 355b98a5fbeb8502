package console

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
var staticFiles embed.FS

// staticRoutes are the embedded files, one route each, so that there is
// nothing to list and no path to climb out of.
var staticRoutes = loadStatic()

func loadStatic() map[string]route {
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err) // the directory is part of the binary
	}
	routes := make(map[string]route, len(entries))
	for _, e := range entries {
		name := "static/" + e.Name()
		data, err := staticFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		routes[name] = route{role: anyRole, read: serveStatic(name, data)}
	}
	return routes
}

// serveStatic lets browsers keep a file but ask each time whether it is still
// the same, so that a page never runs with another version's script.
func serveStatic(name string, data []byte) handler {
	etag := fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(data))[:16])
	return func(_ *view, w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "private, no-cache")
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, strings.TrimPrefix(name, "static/"), time.Time{}, bytes.NewReader(data))
		return nil
	}
}
