package main

import (
	"cmp"
	"slices"
)

// median is the middle of list, or the mean of the two that are.
func median[T ~int64 | ~float64](list []T) T {
	s := slices.Sorted(slices.Values(list))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// differences are those of two lists that were measured in turn.
func differences[T ~int64 | ~float64](a, b []T) []T {
	d := make([]T, len(a))
	for i := range d {
		d[i] = a[i] - b[i]
	}
	return d
}

// bar reports whether a figure is within its bar.
func bar[T cmp.Ordered](figure, most T) string {
	if figure <= most {
		return "met"
	}
	return "missed"
}
