// Package abuse detects attackers: it counts requests by rules, flags the clients
// that break them, and decides which requests pass. docs/detection.md describes what
// it detects and why.
//
// It has no clock, disk or network. Times are arguments, so that a log is replayed
// in the log's time, and state that must survive a restart goes in and out as
// values. The same input gives the same output in all modes.
//
// A [Detector] is called twice for a request: [Detector.Admit] decides before the
// request is served whether it may pass, [Detector.Observe] learns from the answer.
// [Detector.Login] learns from the application's login events.
//
// An observed request goes through four steps, which are best read in this order:
//
//	observe.go      the steps
//	classify.go     which rules it counts for; wordlists.go and package pattern
//	count.go        for whom it counts; identity.go and package counter
//	count_target.go whom an overflow is to be sanctioned as
//	sanction.go     bans and throttles for overflows, and flags; packages sanction
//	                and flags
//
// Memory is bounded for any input; see shard.go.
package abuse
