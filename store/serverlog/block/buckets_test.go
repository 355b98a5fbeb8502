package block

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

func TestFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, unit := rapid.Int64Range(math.MinInt64+1<<40, math.MaxInt64).Draw(t, "v"), rapid.Int64Range(1, 1<<40).Draw(t, "unit")
		if got := floor(v, unit); got > v || got%unit != 0 || v-got >= unit {
			t.Fatalf("floor(%d, %d) is %d", v, unit, got)
		}
	})
}

func TestBucketsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom(bucketUnits).Draw(t, "unit")
		var want []Bucket
		at := rapid.Int64Range(-1000, 1000).Draw(t, "first")
		for range rapid.IntRange(0, 20).Draw(t, "buckets") {
			k := Bucket{Start: at * unit, Bytes: rapid.Int64().Draw(t, "bytes")}
			for class := range k.Classes {
				k.Classes[class] = rapid.Uint64Range(0, 3).Draw(t, "requests")
			}
			want = append(want, k)
			at += rapid.Int64Range(1, 1<<20).Draw(t, "gap")
		}
		content := appendBuckets(nil, unit, want)
		gotUnit, got, err := readBuckets(content)
		if err != nil || gotUnit != unit || !reflect.DeepEqual(got, want) {
			t.Fatalf("%d: %v, %v; want %d: %v", gotUnit, got, err, unit, want)
		}
		if _, short, err := readBuckets(content[:len(content)-1]); err == nil && len(short) >= len(want) {
			t.Fatalf("without the last byte: %v", short)
		}
	})
}

func TestReadBucketsRefuses(t *testing.T) {
	for name, content := range map[string][]byte{
		"nothing":                  nil,
		"a unit of 0":              {0},
		"a unit of over a day":     {0x81, 0xa3, 5},
		"a bucket without classes": {60, 2},
		"a class without a count":  {60, 2, 1},
		"no bytes":                 {60, 2, 1, 1},
		"a class that is none":     {60, 2, 1 << 7, 0},
	} {
		if _, list, err := readBuckets(content); err == nil {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// The unit is the shortest with which there are few buckets, or a day.
func TestBucketUnit(t *testing.T) {
	for name, c := range map[string]struct {
		rows int
		step time.Duration
		unit int64
	}{
		"one request":         {1, 0, 60},
		"one minute":          {1000, 10 * time.Millisecond, 60},
		"one an hour":         {16, time.Hour, 60},
		"more, one an hour":   {17, time.Hour, 6 * 3600},
		"many, one a minute":  {3200, time.Minute, 3600},
		"more than days help": {1000, 48 * time.Hour, 86400},
	} {
		var b Builder
		b.Reset()
		for i := range c.rows {
			b.Add(uint64(i), &record.Request{Time: time.Unix(0, 0).Add(time.Duration(i) * c.step)})
		}
		unit, list, err := readBuckets(b.appendBuckets(nil))
		if err != nil || unit != c.unit {
			t.Errorf("%s: %d buckets of %d seconds, %v; want %d", name, len(list), unit, err, c.unit)
		}
	}
}

// Requests that come late are counted where they belong.
func TestBucketsAreInOrder(t *testing.T) {
	var b Builder
	b.Reset()
	for i, second := range []int64{300, -1, 61, 359, 0} {
		b.Add(uint64(i), &record.Request{Time: time.Unix(second, 0), Status: 200 + 100*i, Bytes: int64(i)})
	}
	_, got, err := readBuckets(b.appendBuckets(nil))
	want := []Bucket{
		{Start: -60, Bytes: 1}, {Start: 0, Bytes: 4}, {Start: 60, Bytes: 2}, {Start: 300, Bytes: 3},
	}
	want[0].Classes[record.ClassOf(300)] = 1
	want[1].Classes[record.ClassOf(600)] = 1
	want[2].Classes[record.ClassOf(400)] = 1
	want[3].Classes[record.ClassOf(200)]++
	want[3].Classes[record.ClassOf(500)]++
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
