package intent

import "bytes"

// squeeze appends SQL with comments and runs of white space as one space. What
// MySQL runs inside /*!50000 … */ stays.
func squeeze(b, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '/' && i+1 < len(text) && text[i+1] == '*':
			if i+2 < len(text) && text[i+2] == '!' {
				for i += 2; i+1 < len(text) && isDigit(text[i+1]); i++ {
				}
				c = ' '
				break
			}
			end := index(text[i+2:], "*/")
			if end < 0 {
				return append(b, " --"...) // it comments the rest out
			}
			i += 2 + end + 1
			c = ' '
		case c == '*' && i+1 < len(text) && text[i+1] == '/':
			i++
			c = ' '
		case c == '\n' || c == 0 || c == 0xa0:
			c = ' '
		}
		if c == ' ' && len(b) > 0 && b[len(b)-1] == ' ' {
			continue
		}
		b = append(b, c)
	}
	return b
}

// payload is something that an injection puts behind the place it breaks out of.
type payload struct {
	word string
	// follows checks what follows the word; nil accepts everything.
	follows func(rest []byte) bool
}

// payloads are what attacks do once they are out.
var payloads = []payload{
	{"union select", columns}, {"union all select", columns}, {"union distinct select", columns}, {"union(select", nil}, {"union (select", nil}, {"union all(select", nil},
	{"or", tautology}, {"and", tautology}, {"||", tautology}, {"&&", tautology}, {"xor", tautology}, {"having", tautology}, {"where", tautology},
	{";", statement},
	{"sleep(", digits}, {"benchmark(", digits}, {"pg_sleep(", nil}, {"waitfor delay", nil}, {"waitfor time", nil}, {"randomblob(", nil},
	{"dbms_pipe.receive_message(", nil}, {"dbms_lock.sleep(", nil}, {"dbms_session.sleep(", nil}, {"utl_inaddr.", nil}, {"utl_http.", nil}, {"ctxsys.", nil},
	{"extractvalue(", nil}, {"updatexml(", nil}, {"gtid_subset(", nil}, {"json_keys(", nil}, {"exp(~", nil}, {"floor(rand(", nil}, {"procedure analyse(", nil},
	{"load_file(", nil}, {"into outfile", nil}, {"into dumpfile", nil}, {"xp_cmdshell", nil}, {"information_schema", nil}, {"sqlite_master", nil}, {"sysobjects", nil},
	{"(select", nil}, {"convert(int,", nil}, {"cast((", nil}, {"ascii(sub", nil}, {"ord(mid(", nil}, {"order by ", orders}, {"group by ", orders},
}

// maxOccurrences bounds the work for a value that repeats a payload.
const maxOccurrences = 16

// breaksOut reports whether squeezed SQL leaves the place of a value: behind a quote
// that opens nothing, or behind a number, come a union, a tautology, a statement or a
// call that reads, waits or fails on purpose.
func breaksOut(s []byte) bool {
	s = trimLeft(s)
	if contains(s, "now()=sysdate()") || contains(s, "(select(0)from(select(") {
		return true
	}
	for i := range payloads {
		p := &payloads[i]
		for from, n := 0, 0; n < maxOccurrences; n++ {
			at := index(s[from:], p.word)
			if at < 0 {
				break
			}
			at += from
			from = at + len(p.word)
			if word := isLetter(p.word[0]); word && at > 0 && isWord(s[at-1]) {
				continue
			}
			if (p.follows == nil || p.follows(s[from:])) && breach(s, at) {
				return true
			}
		}
	}
	return false
}

// breach reports whether what precedes the payload at a place is a quote that opens
// nothing, or nothing but a number, brackets and what connects conditions. Behind a
// sentence a quote is an apostrophe, unless the rest is commented out.
func breach(s []byte, at int) bool {
	before := s[:at]
	if quotes(before, '\'')%2 == 1 || quotes(before, '"')%2 == 1 {
		return bytes.Count(before[:bytes.LastIndexAny(before, `'"`)], []byte(" ")) < 2 || endsInComment(s)
	}
	digits, ended := false, false
	for len(before) > 0 {
		c := before[0]
		switch {
		case isDigit(c):
			digits = true
		case c == ')' || c == '\'' || c == '"':
			ended = true
		case isLetter(c):
			word, rest := skipWord(before)
			switch string(word) {
			case "and", "or", "xor", "not", "if", "select", "case", "when", "null", "in", "like", "between", "is", "union", "all", "from", "then", "else", "end", "rlike", "regexp", "elt", "make_set", "div", "mod":
			default:
				return false
			}
			before = rest
			continue
		}
		before = before[1:]
	}
	return digits || ended
}

// quotes counts a quote; doubled ones are text.
func quotes(text []byte, quote byte) (n int) {
	for i := 0; i < len(text); i++ {
		if text[i] != quote {
			continue
		}
		if i+1 < len(text) && text[i+1] == quote && i > 0 {
			i++
			continue
		}
		n++
	}
	return n
}

// columns reports whether the list of a union follows.
func columns(rest []byte) bool {
	rest = trimLeft(rest)
	if len(rest) == 0 {
		return false
	}
	switch c := rest[0]; {
	case isDigit(c), c == '\'', c == '"', c == '@', c == '(', c == '*', c == '-', c == '+':
		return true
	}
	return hasPrefix(rest, "null") || contains(rest, " from ") || contains(rest, "(") || contains(rest, ",")
}

// tautology reports whether a comparison of constants follows, or one that a comment
// ends.
func tautology(rest []byte) bool {
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '(' || rest[0] == '!' || rest[0] == '~') || hasPrefix(rest, "not ") {
		if rest[0] == 'n' {
			rest = rest[len("not"):]
			continue
		}
		rest = rest[1:]
	}
	left, rest := constant(rest)
	if !left {
		return false
	}
	rest = trimLeft(rest)
	for len(rest) > 0 && rest[0] == ')' {
		rest = trimLeft(rest[1:])
	}
	if len(rest) == 0 {
		return false
	}
	if isComment(rest) {
		return true
	}
	operator := false
	for len(rest) > 0 && (rest[0] == '=' || rest[0] == '<' || rest[0] == '>' || rest[0] == '!') {
		operator, rest = true, rest[1:]
	}
	if !operator {
		for _, word := range []string{"like ", "rlike ", "regexp ", "is ", "in (", "in(", "between "} {
			if hasPrefix(rest, word) {
				operator, rest = true, rest[len(word):]
				break
			}
		}
	}
	right, _ := constant(trimLeft(rest))
	return operator && right
}

// constant reports whether a number or a string is at the beginning, and returns the
// rest. The last string may be open: the statement has its end.
func constant(text []byte) (bool, []byte) {
	if len(text) == 0 {
		return false, text
	}
	switch c := text[0]; {
	case isDigit(c):
		for len(text) > 0 && (isDigit(text[0]) || text[0] == '.' || len(text) > 1 && isOperator(text[0]) && isDigit(text[1])) {
			text = text[1:]
		}
		return true, text
	case c == '\'' || c == '"':
		for i := 1; i < len(text); i++ {
			if text[i] == c {
				return true, text[i+1:]
			}
		}
		return true, nil
	case hasPrefix(text, "true"):
		return true, text[4:]
	case hasPrefix(text, "false"):
		return true, text[5:]
	case hasPrefix(text, "null"):
		return true, text[4:]
	}
	return false, text
}

// statement reports whether a statement follows.
func statement(rest []byte) bool {
	verb, rest := skipWord(trimLeft(rest))
	rest = trimLeft(rest)
	object, _ := skipWord(rest)
	switch string(verb) {
	case "drop", "truncate", "create", "alter":
		switch string(object) {
		case "table", "database", "schema", "user", "view", "procedure", "function", "index", "or", "login":
			return true
		}
	case "delete":
		return string(object) == "from"
	case "insert":
		return string(object) == "into"
	case "update":
		return contains(rest, " set ")
	case "exec", "execute", "select", "call":
		return len(rest) > 0
	case "declare":
		return len(rest) > 0 && rest[0] == '@'
	case "waitfor", "shutdown":
		return true
	case "copy", "grant":
		return contains(rest, " to ") || contains(rest, " from ")
	}
	return false
}

func isOperator(c byte) bool { return c == '+' || c == '-' || c == '/' }

func digits(rest []byte) bool {
	rest = trimLeft(rest)
	return len(rest) > 0 && (isDigit(rest[0]) || rest[0] == '(' || rest[0] == '\'')
}

// orders reports whether a column's number and a comment follow.
func orders(rest []byte) bool {
	n := 0
	for n < len(rest) && (isDigit(rest[n]) || rest[n] == ',') {
		n++
	}
	return n > 0 && isComment(trimLeft(rest[n:]))
}

// isComment reports whether a comment begins here.
func isComment(rest []byte) bool {
	return hasPrefix(rest, "--") || hasPrefix(rest, "#") || hasPrefix(rest, ";") && (len(rest) == 1 || isComment(trimLeft(rest[1:]))) || hasPrefix(rest, ";%00")
}

// endsInComment reports whether a comment is the end.
func endsInComment(s []byte) bool {
	end := bytes.TrimRight(s, " -+")
	return len(end) > 0 && end[len(end)-1] == '#' || contains(s[len(end):], "--")
}

// commentsOut reports whether a value closes a quote and comments out what follows:
// admin'-- .
func commentsOut(s []byte) bool {
	end := s
	for len(end) > 0 && (end[len(end)-1] == '-' || end[len(end)-1] == ' ' || end[len(end)-1] == '#' || end[len(end)-1] == ';' || end[len(end)-1] == '+') {
		end = end[:len(end)-1]
	}
	comment := s[len(end):]
	if !contains(comment, "--") && !hasPrefix(comment, "#") {
		return false
	}
	for len(end) > 0 && end[len(end)-1] == ')' {
		end = end[:len(end)-1]
	}
	if len(end) == 0 {
		return false
	}
	last := end[len(end)-1]
	return (last == '\'' || last == '"') && quotes(end, last)%2 == 1
}
