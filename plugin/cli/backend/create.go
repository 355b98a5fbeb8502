package backend

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// isEmpty reports whether dir does not exist, or has nothing in it.
func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != "lost+found" { // of a file system of its own
			return false
		}
	}
	return err == nil || errors.Is(err, fs.ErrNotExist)
}

// makeInstanceDir makes the data directory dir, and returns where the instance goes.
func makeInstanceDir(dir, name string) (string, error) {
	if name == "" {
		return "", command.Usagef("there are no logs in %s; give --instance NAME to begin them there", dir)
	}
	if err := (&plugin.Handler{Instance: name}).Validate(); err != nil {
		return "", command.Usage(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the data directory: %w", err)
	}
	return filepath.Abs(filepath.Join(dir, name))
}
