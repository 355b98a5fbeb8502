// Package block holds what is searched of up to 1,024 consecutive entries of the
// application log in one value, column by column. A block follows from the entries
// and answers as [query.Events.Match] does; docs/format.md has its form.
package block
