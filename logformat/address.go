package logformat

import (
	"fmt"
	"net/netip"
	"strings"
)

// parseAddr reads a client's address, alone or with a port. A text that stands for no
// address (a Unix socket) is the zero Addr.
func parseAddr(s string) (netip.Addr, error) {
	if noAddr(s) {
		return netip.Addr{}, nil
	}
	addr, ok := readAddr(s)
	if !ok {
		addr, ok = addrOfPort(s)
	}
	if !ok {
		return netip.Addr{}, fmt.Errorf("%q is no IP address", brief(s))
	}
	return addr, nil
}

// noAddr reports whether s is what servers write for a client without an address:
// nginx "unix:", Go "@".
func noAddr(s string) bool { return s == "" || s == "-" || s == "@" || s == "unix:" }

// readAddr reads an address without a port.
func readAddr(s string) (netip.Addr, bool) {
	// ParseAddr makes an error, which is expensive, for every name.
	if len(s) == 0 || hexValue(s[0]) < 0 && s[0] != ':' {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s)
	return plainAddr(addr), err == nil
}

// addrOfPort reads the address of 203.0.113.7:41342 or [2001:db8::1]:41342.
func addrOfPort(s string) (netip.Addr, bool) {
	if s == "" || s[0] != '[' && strings.IndexByte(s, '.') < 0 {
		return netip.Addr{}, false
	}
	p, err := netip.ParseAddrPort(s)
	if err == nil {
		return plainAddr(p.Addr()), true
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			return readAddr(inner)
		}
	}
	return netip.Addr{}, false
}

func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
