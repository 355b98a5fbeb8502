package console

// statusError is an answer other than the one asked for.
type statusError struct {
	status int
	// detail is a text for fmt.Sprintf and for [locale.Locale.Translate].
	detail string
	args   []any
}
