package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want float64
	}{
		{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3},
	} {
		if got := median(c.list); got != c.want {
			t.Errorf("the median of %v is %v, not %v", c.list, c.want, got)
		}
	}
}

func TestDifferences(t *testing.T) {
	if got := differences([]int64{5, 7}, []int64{2, 9}); !slices.Equal(got, []int64{3, -2}) {
		t.Errorf("got %v", got)
	}
}

func TestTable(t *testing.T) {
	tab := newTable("Cost", "what", "µs")
	tab.add("gate", "1.0")
	tab.add("a longer name")
	tab.note("of %d", 2)
	var b strings.Builder
	tab.print(&b)
	want := `
## Cost

| what          | µs  |
|---------------|-----|
| gate          | 1.0 |
| a longer name |     |

of 2
`
	if b.String() != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
}

func TestWantedParts(t *testing.T) {
	if got, err := wantedParts("disk,ingest"); err != nil || !slices.Equal(got, []string{"disk", "ingest"}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := wantedParts("disc"); err == nil {
		t.Error("a part that there is not was taken")
	}
}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), make([]byte, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	onDisk, content, err := sizes(dir)
	if err != nil || content != 5000 || onDisk < 4096 {
		t.Errorf("%d on the disk, %d in files, %v", onDisk, content, err)
	}
}
