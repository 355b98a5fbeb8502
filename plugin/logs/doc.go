// Package logs has the parts of an instance's open logs that need neither Caddy
// nor a store: the requests in flight, the feeds for those who follow a log, and
// the barrier in front of reads while retention is overdue.
package logs
