package intent

import "bytes"

// argument is what must follow a command.
type argument uint8

const (
	nothing argument = iota
	something
	option // an option, or a path
	number // a number, or an option
)

// commands are those that attacks run, with what must follow them: most are also
// ordinary words.
var commands = map[string]argument{
	"whoami": nothing, "ifconfig": nothing, "ipconfig": nothing, "netstat": nothing,
	"wget": something, "curl": something, "tftp": something, "ftpget": something, "nslookup": something, "busybox": something, "chmod": something,
	"certutil": something, "bitsadmin": something, "powershell": something, "mkfifo": something, "telnetd": something,
	"cat": option, "ls": option, "dir": option, "type": option, "rm": option, "uname": option, "bash": option, "sh": option, "cd": option,
	"python": option, "python3": option, "perl": option, "php": option, "ruby": option, "cmd": option, "cmd.exe": option, "cp": option, "mv": option, "ps": option, "head": option, "tail": option,
	"ping": number, "sleep": number, "nc": number, "ncat": number, "netcat": number, "timeout": number,
}

// command finds a shell's metacharacter with a command behind it.
func command(_ *finder, v *value) (what string, weak, found bool) {
	text := v.text
	if name := bareCommand(text); name != nil {
		return commandName(name), isProse(v.name), true
	}
	for i := 0; i < len(text); i++ {
		substitution := false
		switch text[i] {
		case ';', '|', '\n':
		case '`':
			substitution = true
		case '&':
			if i+1 == len(text) || text[i+1] != '&' {
				continue
			}
			i++
		case '$':
			if i+1 == len(text) || text[i+1] != '(' {
				continue
			}
			substitution = true
			i++
		default:
			continue
		}
		name := runsCommand(text[i+1:], substitution)
		if name == nil || text[i] == '`' && string(name) == "id" && isStatement(text) {
			continue
		}
		return commandName(name), isProse(v.name), true
	}
	return "", false, false
}

// verbs begin a whole SQL statement, in which `id` is the name of a column.
var verbs = set("select insert update delete replace alter create drop show explain describe with")

func isStatement(text []byte) bool {
	verb, rest := skipWord(trimLeft(text))
	return verbs[string(verb)] && len(rest) > 0 && rest[0] == ' '
}

// bareCommands are run without an argument to see whether something is run. They are
// ordinary words and names of columns.
var bareCommands = set("id ls dir pwd env ps hostname uname")

// bareCommand returns the bare command that is all that a value has behind a shell's
// metacharacter, at its beginning or behind an address; nil for none. Lists of names are
// separated like that, too, but none begins with a separator and ends with the first
// name.
func bareCommand(text []byte) []byte {
	behind := bytes.TrimLeft(text, "0123456789.")
	if bytes.Count(text[:len(text)-len(behind)], []byte(".")) == 3 {
		text = behind
	}
	command := bytes.TrimLeft(text, ";|&\n ")
	separators := bytes.TrimLeft(text[:len(text)-len(command)], " ")
	name, rest := skipWord(command)
	if len(separators) == 0 || !bareCommands[string(name)] || len(bytes.TrimLeft(rest, ";#&\n ")) > 0 {
		return nil
	}
	return name
}

// commandLines are parameters by which a web shell is told what to run.
var commandLines = set("cmd exec execute command shell system passthru cmdline")

// commandLine finds a command that a web shell is to run.
func commandLine(_ *finder, v *value) (what string, weak, found bool) {
	var b [16]byte
	if !commandLines[string(lowered(&b, v.name))] {
		return "", false, false
	}
	if name := runsCommand(v.text, false); name != nil {
		return commandName(name), false, true
	}
	return "", false, false
}

// runsCommand returns the name of the command that begins here, nil for none.
func runsCommand(text []byte, substitution bool) []byte {
	text = trimLeft(text)
	end := 0
	for end < len(text) && (isWord(text[end]) || text[end] == '/' || text[end] == '.' || text[end] == '-') {
		end++
	}
	name, rest := text[:end], text[end:]
	rooted := len(name) > 0 && name[0] == '/'
	name = name[bytes.LastIndexByte(name, '/')+1:]
	if string(name) == "id" && substitution {
		if rest = trimLeft(rest); len(rest) > 0 && (rest[0] == ')' || rest[0] == '`') {
			return name
		}
		return nil
	}
	needs, known := commands[string(name)]
	if !known {
		return nil
	}
	return accepted(name, rest, needs, rooted)
}

func accepted(name, rest []byte, needs argument, rooted bool) []byte {
	separated := false
	for _, blank := range []string{" ", "${ifs}", "$ifs$9", "$ifs", "<", "\t", "+"} {
		if hasPrefix(rest, blank) {
			separated, rest = true, trimLeft(rest[len(blank):])
			break
		}
	}
	if needs == nothing {
		if len(rest) == 0 || separated || !isWord(rest[0]) {
			return name
		}
		return nil
	}
	if !separated || len(rest) == 0 {
		return nil
	}
	c := rest[0]
	path := c == '/' || c == '-' || c == '.' && len(rest) > 1 && (rest[1] == '.' || rest[1] == '/') || len(rest) > 1 && rest[1] == ':' || c == '%' || c == '$'
	switch needs {
	case something:
		word, _, _ := bytes.Cut(rest, []byte(" "))
		if _, another := commands[string(word)]; another || path || isDigit(c) || bytes.ContainsAny(word, "./:$+") {
			return name
		}
	case option:
		if path || rooted {
			return name
		}
	case number:
		if path || rooted || isDigit(c) {
			return name
		}
	}
	return nil
}

var commandNames = func() map[string]string {
	names := map[string]string{"id": "command id"}
	for name := range commands {
		names[name] = "command " + name
	}
	for name := range bareCommands {
		names[name] = "command " + name
	}
	return names
}()

func commandName(name []byte) string { return commandNames[string(name)] }

// delimiters begin the expressions of template languages.
var delimiters = []struct{ begin, end, what string }{
	{"{{", "}}", "{{…}}"}, {"${", "}", "${…}"}, {"#{", "}", "#{…}"}, {"*{", "}", "*{…}"}, {"<%=", "%>", "<%=…%>"}, {"{%", "%}", "{%…%}"}, {"@(", ")", "@(…)"},
}

// reaches are what an expression needs to get out of a template.
var reaches = []string{
	"__class__", "__globals__", "__mro__", "__subclasses__", "__builtins__", "__import__", "constructor.constructor", ".constructor(", "request.application", "config.items", "self._templatereference",
	"?new()", "_self.env", ".getclass()", "getruntime", "lipsum.", "cycler.", "joiner.", "child_process", "file.open(", "system(", "exec(", "passthru(", "phpinfo(", "md5(", "popen(",
}

// codeWords are pieces of programs that no parameter has for another reason.
var codeWords = []string{"<?php ", "<?=`", "eval(base64_decode(", "die(@md5(", "die(md5(", "{php}", "${@print", "${@phpinfo", "${@eval", "{${"}

// template finds expressions that compute or reach out of the template. A name between
// braces is somebody's template.
func template(_ *finder, v *value) (what string, weak, found bool) {
	for _, d := range delimiters {
		text := v.text
		for range maxLookups {
			i := index(text, d.begin)
			if i < 0 {
				break
			}
			text = text[i+len(d.begin):]
			end := index(text, d.end)
			if end < 0 {
				break
			}
			if computes(text[:end]) {
				return d.what, false, true
			}
			if weak, found := namesInternal(text[:end]); found {
				return d.what, weak || isProse(v.name), true
			}
			for _, reach := range reaches {
				if contains(text[:end], reach) {
					return reach, false, true
				}
			}
		}
	}
	for _, word := range codeWords {
		if contains(v.text, word) {
			return word, isProse(v.name), true
		}
	}
	return "", false, false
}

// computes reports whether an expression is a product of constants, by which one sees
// whether it is computed.
func computes(text []byte) bool {
	if text = trimLeft(text); len(text) > 0 && text[0] == '=' { // as some languages begin one
		text = text[1:]
	}
	ok, rest := constant(trimLeft(text))
	factors := 1
	for rest = trimLeft(rest); ok && len(rest) > 0 && rest[0] == '*'; rest = trimLeft(rest) {
		ok, rest = constant(trimLeft(rest[1:]))
		factors++
	}
	return ok && factors > 1 && len(rest) == 0
}

// internals are names of template engines themselves, whose values show that a template
// is run. The value is whether a name is weak, because ordinary templates have it too.
var internals = map[string]bool{
	"config": true, "self": true, "request": true, "settings": true, "app": true, "session": true, "debug": true,
	"lipsum": false, "cycler": false, "joiner": false, "_self": false, "url_for": false, "get_flashed_messages": false,
	"dump(app)": false, "dump()": false, "config.secret_key": false, "settings.secret_key": false, "app.request.server.all": false,
	"self.__dict__": false, "request.environ": false, "product.getclass": false,
}

// namesInternal reports whether an expression is one of the internals.
func namesInternal(text []byte) (weak, found bool) {
	weak, found = internals[string(bytes.TrimRight(trimLeft(text), " "))]
	return weak, found
}
