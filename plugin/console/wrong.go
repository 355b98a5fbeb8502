package console

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// reasons are why a parameter is wrong. They are made in English, since programs
// are told them too: what stands for each %s is found in the reason again. One
// that is not here is shown in English.
var reasons = []string{
	phrase("is no qualifier; there are %s. To search for the text, put it in quotation marks"),
	phrase("needs a value right behind the colon"),
	phrase("has more than %s terms"),
	phrase("has a quotation mark that is not closed"),
	phrase("cannot be turned round; use before: and after:"),
	phrase("is not for the server log: it finds what is, and leaves nothing out"),
	phrase("is a second text, and the server log looks for one: put words that belong together in quotation marks"),
	phrase("is asked for beside another %s, and the server log looks for one"),
	phrase("is no time: give RFC 3339 (2026-01-31T10:31:20+01:00), a date (2026-01-31) or an age (24h, 7d)"),
	phrase("is before from"),
	phrase("is longer than %s bytes"),
	phrase("is not a parameter here; there are: %s"),
	phrase("is not a parameter here; there are none"),
	phrase("is not a parameter of a page"),
	phrase("is not a field of this form"),
	phrase("may be given once only"),
	phrase("must be one of %s"),
	phrase("must be a whole number from %s to %s"),
	phrase("must be a lower-case word such as booking or login"),
	phrase("must be noun.verb (booking.created) or noun.* for all of a noun's"),
	phrase("is none that this list gave out; ask again without it"),
	phrase("is too wide; decide about a /%s of IPv4 or a /%s of IPv6 at most"),
	phrase("must be a time from 1s to 3650d, such as 4h or 30d"),
	phrase("is for %s; leave it out"),
	phrase("is longer than %s characters"),
	phrase("is for addresses; about an account or the instance decide clear, confirm or false_positive"),
	phrase("is no address (203.0.113.7) or prefix (203.0.113.0/24)"),
	phrase("must be a status (404) or a class (4xx)"),
	phrase("must be the number of a network (3320)"),
	phrase("must be a whole number of days from %s to %s"),
	phrase("must be a category, a lower-case word such as booking or login"),
	phrase("is no time zone; give an IANA name such as Europe/Berlin or UTC"),
}

var reasonPatterns = func() []*regexp.Regexp {
	list := make([]*regexp.Regexp, len(reasons))
	for i, r := range reasons {
		list[i] = regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(r), "%s", "(.*)") + "$")
	}
	return list
}()

// sayReason puts why a parameter is wrong into words.
func (c *Console) sayReason(reason string) string {
	for i, pattern := range reasonPatterns {
		if found := pattern.FindStringSubmatch(reason); found != nil {
			args := make([]any, len(found)-1)
			for j, part := range found[1:] {
				args[j] = part
			}
			return c.say(reasons[i], args...)
		}
	}
	return reason
}

// sayWrongField is sayWrong for somebody who looks at a search box, and knows
// nothing of its name.
func (c *Console) sayWrongField(wrong *record.ParamError) string {
	if wrong.Param == "q" && wrong.Value != "" {
		return fmt.Sprintf("%q %s.", record.Cut(wrong.Value, 64), c.sayReason(wrong.Reason))
	}
	return c.sayWrong(wrong)
}

// sayWrong is wrong.Error in words.
func (c *Console) sayWrong(wrong *record.ParamError) string {
	said := *wrong
	said.Reason = c.sayReason(wrong.Reason)
	return said.Error()
}
