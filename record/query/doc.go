// Package query has the questions that one can ask about the logs: their URL
// parameters, the language of the search box, the test whether a record matches,
// and the cursors of pages.
package query
