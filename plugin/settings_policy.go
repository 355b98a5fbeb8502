package plugin

import (
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/retention"
)

const (
	defaultEventRetention = 180 * day
	defaultKeepFlags      = 90 * day
)

// Policy returns the settings of the application log until people choose others. Parts
// of days count as whole days.
func (s *Settings) Policy() (record.LogSettings, error) {
	if err := s.validate(); err != nil {
		return record.LogSettings{}, err
	}
	start := record.LogSettings{RetentionDays: int(defaultEventRetention / day), AnonymizeAfterDays: map[string]int{}, Timezone: s.Timezone}
	if start.Timezone == "" {
		start.Timezone = "UTC"
	}
	wholeDays := func(d time.Duration) int { return int((d + day - 1) / day) }
	if a := s.ApplicationLog; a != nil {
		if a.Retention != 0 {
			start.RetentionDays = wholeDays(time.Duration(a.Retention))
		}
		for category, after := range a.Anonymize {
			start.AnonymizeAfterDays[category] = wholeDays(time.Duration(after))
		}
	}
	return start, nil
}

// retentionPolicy returns how long requests and flags are kept.
func (s *Settings) retentionPolicy() (retention.Policy, error) {
	p, err := s.ServerLog.Policy()
	p.KeepFlags = defaultKeepFlags
	if s.Abuse != nil && s.Abuse.Keep != 0 {
		p.KeepFlags = time.Duration(s.Abuse.Keep)
	}
	return p, err
}

// Policy returns how long requests are kept.
func (s *ServerLogSettings) Policy() (retention.Policy, error) {
	if err := s.validate(); err != nil {
		return retention.Policy{}, fmt.Errorf("server_log: %w", err)
	}
	p := retention.Policy{ServerLog: retention.ServerLog{Keep: DefaultServerRetention}}
	if s != nil && s.Retention != 0 {
		p.ServerLog.Keep = time.Duration(s.Retention)
	}
	if s != nil {
		p.ServerLog.FullIP = time.Duration(s.FullIP)
	}
	return p, nil
}
