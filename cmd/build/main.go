// Command build makes the gatebook binary from xcaddy.json, with the library
// behind the xcaddy command:
//
//	go run ./cmd/build [-o bin/gatebook] [-recipe xcaddy.json]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/caddyserver/xcaddy"
)

func main() {
	output := flag.String("o", filepath.Join("bin", "gatebook"), "the binary to make")
	recipe := flag.String("recipe", "xcaddy.json", "the build recipe, an xcaddy Builder as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := build(ctx, *recipe, *output); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// build makes the binary. Local replacements are meant relative to the recipe.
func build(ctx context.Context, recipe, output string) error {
	builder, err := readRecipe(recipe)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return fmt.Errorf("making the output's directory: %w", err)
	}
	if err := builder.Build(ctx, output); err != nil {
		return fmt.Errorf("building from %s: %w", recipe, err)
	}
	return nil
}

func readRecipe(path string) (xcaddy.Builder, error) {
	var b xcaddy.Builder
	data, err := os.ReadFile(path)
	if err != nil {
		return b, fmt.Errorf("reading the recipe: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, fmt.Errorf("reading the recipe %s: %w", path, err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return b, err
	}
	for i, r := range b.Replacements {
		// xcaddy builds in a temporary directory.
		if replaced := string(r.New); strings.HasPrefix(replaced, ".") {
			b.Replacements[i].New = xcaddy.ReplacementPath(filepath.Join(dir, replaced))
		}
	}
	return b, nil
}
