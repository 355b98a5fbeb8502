// Package abuse detects attackers: it judges requests, counts what they are worth by
// rules, flags the clients that break them, and decides which requests pass.
// docs/detection.md describes what it detects and why.
//
// It has no clock, disk or network. Times are arguments, so that a log is replayed
// in the log's time, and state that must survive a restart goes in and out as
// values. The same input gives the same output in all modes.
//
// A [Detector] is called twice for a request: [Detector.Admit] decides before the
// request is served whether it may pass, [Detector.Observe] learns from the answer.
// [Detector.Login] learns from the application's login events.
//
// A request that is to be admitted is checked against decisions, sanctions and rates
// (admit.go, admit_rate.go). One that was answered goes through these steps, which are
// best read in this order:
//
//	observe.go      the steps, and who sent the request
//	judge.go        what it is worth for which rule: what it asks for (package
//	                intent), what the application answered (package learned), and how
//	                its client was answered before (counter.Conduct)
//	count.go        for whom it counts, in a fast and a slow bucket; identity.go and
//	                package counter
//	count_target.go whom an overflow is to be sanctioned as
//	sanction.go     stricter throttles and bans for overflows, and flags; packages
//	                sanction and flags
//
// Clients of good standing then teach what the application's own is (package learned).
// Package known has the accounts and sessions that logged in.
//
// Memory is bounded for any input; see shard.go.
package abuse
