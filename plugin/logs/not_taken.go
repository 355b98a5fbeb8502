package logs

// NotTaken is a reason why the gate does not take an event that the application sent.
type NotTaken uint32

// The reasons.
const (
	// Removed means that the header was removed before the response came to the gate.
	Removed NotTaken = 1 << iota
	// Replayed means that the event has no id and comes from a cache: it may have
	// been stored when the response came first.
	Replayed
)

// remedies say what happened, and what to do about it.
var remedies = map[NotTaken]string{
	Removed: "an event was not taken: X-App-Event was removed from the response before the gate. " +
		"The application must not name it in Connection, and neither header_down, header nor handle_response may remove it",
	Replayed: "an event was not taken: the response came from a cache (Age, Cache-Status) and the event has no id, so that it may have been stored before. " +
		"Give events an id, or do not cache responses that have one",
}

// CountNotTaken counts events of a response to route that are not taken, and logs the
// first for each reason.
func (l *Logs) CountNotTaken(why NotTaken, events int, route string) {
	l.notTaken.Add(uint64(events))
	if told := l.toldNotTaken.Or(uint32(why)); NotTaken(told)&why != 0 {
		return
	}
	l.o.Log.Warn(remedies[why], "instance", l.o.Instance, "route", route, "help", "docs/event-header.md")
}
