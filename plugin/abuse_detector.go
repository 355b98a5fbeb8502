package plugin

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
)

// Detector is how a detector is to work that does what these settings say;
// nil settings are the defaults.
func (s *AbuseSettings) Detector() (abuse.Config, error) {
	var c abuse.Config
	if s == nil {
		return c, nil
	}
	c.Enforce = s.Mode == ModeEnforce
	c.Ban = time.Duration(s.Ban)
	if s.Rate != nil {
		c.PerSecond, c.Burst = s.Rate.PerSecond, s.Rate.Burst
	}
	for _, text := range s.Allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return c, fmt.Errorf("allow %q is no address (203.0.113.7) or prefix (203.0.113.0/24)", text)
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		c.Allow = append(c.Allow, p)
	}
	for name, text := range s.Rules {
		action, err := abuse.ParseAction(text)
		if err != nil {
			return c, fmt.Errorf("rule %s: %w", name, err)
		}
		if c.Actions == nil {
			c.Actions = map[string]abuse.Action{}
		}
		c.Actions[name] = action
	}
	return c, nil
}
