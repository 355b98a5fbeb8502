package logs

import (
	"slices"
)

// Use makes c the newest configuration.
func (l *Logs) Use(c *Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.configs = append(l.configs, c)
	l.apply(c)
}

// Unuse ends the use by c. The newest configuration that is left replaces it, so one
// that fails to start changes nothing.
func (l *Logs) Unuse(c *Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.configs, c); i >= 0 {
		l.configs = slices.Delete(l.configs, i, i+1)
	}
	if n := len(l.configs); n > 0 {
		l.apply(l.configs[n-1])
	}
}

// apply applies the settings of the newest configuration; l.mu is held.
func (l *Logs) apply(c *Config) {
	l.observer.Store(&c.Observer)
	if err := l.Detection.Configure(c.Detection); err != nil {
		l.o.Log.Error("abuse is detected as before", "instance", l.o.Instance, "error", err)
	}
}

// SetInForce says that all of c's configuration has started. Before that c has no
// effect on what is kept: one that fails to start must not have deleted anything.
func (l *Logs) SetInForce(c *Config) {
	c.inForce.Store(true)
	l.worker.Load().notify()
}

// inForce returns the newest configuration that has come into force, or nil.
func (l *Logs) inForce() *Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range slices.Backward(l.configs) {
		if c.inForce.Load() {
			return c
		}
	}
	return nil
}
