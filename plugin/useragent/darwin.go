package useragent

import (
	"strconv"
	"strings"
)

// fixDarwin returns the name of a system, which is macOS and not iOS where an
// agent of CFNetwork names the processor of a Mac: the library knows that of some
// versions of Darwin only.
func fixDarwin(os, agent string) string {
	if familyOf(os) != "iOS" || !strings.Contains(agent, "CFNetwork/") {
		return os
	}
	_, darwin, ok := strings.Cut(agent, "Darwin/")
	if !ok || !strings.Contains(darwin, "(x86_64)") && !strings.Contains(darwin, "(i386)") {
		return os
	}
	version, _, _ := strings.Cut(darwin, ".")
	major, err := strconv.Atoi(version)
	switch {
	case err != nil || major < 5:
		return "Mac OS X"
	case major < 20: // 10.1 to 10.15
		return join("Mac OS X", "10", strconv.Itoa(major-4))
	case major < 25: // 11 to 15
		return join("Mac OS X", strconv.Itoa(major-9), "")
	}
	return join("Mac OS X", strconv.Itoa(major+1), "") // 26 is named after the year
}
