package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/record/display"
)

// takeRules adds the abuse blocks of a Caddyfile, or of a configuration in
// JSON, to what is tried.
func (r *replayer) takeRules(path string) error {
	name := display.Visible(path)
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading --rules: %w", err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte(`{"`)) { // a Caddyfile's first block has no such name
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": path})
		if err != nil {
			return fmt.Errorf("--rules %s: %w", name, err)
		}
		text = adapted
	}
	var config any
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("--rules %s: %w", name, err)
	}
	blocks := map[string]*plugin.AbuseSettings{}
	if err := findAbuse(config, blocks); err != nil {
		return fmt.Errorf("--rules %s: %w", name, err)
	}
	if len(blocks) == 0 {
		return fmt.Errorf("--rules %s has no abuse block; put one into its gatebook directive", name)
	}
	var instances []string
	for instance := range blocks {
		instances = append(instances, instance)
	}
	slices.Sort(instances)
	for _, instance := range instances {
		c, err := blocks[instance].Detector()
		if err != nil {
			return fmt.Errorf("--rules %s, instance %s: %w", name, instance, err)
		}
		if err := r.try(instance, c); err != nil {
			return fmt.Errorf("--rules %s: %w", name, err)
		}
	}
	return nil
}

// findAbuse looks for the handlers of instances, wherever routes put them, and
// takes their abuse settings.
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
			return takeAbuse(v, blocks)
		}
		for _, item := range v {
			if err := findAbuse(item, blocks); err != nil {
				return err
			}
		}
	}
	return nil
}

func takeAbuse(handler map[string]any, blocks map[string]*plugin.AbuseSettings) error {
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
