package backend

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// adjacentConfig is the configuration file that Caddy itself finds in the folder.
const adjacentConfig = "Caddyfile"

// maxConfig is the size of the largest configuration file that is read, in bytes.
const maxConfig = 16 << 20

// config is what a configuration file says about where its server is.
type config struct {
	path string
	// admin is the address of the admin endpoint, "" if it is off.
	admin, dataDir string
}

// readConfig reads a configuration file. Without a path it reads the one in the folder,
// if it is a server's with Gatebook; otherwise it returns nil.
func readConfig(path string) (*config, error) {
	given := path != ""
	if !given {
		path = adjacentConfig
	}
	c, err := parseConfig(path)
	switch {
	case err == nil:
		return c, nil
	case given:
		return nil, command.Usagef("--config: %w", err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoGatebook):
		return nil, nil
	}
	command.PrintError(fmt.Errorf("%w; it is not looked at", err))
	return nil, nil
}

var errNoGatebook = errors.New("the configuration has no gatebook handler")

func parseConfig(path string) (*config, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if info.Size() > maxConfig {
		return nil, fmt.Errorf("reading the configuration: %s has more than %d bytes", path, maxConfig)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		if !bytes.Contains(text, []byte("gatebook")) && !bytes.Contains(text, []byte("import")) {
			return nil, fmt.Errorf("%s: %w", path, errNoGatebook)
		}
		text, _, err = caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": path})
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
	}
	var parsed struct {
		Admin struct {
			Disabled bool   `json:"disabled"`
			Listen   string `json:"listen"`
		} `json:"admin"`
		Apps struct {
			Gatebook *struct {
				DataDir string `json:"data_dir"`
			} `json:"gatebook"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if parsed.Apps.Gatebook == nil && !bytes.Contains(compact.Bytes(), []byte(`"handler":"gatebook`)) {
		return nil, fmt.Errorf("%s: %w", path, errNoGatebook)
	}
	placeholders := caddy.NewReplacer()
	c := &config{path: path, admin: placeholders.ReplaceAll(parsed.Admin.Listen, ""), dataDir: plugin.DefaultDataDir()}
	if parsed.Apps.Gatebook != nil && parsed.Apps.Gatebook.DataDir != "" {
		c.dataDir = placeholders.ReplaceAll(parsed.Apps.Gatebook.DataDir, "")
	}
	switch {
	case parsed.Admin.Disabled:
		c.admin = ""
	case c.admin == "":
		c.admin = caddy.DefaultAdminListen
	}
	return c, nil
}

// list names addresses in an error.
func list(addresses []string) string {
	var named []string
	for _, a := range addresses {
		if a != "" {
			named = append(named, a)
		}
	}
	if len(named) == 0 {
		return "any address"
	}
	return strings.Join(named, " or ")
}
