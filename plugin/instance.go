package plugin

import (
	"fmt"
	"log/slog"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
)

// instance is an instance as one configuration declares it. Its logs are shared with
// other configurations.
type instance struct {
	name     string
	where    string
	settings Settings
	// detector configures the abuse detection, with the patterns that files add.
	detector abuse.Config
	loc      *time.Location

	ref *logs.Ref
	// unrecorded counts the requests that the logs did not open in time for.
	unrecorded atomic.Uint64
	// stopping is closed when the configuration is about to stop.
	stopping <-chan struct{}
}

func newInstance(name, dir string, stopping <-chan struct{}) *instance {
	return &instance{name: name, loc: time.UTC, ref: logs.NewRef(dir), stopping: stopping}
}

// configure takes the settings of one more place that declares the instance.
func (in *instance) configure(where string, s Settings) error {
	if s.empty() {
		return nil
	}
	if in.where != "" {
		if !reflect.DeepEqual(in.settings, s) {
			return fmt.Errorf("instance %q has other settings on %s than on %s; make them equal, or leave them out in one of the two", in.name, where, in.where)
		}
		return nil
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	detector, err := s.Abuse.Detector()
	if err != nil {
		return fmt.Errorf("instance %q: abuse: %w", in.name, err)
	}
	in.where, in.settings, in.detector, in.loc = where, s, detector, loc
	return nil
}

// detectionSettings returns the settings of the abuse detection.
func (in *instance) detectionSettings() detection.Settings {
	s := detection.Settings{Config: in.detector}
	if a := in.settings.Abuse; a != nil {
		s.Abort = a.OnBanned == "abort"
	}
	if a := in.settings.ApplicationLog; a != nil {
		s.Cookie = detection.SessionCookie(a.SessionCookie)
	}
	return s
}

func (in *instance) skips(path string) bool {
	s := in.settings.ServerLog
	return s != nil && matchPath(s.Skip, path)
}

func (in *instance) strict(path string) bool {
	s := in.settings.ApplicationLog
	return s != nil && matchPath(s.Strict, path)
}

// open opens the instance's logs, unless a configuration has them open.
func (in *instance) open(log *slog.Logger, o logs.Observer) error {
	kept, err := in.settings.retentionPolicy()
	if err != nil {
		return err
	}
	start, err := in.settings.Policy()
	if err != nil {
		return err
	}
	options := logs.Options{Instance: in.name, Log: log, Defer: caddyhooks.CloseLast, Exiting: caddy.Exiting}
	return in.ref.Open(options, &logs.Config{
		Observer:  o,
		Detection: in.detectionSettings(),
		Retention: kept,
		Start:     start,
	})
}
