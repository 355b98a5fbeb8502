package record

import (
	"iter"
	"maps"
)

// Code names a kind of invalid value. Programs compare codes and never read the
// text that belongs to one.
type Code string

// Codes of parameters in general.
const (
	UnknownParam    Code = "unknown_param"
	NoParams        Code = "no_params"
	OnlyParam       Code = "only_param"
	NotOfPage       Code = "not_of_page"
	NotOfForm       Code = "not_of_form"
	NothingLeftOut  Code = "nothing_left_out"
	GivenTwice      Code = "given_twice"
	NotGivenOnce    Code = "not_given_once"
	InvalidEncoding Code = "invalid_encoding"
	InvalidCursor   Code = "invalid_cursor"
)

// Codes of values.
const (
	NotOneOf         Code = "not_one_of"
	NotSomeOf        Code = "not_some_of"
	NotNumber        Code = "not_number"
	NotCount         Code = "not_count"
	NotBool          Code = "not_bool"
	NotTime          Code = "not_time"
	NotStep          Code = "not_step"
	TooManySteps     Code = "too_many_steps"
	TooManyStepsKept Code = "too_many_steps_kept"
	BeforeFrom       Code = "before_from"
	LessThanFrom     Code = "less_than_from"
	NotAddress       Code = "not_address"
	NotStatus        Code = "not_status"
	NotASN           Code = "not_asn"
	NotCategory      Code = "not_category"
	NotType          Code = "not_type"
	NotDays          Code = "not_days"
	NotCategoryName  Code = "not_category_name"
	NotTimezone      Code = "not_timezone"
	NotImportID      Code = "not_import_id"
	NotSHA256        Code = "not_sha256"
	TooManyBytes     Code = "too_many_bytes"
	TooManyLetters   Code = "too_many_letters"
	EmptyValue       Code = "empty"
)

// Codes of a search in the parameter q.
const (
	UnknownQualifier Code = "unknown_qualifier"
	NoValue          Code = "no_value"
	TooManyTerms     Code = "too_many_terms"
	OpenQuote        Code = "open_quote"
	TimeNegated      Code = "time_negated"
	NegatedTerm      Code = "negated_term"
	SecondText       Code = "second_text"
	SecondValue      Code = "second_value"
)

// Codes of decisions about flags.
const (
	TooWide            Code = "too_wide"
	NotDecisionTime    Code = "not_decision_time"
	ForOthers          Code = "for_others"
	ForAddresses       Code = "for_addresses"
	NotText            Code = "not_text"
	InstanceNamed      Code = "instance_named"
	AccountLength      Code = "account_length"
	UnknownMember      Code = "unknown_member"
	UnknownSubjectPart Code = "unknown_subject_part"
	MissingMember      Code = "missing_member"
	NotSubject         Code = "not_subject"
	BesideDecisions    Code = "beside_decisions"
	NotDecisions       Code = "not_decisions"
	Undecidable        Code = "undecidable"

	UnknownCorrectionPart Code = "unknown_correction_part"
	MissingCorrectionPart Code = "missing_correction_part"
)

// Codes of JSON bodies.
const (
	NotObject       Code = "not_object"
	NotJSON         Code = "not_json"
	TruncatedJSON   Code = "truncated_json"
	TrailingData    Code = "trailing_data"
	MemberTwice     Code = "member_twice"
	UnknownSetting  Code = "unknown_setting"
	NotTimezoneText Code = "not_timezone_text"
)

// codeTexts has the English text of every code. What a text says is what its
// parameter did wrong, so that it can follow the parameter's name.
var codeTexts = map[Code]string{
	UnknownParam:    "is not a parameter here; there are: %s",
	NoParams:        "is not a parameter here; there are none",
	OnlyParam:       "is not a parameter here; there is: %s",
	NotOfPage:       "is not a parameter of a page",
	NotOfForm:       "is not a field of this form",
	NothingLeftOut:  "is not a parameter here; nothing is left out",
	GivenTwice:      "may be given once only",
	NotGivenOnce:    "must be given, once",
	InvalidEncoding: "cannot be read: %s",
	InvalidCursor:   "is none that this list gave out; ask again without it",

	NotOneOf:         "must be one of %s",
	NotSomeOf:        "must be some of %s, separated by commas",
	NotNumber:        "must be a whole number from %s to %s",
	NotCount:         "must be a whole number from 0 on",
	NotBool:          "must be true or false",
	NotTime:          "is no time: give RFC 3339 (2026-01-31T10:31:20+01:00), a date (2026-01-31) or an age (24h, 7d)",
	NotStep:          "must be a whole number of seconds up to 366 days, such as 5m, 1h or 1d",
	TooManySteps:     "makes more than 10,000 steps; give a longer one or a shorter time",
	TooManyStepsKept: "makes more than %s steps of what is kept; give a longer one, or from and to",
	BeforeFrom:       "is before from",
	LessThanFrom:     "must not be less than from",
	NotAddress:       "is no address (203.0.113.7) or prefix (203.0.113.0/24)",
	NotStatus:        "must be a status (404) or a class (4xx)",
	NotASN:           "must be the number of a network (3320)",
	NotCategory:      "must be a lower-case word such as booking or login",
	NotType:          "must be noun.verb (booking.created) or noun.* for all of a noun's",
	NotDays:          "must be a whole number of days from %s to %s",
	NotCategoryName:  "must be a category, a lower-case word such as booking or login",
	NotTimezone:      "is no time zone; give an IANA name such as Europe/Berlin or UTC",
	NotImportID:      "must be 1 to 128 visible ASCII characters",
	NotSHA256:        "must be a SHA-256 in hexadecimal digits",
	TooManyBytes:     "is longer than %s bytes",
	TooManyLetters:   "is longer than %s characters",
	EmptyValue:       "is empty",

	UnknownQualifier: "is no qualifier; there are %s. To search for the text, put it in quotation marks",
	NoValue:          "needs a value right behind the colon",
	TooManyTerms:     "has more than %s terms",
	OpenQuote:        "has a quotation mark that is not closed",
	TimeNegated:      "cannot be turned round; use before: and after:",
	NegatedTerm:      "is not for the server log: it finds what is, and leaves nothing out",
	SecondText:       "is a second text, and the server log looks for one: put words that belong together in quotation marks",
	SecondValue:      "is asked for beside another %s, and the server log looks for one",

	TooWide:            "is too wide; decide about a /%s of IPv4 or a /%s of IPv6 at most",
	NotDecisionTime:    "must be a time from 1s to 3650d, such as 4h or 30d",
	ForOthers:          "is for %s; leave it out",
	ForAddresses:       "is for addresses; about an account or the instance decide clear, confirm or false_positive",
	NotText:            "must be a text",
	InstanceNamed:      "must be empty: there is one instance",
	AccountLength:      "must have 1 to %s bytes",
	UnknownMember:      "is no part of a decision; there are: %s",
	UnknownSubjectPart: "is no part of a subject; there are: kind, value",
	MissingMember:      "is missing; a decision needs %s",
	NotSubject:         `must be an address or a prefix in quotation marks, or {"kind":"…","value":"…"}`,
	BesideDecisions:    "stands beside decisions; put it into each of them",
	NotDecisions:       "must be a list of 1 to %s decisions",
	Undecidable:        "%s",

	UnknownCorrectionPart: "is no part of a correction; there are: %s",
	MissingCorrectionPart: "is missing; a correction needs %s",

	NotObject:       "must be a JSON object (at byte %s)",
	NotJSON:         "is not JSON (at byte %s)",
	TruncatedJSON:   "is not whole, or not JSON (at byte %s)",
	TrailingData:    "goes on after the JSON object; send nothing else (at byte %s)",
	MemberTwice:     "is there twice; give it once",
	UnknownSetting:  "is not a setting; there are: %s",
	NotTimezoneText: "must be a text, the IANA name of a time zone such as Europe/Berlin or UTC",
}

// Codes yields every code, in no order.
func Codes() iter.Seq[Code] { return maps.Keys(codeTexts) }
