// Package logformat turns lines of access logs into requests and back, and
// writes requests, events and failures for people, spreadsheets and programs.
//
// What an attacker wrote into a log is harmless in all that it writes: nothing
// in it runs in a terminal or a spreadsheet, and nothing hides.
package logformat
