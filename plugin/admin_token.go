package plugin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// adminToken reads the token, making it at the first start. Its file must be
// readable by its owner alone.
func adminToken(dataDir string) (string, error) {
	path := tokenFile(dataDir)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeToken(path)
	}
	if err != nil {
		return "", fmt.Errorf("reading the admin token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others (mode %o), who could then read the logs; delete it, and a new one is made at the next start", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the admin token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 20 {
		return "", fmt.Errorf("%s holds no token; delete it, and a new one is made at the next start", path)
	}
	return token, nil
}

// makeToken lets one of several processes that start at once make the token.
func makeToken(path string) (string, error) {
	token := rand.Text()
	tmp, err := os.CreateTemp(filepath.Dir(path), ".admin.token-")
	if err != nil {
		return "", fmt.Errorf("making the admin token: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(token + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return "", fmt.Errorf("writing the admin token: %w", err)
	}
	if err := os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		return adminToken(filepath.Dir(path))
	} else if err != nil {
		return "", fmt.Errorf("putting the admin token in place: %w", err)
	}
	return token, nil
}

func tokenFile(dataDir string) string { return filepath.Join(dataDir, "admin.token") }

// AdminSocket is where the commands look for the admin endpoint of a server
// that keeps its logs in dataDir. As a socket that only its owner can use it is
// closed to the fronted application, which runs as somebody else. It is "" where
// the path is too long for a socket.
func AdminSocket(dataDir string) string {
	const longest = 100 // of the 104 to 108 bytes that systems allow
	path, err := filepath.Abs(filepath.Join(dataDir, "admin.sock"))
	if err != nil || len(path) > longest {
		return ""
	}
	return "unix/" + path + "|0600"
}
