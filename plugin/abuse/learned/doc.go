// Package learned is what the gate learns about the application from how it answers.
// The words of a request cannot tell an attack from a use; that the application
// answers it to many people does.
//
// An [App] learns five things ([Kind]): templates that are the application's own, dead
// links, parameters in which people write markup or SQL, login paths, and the page with
// which an application answers everything. Only clients of good standing teach
// ([Teacher]); three are needed, or one whom a login confirmed. A person's correction
// wins over what was learned.
//
// It has no clock, disk or goroutine: times are arguments, and what is to be stored is
// taken and restored as records. Memory is bounded whatever is taught; see table.go. A
// path that is not seen for 30 days is forgotten.
package learned
