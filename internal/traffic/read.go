package traffic

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Extension is the ending of the names of case files.
const Extension = ".case"

// ReadDir reads each case in folder, in the order of their names. Shared days are
// read from the folder days of the same file system.
func ReadDir(files fs.FS, folder string) ([]*Case, error) {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil, fmt.Errorf("listing cases: %w", err)
	}
	var cases []*Case
	for _, e := range entries {
		if path.Ext(e.Name()) != Extension {
			continue
		}
		c, err := Read(files, path.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Read reads one case. Errors name the file and, if there is one, the line.
func Read(files fs.FS, name string) (*Case, error) {
	src, err := load(files, name)
	if err != nil {
		return nil, err
	}
	c, err := src.describe(strings.TrimSuffix(path.Base(name), Extension))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if c.day, err = readDay(files, name, src); err != nil {
		return nil, err
	}
	run := src.runner(c.Name, src.headers["host"], Start, RoleSubject)
	if c.requests, err = run.run(src.subject); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// load reads and parses one file.
func load(files fs.FS, name string) (*source, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("reading a case: %w", err)
	}
	src, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return src, nil
}

// readDay makes the requests of the day before: those of the shared day that the
// case names, and then its own.
func readDay(files fs.FS, name string, src *source) ([]Request, error) {
	begin := Start.Add(-DayLength)
	var all []Request
	add := func(from string, s *source) error {
		run := s.runner(from, src.headers["host"], begin, RoleDay)
		requests, err := run.run(s.before)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		all = append(all, requests...)
		return nil
	}
	if day := src.headers["day"]; day != "" {
		file := path.Join("days", day+Extension)
		shared, err := load(files, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := add(file, shared); err != nil {
			return nil, err
		}
	}
	if err := add(name, src); err != nil {
		return nil, err
	}
	sortByTime(all)
	if n := len(all); n > 0 && !all[n-1].Time.Before(Start) {
		return nil, fmt.Errorf("%s: the day before lasts until %s, longer than %s", name, all[n-1].Time.Format(time.DateTime), DayLength)
	}
	return all, nil
}

func (s *source) runner(seed, host string, start time.Time, role Role) *runner {
	return &runner{scope: scope{seed: seed, lists: s.lists}, host: host, agents: s.agents, start: start, role: role}
}

// check refuses a case that measures nothing.
func (c *Case) check() error {
	subject, bystanders := 0, 0
	for _, r := range c.requests {
		switch r.Role {
		case RoleSubject:
			subject++
		case RoleBystander:
			bystanders++
		}
	}
	switch {
	case c.Kind == Ordinary && bystanders > 0:
		return fmt.Errorf("all requests of an ordinary case are ordinary: leave the option out")
	case subject == 0:
		return fmt.Errorf("the case has no requests")
	case c.By > subject:
		return fmt.Errorf("by is %d, but the attack has %d requests", c.By, subject)
	case len(c.day) == 0:
		return fmt.Errorf("the day before has no requests")
	}
	return nil
}
