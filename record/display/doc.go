// Package display turns records into words, and into cells of a table that are safe
// to open in a spreadsheet.
package display
