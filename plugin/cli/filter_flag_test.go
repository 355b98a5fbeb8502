package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestRepeatedFilters(t *testing.T) {
	cmd := &cobra.Command{}
	addListFlags(cmd, eventFilters)
	if err := cmd.ParseFlags([]string{"--category", "a", "--category=b,c", "--type", "x.y"}); err != nil {
		t.Fatal(err)
	}
	params := listParams(cmd, eventFilters)
	if got := params["category"]; !slices.Equal(got, []string{"a", "b", "c"}) || params.Get("type") != "x.y" {
		t.Errorf("asked for %v", params)
	}
	for _, filters := range [][]filter{requestFilters, eventFilters} {
		for _, f := range filters {
			cmd := &cobra.Command{}
			addListFlags(cmd, filters)
			err := cmd.ParseFlags([]string{"--" + f.flag, "1", "--" + f.flag, "2"})
			if f.param == "category" {
				continue
			}
			if err == nil || !strings.Contains(err.Error(), "--"+f.flag) || !strings.Contains(err.Error(), "give it once") {
				t.Errorf("--%s twice: %v", f.flag, err)
			}
		}
	}
}
