package plugin

import (
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// endpoint is a handler that answers requests and parses its own directive.
type endpoint interface {
	caddyhttp.MiddlewareHandler
	caddyfile.Unmarshaler
}

// registerEndpoint registers the directive of an endpoint. It runs after
// authentication, and before any handler that could answer instead.
func registerEndpoint(name string, create func() endpoint) {
	httpcaddyfile.RegisterHandlerDirective(name, func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		e := create()
		return e, e.UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder(name, httpcaddyfile.Before, "abort")
}

// lines are the subdirectives of a block, by name. A subdirective whose name
// ends in * can be repeated.
type lines map[string]func(*caddyfile.Dispenser) error

// checked returns the lines with a check after each of them, so that its error
// names the line that caused it.
func (l lines) checked(check func() error) lines {
	with := make(lines, len(l))
	for name, read := range l {
		with[name] = func(d *caddyfile.Dispenser) error {
			if err := read(d); err != nil {
				return err
			}
			return at(d, check())
		}
	}
	return with
}

// eachLine reads the lines of a block. It refuses unknown and repeated
// subdirectives. Errors name file and line.
func eachLine(d *caddyfile.Dispenser, name string, known lines) error {
	seen := map[string]bool{}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		word := d.Val()
		read, repeats := known[word+"*"]
		if !repeats {
			read = known[word]
		}
		if read == nil {
			return d.Errf("unrecognized subdirective %q in %s; there are: %s", word, name, known.names())
		}
		if seen[word] && !repeats {
			return d.Errf("%s is there already in %s", word, name)
		}
		seen[word] = true
		if err := read(d); err != nil {
			return err
		}
	}
	return nil
}

func (l lines) names() string {
	return strings.ReplaceAll(strings.Join(slices.Sorted(maps.Keys(l)), ", "), "*", "")
}

// block is eachLine for a subdirective without arguments. The check runs after
// the last line.
func block(d *caddyfile.Dispenser, name string, check func() error, known lines) error {
	if err := noMoreArgs(d); err != nil {
		return err
	}
	if err := eachLine(d, name, known); err != nil {
		return err
	}
	return at(d, check())
}

// instanceArg reads the name of an instance, which may be left out, as the last
// argument of a line.
func instanceArg(d *caddyfile.Dispenser, to *string) error {
	if !d.NextArg() {
		return nil
	}
	*to = d.Val()
	if err := validInstance(*to); err != nil {
		return at(d, err)
	}
	return noMoreArgs(d)
}

// oneArg reads the only argument of a line.
func oneArg(d *caddyfile.Dispenser, to *string) error {
	name := d.Val()
	if !d.NextArg() {
		return d.Errf("%s needs a value", name)
	}
	*to = d.Val()
	return noMoreArgs(d)
}

// onlyOneOf is oneOf for the only argument of a line.
func onlyOneOf(d *caddyfile.Dispenser, to *string, words ...string) error {
	if err := oneOf(d, to, words...); err != nil {
		return err
	}
	return noMoreArgs(d)
}

// oneOf reads an argument that must be one of the given words.
func oneOf(d *caddyfile.Dispenser, to *string, words ...string) error {
	name := d.Val()
	if !d.NextArg() {
		return d.Errf("%s needs one of %s", name, strings.Join(words, ", "))
	}
	if !slices.Contains(words, d.Val()) {
		return d.Errf("%s %q must be one of %s", name, d.Val(), strings.Join(words, ", "))
	}
	*to = d.Val()
	return nil
}

// retentionPeriod reads the only argument of a line as a retention period.
func retentionPeriod(d *caddyfile.Dispenser, to *caddy.Duration) error {
	name := d.Val()
	if err := duration(d, name, to); err != nil {
		return err
	}
	return at(d, validRetention(name, *to))
}

// duration reads the last argument of a line as a duration, days included.
func duration(d *caddyfile.Dispenser, name string, to *caddy.Duration) error {
	const form = "such as 180d, 12h or 15m"
	if !d.NextArg() {
		return d.Errf("%s needs a duration, %s", name, form)
	}
	t, err := caddy.ParseDuration(d.Val())
	if err != nil || t <= 0 {
		return d.Errf("%s %q is no duration; give one %s", name, d.Val(), form)
	}
	*to = caddy.Duration(t)
	return noMoreArgs(d)
}

// pathList reads the arguments of a line as patterns of paths.
func pathList(d *caddyfile.Dispenser, to *[]string) error {
	name := d.Val()
	*to = d.RemainingArgs()
	if err := atLeastOne(d, *to); err != nil {
		return err
	}
	return at(d, validPaths(name, *to))
}

func atLeastOne(d *caddyfile.Dispenser, args []string) error {
	if len(args) == 0 {
		return d.Errf("%s needs at least one value", d.Val())
	}
	return nil
}

func noMoreArgs(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.Errf("%q is one argument too many", d.Val())
	}
	return nil
}

// at adds file and line to an error, if there is one.
func at(d *caddyfile.Dispenser, err error) error {
	if err == nil {
		return nil
	}
	return d.WrapErr(err)
}
