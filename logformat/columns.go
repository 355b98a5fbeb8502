package logformat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// Columns names the columns that stand before the time of a combined line, separated by
// spaces: client, ident, user, host (the virtual host), or - for one that is not needed.
// A user may hold spaces.
type Columns []string

var columnNames = []string{"client", "ident", "user", "host", "-"}

// ParseColumns reads columns such as "host client ident user".
func ParseColumns(s string) (Columns, error) {
	list := strings.Fields(strings.ReplaceAll(s, ",", " "))
	for i, name := range list {
		if !slices.Contains(columnNames, name) {
			return nil, fmt.Errorf("%q must be client, ident, user, host or -", brief(name))
		}
		if name != "-" && slices.Contains(list[:i], name) {
			return nil, fmt.Errorf("%q stands there twice", name)
		}
	}
	if !slices.Contains(list, "client") {
		return nil, fmt.Errorf("%q has no client", brief(s))
	}
	return list, nil
}

// columnsRemedy is what to do about columns whose meaning is not known.
const columnsRemedy = `; name the columns before the time with --columns, such as "host client ident user" or "- client ident user"`

// take reads the columns of the text before the time.
func (c Columns) take(head string, r *record.Request) error {
	words := strings.Split(head, " ")
	user := slices.Index(c, "user")
	if len(words) < len(c) || user < 0 && len(words) > len(c) {
		return errAt(0, "there are %d columns before the time, not the %d of --columns", len(words), len(c))
	}
	at, more := 0, len(words)-len(c)
	for i, name := range c {
		n := 1
		if i == user {
			n += more
		}
		word := strings.Join(words[:n], " ")
		words = words[n:]
		switch name {
		case "client":
			addr, err := parseAddr(word)
			if err != nil {
				return errAt(at, "%v", err)
			}
			r.IP = addr
		case "user":
			r.User = userName(word)
		case "host":
			r.Host = hostName(word)
		}
		at += len(word) + 1
	}
	return nil
}

// takeColumns reads the text before the time of a line whose columns are not given:
//
//	client ident user
//	host client ident user
//
// With a virtual host first, the ident may be missing. Servers write further columns
// there, and what they mean cannot be seen: the address of a load balancer looks like
// that of a client. So a text that can be such a column is an error. counted says that
// the log has lines with just these columns, so that a longer user is one with spaces,
// and a dot in it is no sign of a host.
func takeColumns(head string, counted bool, r *record.Request) error {
	first, rest, _ := strings.Cut(head, " ")
	if addr, ok := readAddr(first); ok {
		r.IP = addr
		return takeUser(rest, len(first)+1, counted, r)
	}
	second, after, _ := strings.Cut(rest, " ")
	client, isAddr := readAddr(second)
	if !isAddr {
		var err error
		if r.IP, err = parseAddr(first); err != nil {
			return clientError(first, second, err)
		}
		return takeUser(rest, len(first)+1, counted, r)
	}
	if !isHost(first) {
		return errAt(0, "%q is neither a client's address nor a host before one%s", brief(first), columnsRemedy)
	}
	r.IP, r.Host = client, hostName(first)
	at := len(first) + 1 + len(second) + 1
	if !strings.Contains(after, " ") {
		return setUser(after, at, counted, r) // there is no ident
	}
	return takeUser(after, at, counted, r)
}

func clientError(first, second string, err error) error {
	if isHost(second) && !noAddr(second) && strings.ContainsRune(second, '.') {
		return errAt(len(first)+1, "%q is no IP address; a server that looks up host names (HostnameLookups) leaves none to read", brief(second))
	}
	return errAt(0, "%v", err)
}

// takeUser reads ident and user, which begin at column at.
func takeUser(text string, at int, counted bool, r *record.Request) error {
	ident, user, ok := strings.Cut(text, " ")
	if !ok {
		return errAt(at, "there is no user after the ident")
	}
	if len(ident) > 1 && (isAddr(ident) || isDotted(ident)) {
		return errAt(at, "it cannot be seen whether %q is the client or a server before it%s", brief(ident), columnsRemedy)
	}
	return setUser(user, at+len(ident)+1, counted, r)
}

func setUser(user string, at int, counted bool, r *record.Request) error {
	if word, offset := foreignWord(user, counted); word != "" {
		return errAt(at+offset, "it cannot be seen what %q before the time means%s", brief(word), columnsRemedy)
	}
	r.User = userName(user)
	return nil
}

// userName is the user of a column. Apache writes "" for an empty one.
func userName(s string) string {
	if s == `""` {
		return ""
	}
	return absent(unescape(s))
}

// foreignWord returns the first word of a user's name that can be a column of its own:
// an address, and in a name with spaces also what stands for an absent value and, unless
// dots are allowed, a host.
func foreignWord(user string, dots bool) (word string, offset int) {
	if strings.IndexByte(user, ' ') < 0 {
		if len(user) > 1 && isAddr(user) {
			return user, 0
		}
		return "", 0
	}
	for word := range strings.SplitSeq(user, " ") {
		if word == "-" || isAddr(word) || !dots && isDotted(word) {
			return word, offset
		}
		offset += len(word) + 1
	}
	return "", 0
}

// isAddr reports whether a word is an address, in brackets or in a list as well.
func isAddr(word string) bool {
	_, ok := readAddr(strings.Trim(word, "[],"))
	if !ok {
		_, ok = addrOfPort(word)
	}
	return ok
}

// isDotted reports whether a word is a name with a dot inside, as hosts have.
func isDotted(word string) bool {
	dot := strings.LastIndexByte(word, '.')
	return dot > 0 && dot < len(word)-1 && isHost(word)
}

// isHost reports whether s can be a host, with or without a port.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("-_.:[]*", c) < 0 {
			return false
		}
	}
	return s != ""
}

// hostName is a virtual host as the Host header has it: without the ports that
// browsers leave out.
func hostName(s string) string {
	for _, port := range []string{":80", ":443"} {
		if host, ok := strings.CutSuffix(s, port); ok && (strings.IndexByte(host, ':') < 0 || strings.HasSuffix(host, "]")) {
			return host
		}
	}
	return absent(s)
}
