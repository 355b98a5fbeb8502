package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record/display"
)

// rules are the detector's configuration of an instance.
type rules struct {
	instance string
	config   abuse.Config
}

// readRules reads the abuse blocks of a Caddyfile, or of a configuration in JSON.
func readRules(path string) (list []rules, err error) {
	name := display.Visible(path)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading --rules: %w", err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte(`{"`)) { // a Caddyfile's first block has no such name
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": path})
		if err != nil {
			return nil, fmt.Errorf("--rules %s: %w", name, err)
		}
		text = adapted
	}
	var config any
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("--rules %s: %w", name, err)
	}
	blocks := map[string]*plugin.AbuseSettings{}
	if err := findAbuse(config, blocks); err != nil {
		return nil, fmt.Errorf("--rules %s: %w", name, err)
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("--rules %s has no abuse block; put one into its gatebook directive", name)
	}
	for _, instance := range slices.Sorted(maps.Keys(blocks)) {
		c, err := blocks[instance].Detector()
		if err != nil {
			return nil, fmt.Errorf("--rules %s, instance %s: %w", name, instance, err)
		}
		list = append(list, rules{instance, c})
	}
	return list, nil
}

// findAbuse collects the abuse settings of all gatebook handlers, in whatever routes
// they are.
func findAbuse(config any, blocks map[string]*plugin.AbuseSettings) error {
	switch v := config.(type) {
	case []any:
		for _, item := range v {
			if err := findAbuse(item, blocks); err != nil {
				return err
			}
		}
	case map[string]any:
		if v["handler"] == "gatebook" && v["abuse"] != nil {
			return addAbuse(v, blocks)
		}
		for _, item := range v {
			if err := findAbuse(item, blocks); err != nil {
				return err
			}
		}
	}
	return nil
}

// addAbuse adds the abuse settings of a handler.
func addAbuse(handler map[string]any, blocks map[string]*plugin.AbuseSettings) error {
	instance, _ := handler["instance"].(string)
	if instance == "" {
		instance = "default"
	}
	text, err := json.Marshal(handler["abuse"])
	if err != nil {
		return err
	}
	s := new(plugin.AbuseSettings)
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	err = in.Decode(s)
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		return fmt.Errorf("abuse block of instance %s: %w", instance, err)
	}
	blocks[instance] = s
	return nil
}
