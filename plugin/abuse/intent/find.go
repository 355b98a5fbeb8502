package intent

// class is a row of the table: where something is looked for, the characters of which
// a value must have one, and the test.
type class struct {
	kind  Kind
	in    place
	needs chars
	find  func(*finder, *value) (what string, weak, found bool)
}

// classes are looked for in this order, from most to least certain. What is found by
// its place in the path follows; see [tree].
var classes = [...]class{
	{Exploit, inPath | inQuery | inHeader, dollar | brace | percent | hash | at | backslash | classLoader, lookup},
	{Exploit, inPath | inQuery | inHeader, paren | dollar | brace | hash | at | backslash | colon | classLoader, exploit},
	{Exploit, inHeader | inParam, paren, shellshock},
	{Exploit, inPath | inParam, dots, escapes},
	{Exploit, inQuery, slash, gpon},
	{SQL, inParam | inSegment, quote | paren | semicolon | space | comma | underscore | equals | pipe, sql},
	{Script, inParam | inSegment, less | quote | colon | paren | equals, script},
	{Code, inParam, backtick | dollar | semicolon | pipe | ampersand | newline, command},
	{Code, inParam, space | slash | pipe, commandLine},
	{Code, inPath | inParam, newline, header},
	{Code, inParam | inSegment, brace | less | paren, template},
	{Code, inParam, colon, inclusion},
	{Code, inParam, colon | slash, internal},
	{Traversal, inPath, dots | colon, traversal},
	{Traversal, inParam, dots | slash | backslash, traversal},
}

// Find appends what a request asks for, at most cap(into)-len(into) matches, the most
// certain first. It allocates only for values that look like an injection.
func (c *Classifier) Find(t *Target, into []Match) []Match {
	f := finders.Get().(*finder)
	into = c.find(f, t, into)
	finders.Put(f)
	return into
}

func (c *Classifier) find(f *finder, t *Target, into []Match) []Match {
	f.tree, f.found, f.reported = c.places, into, len(into)
	f.split(t)
	for i := range classes {
		if row := &classes[i]; row.in&f.in != 0 && row.needs&f.has != 0 {
			f.look(row)
		}
	}
	f.findPlaces()
	if c.more != nil {
		c.findMore(f)
	}
	into = f.found
	f.target, f.found = nil, nil
	return into
}

func (f *finder) look(row *class) {
	for i := range f.values {
		v := &f.values[i]
		if v.in&row.in == 0 || v.has&row.needs == 0 {
			continue
		}
		if what, weak, found := row.find(f, v); found {
			f.report(Match{Kind: row.kind, Param: v.name, What: what, Weak: weak})
		}
	}
}
