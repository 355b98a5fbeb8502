//go:build foreign

package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// foreignDir names the directory of logs and labels that others published.
// They hold addresses of real people and are no part of this repository.
const foreignDir = "GATEBOOK_TEST_DATA"

// Foreign returns the path of a file of the foreign data, which tests with the
// build tag foreign read. The error about a missing file says how to run them.
func Foreign(name ...string) (string, error) {
	dir := os.Getenv(foreignDir)
	if dir == "" {
		return "", errors.New("tests of foreign data need it: run `make test-data`, or set " + foreignDir + " to its directory")
	}
	path := filepath.Join(append([]string{dir}, name...)...)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("foreign data of %s is missing: %w", foreignDir, err)
	}
	return path, nil
}
