//go:build attack

package applog

import "testing"

// TestThousandKills is [TestAppLogSurvivesKill] with a thousand kills.
func TestThousandKills(t *testing.T) { killMany(t, 1000) }
