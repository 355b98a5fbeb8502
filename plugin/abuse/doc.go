// Package abuse tells attackers from visitors: rules, the buckets that count
// for them, flags, and verdicts. What it detects and why is in
// docs/detection.md.
//
// It has no clock, no disk and no network of its own. Times are given to it,
// so that a log is replayed in the log's time, and what must survive a restart
// goes in and out as values. The same input gives the same output, whatever
// the mode.
//
// A [Detector] is asked twice about a request: [Detector.Admit] says before it
// is served whether it may pass, [Detector.Observe] learns from how it was
// answered. [Detector.Login] learns from the application's own events.
//
// Its memory is bounded, whatever comes; see the constants in shard.go.
package abuse
