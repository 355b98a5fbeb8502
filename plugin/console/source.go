package console

import (
	"time"

	"github.com/gatebook/gatebook/plugin/console/api"
	"github.com/gatebook/gatebook/plugin/console/events"
	"github.com/gatebook/gatebook/plugin/console/security"
	"github.com/gatebook/gatebook/plugin/console/settings"
	"github.com/gatebook/gatebook/record"
)

// Source is one instance, as far as a console reads and changes it. Each part of
// a console asks for the methods that it calls.
type Source interface {
	Instance() string
	// Location is the time zone of the instance's users; nil means UTC.
	Location() *time.Location
	Health() record.Health

	events.Source
	security.Source
	settings.Source
	api.Source
}
