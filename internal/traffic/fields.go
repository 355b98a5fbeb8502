package traffic

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// setTarget sets method, path, query, status and size.
func (r *runner) setTarget(req *record.Request, s *statement) error {
	var err error
	if req.Method, err = r.expand(s.method); err != nil {
		return err
	}
	target, err := r.expand(s.target)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(target, "/") && target != "*" {
		return fmt.Errorf("target %q must begin with /", target)
	}
	req.Path, req.Query, _ = strings.Cut(target, "?")
	status, err := r.expand(s.status)
	if err != nil {
		return err
	}
	if req.Status, err = strconv.Atoi(status); err != nil || req.Status < 100 {
		return fmt.Errorf("status %q must be a number from 100", status)
	}
	switch {
	case s.sized:
		req.Bytes = s.bytes
	case req.Method == "HEAD" || req.Status < 200 || req.Status == 204 || req.Status == 304:
	case req.Status >= 300:
		req.Bytes = 150
	default:
		req.Bytes = 4200
	}
	return nil
}

// setOptions sets the fields that have defaults.
func (r *runner) setOptions(req *record.Request, o options) error {
	address, agent := o["ip"], o["ua"]
	if name, ok := o["as"]; ok {
		p, known := persons[name]
		if !known {
			return fmt.Errorf("as=%s: there are person1 to person%d", name, len(persons))
		}
		if address == "" {
			address = p.address
		}
		if agent == "" {
			agent = p.agent
		}
	}
	if address == "" || agent == "" {
		return fmt.Errorf("a request needs ip= and ua=, or as=")
	}
	var err error
	if req.IP, err = netip.ParseAddr(address); err != nil {
		return fmt.Errorf("reading ip=: %w", err)
	}
	text, known := r.agents[agent]
	if !known {
		return fmt.Errorf("unknown user agent %q: define it with \"ua %s: ...\"", agent, agent)
	}
	if req.UserAgent, err = r.expand(text); err != nil {
		return err
	}
	if v := o["host"]; v != "" {
		req.Host = v
	}
	if v := o["proto"]; v != "" {
		req.Proto = v
	}
	req.Referer = o["ref"]
	if strings.HasPrefix(req.Referer, "/") {
		req.Referer = "https://" + req.Host + req.Referer
	}
	req.User = o["user"]
	if req.BytesIn, err = parseOptional(o["in"]); err != nil {
		return fmt.Errorf("reading in=: %w", err)
	}
	if _, ok := o["ms"]; ok {
		ms, err := parseOptional(o["ms"])
		if err != nil {
			return fmt.Errorf("reading ms=: %w", err)
		}
		req.Duration = time.Duration(ms) * time.Millisecond
	}
	return nil
}

func parseOptional(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64)
}
