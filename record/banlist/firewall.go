package banlist

import (
	"bufio"
	"fmt"
	"strings"
	"time"
)

// nft writes a file for `nft -f`, which puts the list in place of an earlier one
// in one step. It leaves the rules to whoever loads it.
func (l List) nft(out *bufio.Writer) {
	fmt.Fprint(out, l.about(), `# Load it with "nft -f". What happens to these addresses is for rules of yours in the same table, such as:
#   nft add chain inet gatebook input '{ type filter hook input priority -10; }'
#   nft add rule inet gatebook input ip saddr @banned4 drop
#   nft add rule inet gatebook input ip6 saddr @banned6 drop
add table inet gatebook
`)
	four, six := l.families()
	l.nftSet(out, "banned4", "ipv4_addr", four)
	l.nftSet(out, "banned6", "ipv6_addr", six)
}

func (l List) nftSet(out *bufio.Writer, name, kind string, bans []Ban) {
	fmt.Fprintf(out, "add set inet gatebook %s { type %s; flags interval, timeout; }\nflush set inet gatebook %s\n", name, kind, name)
	if len(bans) == 0 {
		return
	}
	fmt.Fprintf(out, "add element inet gatebook %s {\n", name)
	for _, b := range bans {
		fmt.Fprintf(out, "\t%s", b.Prefix)
		if left := l.left(b); left > 0 {
			fmt.Fprintf(out, " timeout %s", nftTime(left))
		}
		fmt.Fprint(out, ",\n")
	}
	fmt.Fprint(out, "}\n")
}

// nftTime writes a time in days and less: of one unit nft reads eight digits at
// most.
func nftTime(d time.Duration) string {
	seconds := int64(d / time.Second)
	return fmt.Sprintf("%dd%dh%dm%ds", seconds/86400, seconds/3600%24, seconds/60%60, seconds%60)
}

// longestIPSet is the longest timeout that ipset knows, in seconds. What is
// banned for longer is so when the list is loaded again.
const longestIPSet = 2147483

// ipset writes a file for `ipset restore`. Each set is filled under another name
// and then swapped, so that no address is free meanwhile.
func (l List) ipset(out *bufio.Writer) {
	fmt.Fprint(out, l.about(), `# Load it with "ipset restore". What happens to these addresses is for rules of yours, such as:
#   iptables -I INPUT -m set --match-set gatebook4 src -j DROP
#   ip6tables -I INPUT -m set --match-set gatebook6 src -j DROP
`)
	four, six := l.families()
	l.ipsetSet(out, "gatebook4", "inet", four)
	l.ipsetSet(out, "gatebook6", "inet6", six)
}

// ipsetSize is how many members a set may have. It is always the same, since a set
// that is there under a name is refused with another one.
const ipsetSize = 1 << 20

func (l List) ipsetSet(out *bufio.Writer, name, family string, bans []Ban) {
	for _, set := range []string{name, name + ".new"} {
		fmt.Fprintf(out, "create %s hash:net family %s timeout 0 maxelem %d -exist\n", set, family, ipsetSize)
	}
	fmt.Fprintf(out, "flush %s.new\n", name)
	for _, b := range bans {
		left := l.left(b)
		fmt.Fprintf(out, "add %s.new %s timeout %d\n", name, b.Prefix, min(int64(left/time.Second), longestIPSet))
	}
	fmt.Fprintf(out, "swap %s.new %s\ndestroy %s.new\n", name, name, name)
}

// caddy writes a named matcher. It goes by the same address as Gatebook, which
// behind a trusted proxy is not the one that connects.
func (l List) caddy(out *bufio.Writer) {
	fmt.Fprint(out, l.about(), "# Import it into a site, and say there what happens: abort @banned\n@banned {\n")
	prefixes := Prefixes(l.Bans)
	if len(prefixes) == 0 {
		fmt.Fprint(out, "\texpression false\n")
	}
	for _, p := range prefixes {
		fmt.Fprintf(out, "\tclient_ip %s\n", p)
	}
	fmt.Fprint(out, "}\n")
}

// crowdsecBan is a decision as `cscli decisions import` reads it.
type crowdsecBan struct {
	Duration string `json:"duration"`
	Reason   string `json:"reason"`
	Scope    string `json:"scope"`
	Type     string `json:"type"`
	Value    string `json:"value"`
}

// crowdsecEver stands for a ban without an end, which CrowdSec does not have.
const crowdsecEver = "87600h"

func (l List) crowdsec(out *bufio.Writer) error {
	list := make([]crowdsecBan, len(l.Bans))
	for i, b := range l.Bans {
		one := crowdsecBan{crowdsecEver, "gatebook", "range", "ban", b.Prefix.String()}
		if left := l.left(b); left > 0 {
			one.Duration = left.String()
		}
		if b.Prefix.IsSingleIP() {
			one.Scope, one.Value = "ip", b.Prefix.Addr().String()
		}
		if len(b.Rules) > 0 {
			one.Reason += ": " + strings.Join(b.Rules, " ")
		}
		list[i] = one
	}
	return writeJSON(out, list)
}
