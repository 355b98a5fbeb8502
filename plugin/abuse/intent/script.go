package intent

import (
	"strings"
)

// tags are those that attacks try. A value that has one without anything that runs is
// weak: people write and look for markup.
var tags = set(
	"a applet audio base bgsound body br button details div embed form frame frameset h1 head html iframe img image input isindex",
	"keygen link marquee math meta object p script style svg table td textarea template title video xml xss",
)

// calls are what a script is that stands alone in a value.
var calls = []string{"javascript:", "vbscript:", "alert(", "prompt(", "confirm(", "document.cookie", "document.domain", "string.fromcharcode("}

// script finds markup that would run a script.
func script(f *finder, v *value) (what string, weak, found bool) {
	if v.has&(less|quote) != 0 || v.has&equals != 0 && handler(v.text) >= 0 {
		if text := v.text[:min(len(v.text), maxParsed)]; f.mayParse(text) && isMarkup(text) {
			what, weak = runs(v.text)
			return what, weak, true
		}
	}
	if c := v.text; len(c) > 0 && (c[0] == '"' || c[0] == '\'') && handler(c) >= 0 {
		if what, weak = runs(c); !weak { // an attribute without quotes, which libinjection misses
			return what, false, true
		}
	}
	if v.has&less != 0 {
		if handler(v.text) >= 0 && firstTag(v.text) != "" {
			what, weak = runs(v.text)
			return what, weak, true
		}
		if tag := firstTag(v.text); tag != "" {
			return tag, true, true
		}
	}
	if v.has&(paren|colon) != 0 {
		for _, call := range calls {
			if i := index(v.text, call); i >= 0 && (i == 0 || !isWord(v.text[i-1])) {
				strong := i == 0 && strings.HasSuffix(call, "script:") && contains(v.text, "(") && !isProse(v.name)
				return call, !strong, true
			}
		}
	}
	return "", false, false
}

// runs returns what runs a script in markup; weak if nothing does.
func runs(text []byte) (what string, weak bool) {
	if i := index(text, "<script"); i >= 0 && i+7 < len(text) && !isWord(text[i+7]) {
		inside := text[i+7:]
		if contains(inside, "(") || contains(inside, "src=") || contains(inside, "`") || contains(inside, "=") {
			return "<script", false
		}
	}
	if i := handler(text); i >= 0 {
		for _, c := range text[i:] {
			switch c {
			case '(', '`', '&', ':':
				return "on…=", false
			}
		}
	}
	for _, scheme := range []string{"javascript:", "vbscript:", "data:text/html"} {
		if i := index(text, scheme); i > 0 && contains(text[:i], "<") {
			return scheme, false
		}
	}
	if contains(text, "srcdoc=") {
		return "srcdoc=", false
	}
	if tag := firstTag(text); tag != "" {
		return tag, true
	}
	return "markup", true
}

// handler returns where the value of an attribute such as onload begins, -1 if there
// is none.
func handler(text []byte) int {
	for i := 0; i+4 < len(text); i++ {
		if text[i] != 'o' || text[i+1] != 'n' || i > 0 && isWord(text[i-1]) {
			continue
		}
		name, rest := skipWord(text[i:])
		rest = trimLeft(rest)
		if len(name) >= 5 && len(rest) > 1 && rest[0] == '=' {
			return len(text) - len(rest) + 1
		}
	}
	return -1
}

// firstTag returns the first tag of the list, as it is reported.
func firstTag(text []byte) string {
	for {
		i := index(text, "<")
		if i < 0 {
			return ""
		}
		text = text[i+1:]
		if hasPrefix(text, "/") {
			text = text[1:]
		}
		if name, rest := skipWord(text); tags[string(name)] && (len(rest) == 0 || rest[0] == '>' || rest[0] == ' ' || rest[0] == '/' || rest[0] == '\n') {
			return tagName(name)
		}
	}
}

var tagNames = func() map[string]string {
	names := map[string]string{}
	for tag := range tags {
		names[tag] = "<" + tag
	}
	return names
}()

func tagName(name []byte) string { return tagNames[string(name)] }
