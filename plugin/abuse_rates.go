package plugin

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
)

const (
	maxRate  = 1e6
	minRate  = 0.001
	maxBurst = 1e7
)

// rateUnits are the units of rates.
var rateUnits = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// parseRate parses a rate such as 10/m: how many requests in which time.
func parseRate(text string) (count float64, unit time.Duration, ok bool) {
	number, name, _ := strings.Cut(text, "/")
	count, err := strconv.ParseFloat(number, 64)
	unit, ok = rateUnits[name]
	return count, unit, ok && err == nil
}

// pathRate returns the settings as the detector has them.
func (r *PathRateSettings) pathRate() (abuse.PathRate, error) {
	count, unit, ok := parseRate(r.Rate)
	if !ok || !(count >= minRate && count <= maxRate) {
		return abuse.PathRate{}, fmt.Errorf("rate %s: %q must be a number from 0.001 to 1000000 a second, minute or hour, such as 5/s, 10/m or 100/h", r.name(), r.Rate)
	}
	return abuse.PathRate{
		Method: r.Method, Path: r.Path, PerSecond: count / unit.Seconds(),
		Burst: cmp.Or(r.Burst, int(math.Ceil(count))), PerInstance: r.Per == "instance",
	}, nil
}

// name names the requests that are limited.
func (r *PathRateSettings) name() string { return strings.TrimSpace(r.Method + " " + r.Path) }

// validateRates returns an error that names the first rate of paths that cannot work.
func (s *AbuseSettings) validateRates() error {
	if n := len(s.Rates); n > abuse.MaxPathRates {
		return fmt.Errorf("%d rates for paths are more than the %d that can be set; one path may have * in it", n, abuse.MaxPathRates)
	}
	seen := map[string]bool{}
	for i := range s.Rates {
		r := &s.Rates[i]
		if err := r.validate(); err != nil {
			return err
		}
		key := r.name() + " " + cmp.Or(r.Per, "client")
		if seen[key] {
			return fmt.Errorf("rate %s is there already; keep one of the two", r.name())
		}
		seen[key] = true
	}
	return nil
}

func (r *PathRateSettings) validate() error {
	if strings.Trim(r.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return fmt.Errorf("rate: method %q must be in capital letters, such as POST", r.Method)
	}
	if err := validPaths("rate: path", []string{r.Path}); err != nil {
		return err
	}
	if r.Burst < 0 || r.Burst > maxBurst {
		return fmt.Errorf("rate %s: burst %d must be from 1 to 10000000", r.name(), r.Burst)
	}
	if r.Per != "" && !slices.Contains(ratesPer, r.Per) {
		return fmt.Errorf("rate %s: per %q must be one of %s", r.name(), r.Per, strings.Join(ratesPer, ", "))
	}
	_, err := r.pathRate()
	return err
}
