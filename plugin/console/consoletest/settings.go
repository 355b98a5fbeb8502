package consoletest

import (
	"net/http/httptest"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/record"
)

// SettingsPath is the path of the settings in the API.
const SettingsPath = "/api/v1/settings"

// NewSettings is a console of admins, with the source that it changes.
func NewSettings(t *testing.T) (*console.Console, *Source) {
	source := Sample(t)
	c := New(t, source, console.RoleApplication)
	c.User = "anna"
	return c, source
}

// SettingsOf reads a response with the settings.
func SettingsOf(t *testing.T, w *httptest.ResponseRecorder) (v record.SettingsView) {
	t.Helper()
	ReadInto(t, w, 200, &v)
	return v
}
