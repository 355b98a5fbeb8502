package command

import "github.com/dustin/go-humanize"

// Count writes a number of things: 1 request, 1,203 requests.
func Count[N int | uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + many
}
