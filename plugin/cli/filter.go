package cli

import (
	"errors"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// filter is a flag that becomes a parameter of the API.
type filter struct{ flag, param, usage string }

const (
	fromUsage = "not before: RFC 3339, a date or an age (24h, 7d)"
	toUsage   = "before: RFC 3339, a date (that day included) or an age"
)

func addFilterFlags(cmd *cobra.Command, filters []filter) {
	for _, f := range filters {
		cmd.Flags().Var(&filterValue{repeats: f.param == "category"}, f.flag, f.usage)
	}
}

// filterValue is the value of a filter's flag. If it can be given once only, a second
// one is wrong usage: it would silently replace the first.
type filterValue struct {
	list    []string
	repeats bool
}

func (v *filterValue) Set(s string) error {
	if len(v.list) > 0 && !v.repeats {
		return errors.New("the flag was given before; give it once")
	}
	v.list = append(v.list, s)
	return nil
}

func (v *filterValue) String() string { return strings.Join(v.list, ",") }

func (*filterValue) Type() string { return "string" }

func listParams(cmd *cobra.Command, filters []filter) url.Values {
	params := url.Values{}
	for _, f := range filters {
		v, _ := cmd.Flags().GetString(f.flag)
		if v == "" {
			continue
		}
		if f.param == "category" {
			params[f.param] = strings.Split(v, ",")
		} else {
			params.Set(f.param, v)
		}
	}
	return params
}

// asFlag names the flag that an invalid parameter came from.
func asFlag(err error, filters []filter) error {
	invalid := backend.AsParamError(err)
	if invalid == nil {
		return err
	}
	for _, f := range filters {
		if f.param == invalid.Param {
			return command.Usage(&backend.ParamError{Param: "--" + f.flag, Rest: invalid.Rest})
		}
	}
	return command.Usage(invalid)
}
