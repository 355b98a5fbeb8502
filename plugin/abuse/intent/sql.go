package intent

import (
	"math/bits"

	"github.com/corazawaf/libinjection-go"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// sqlWords are reported, weakly, when libinjection finds no injection: scanners try
// pieces, but people write about SQL too.
var sqlWords = []string{
	"information_schema", "union select", "union all select", "union(select", "selectchar(", "null,null", "sysobjects", "pg_catalog", "sqlite_master",
	"benchmark(", "load_file(", "pg_sleep(", "sleep(", "substr(", "substring(", "chr(", "distinct(", "upper(", "hex(", "md5(", "waitfor delay",
	"xp_cmdshell", "extractvalue(", "updatexml(", "into outfile", "into dumpfile", "concat(", "group_concat(", "@@version",
}

// sqlKeywords make a value worth a look by libinjection.
var sqlKeywords = []string{
	"select", "union", "insert ", "update ", "delete ", "drop ", "exec", " or ", " and ", ")or", ")and", "||", "&&", "xor", "having", "order by",
	"waitfor", "like", "sysdate", "declare ", "truncate ", "alter ", "create ", "shutdown", "case when", "dbms_", "utl_", "--", "/*",
}

var sqlMatcher = func() *pattern.Matcher {
	var patterns []pattern.Pattern
	for i, word := range sqlWords {
		patterns = append(patterns, pattern.Pattern{Text: word, Bit: 1 << i, In: pattern.InPath})
	}
	for _, word := range sqlKeywords {
		patterns = append(patterns, pattern.Pattern{Text: word, Bit: 1 << 63, In: pattern.InPath})
	}
	return pattern.NewMatcher(patterns)
}()

// sql finds attempts to extend a statement. libinjection decides, but it takes calls
// of functions and filters of query languages for injections. So an injection is
// strong only if it also breaks out of the place that a value has in a statement.
//
// Of a long value the beginning and the end are looked at.
func sql(f *finder, v *value) (what string, weak, found bool) {
	what, weak, found = sqlIn(f, v, v.text[:min(len(v.text), maxParsed)])
	if len(v.text) <= maxParsed || found && !weak {
		return what, weak, found
	}
	if end, endWeak, inEnd := sqlIn(f, v, v.text[max(maxParsed, len(v.text)-maxParsed):]); inEnd {
		return end, endWeak, true
	}
	return what, weak, found
}

func sqlIn(f *finder, v *value, text []byte) (what string, weak, found bool) {
	words := sqlMatcher.Find(text, len(text))
	if (v.has&quote != 0 || words != 0) && f.mayParse(text) && f.isSQL(text) {
		f.squeezed = squeeze(f.squeezed[:0], text)
		if breaksOut(f.squeezed) || commentsOut(text) {
			_, fingerprint := libinjection.IsSQLi(string(text))
			return fingerprint, false, true
		}
		if words&^(1<<63) == 0 {
			return "sql", true, true
		}
	}
	if v.has&quote != 0 && commentsOut(text) {
		return "quote and comment", false, true
	}
	for words &^= 1 << 63; words != 0; words &= words - 1 {
		word := sqlWords[bits.TrailingZeros64(words)]
		if i := index(text, word); i == 0 || i > 0 && !isWord(text[i-1]) {
			return word, true, true
		}
	}
	return "", false, false
}
