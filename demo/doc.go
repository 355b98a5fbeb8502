// Package demo is what "gatebook demo" puts behind and in front of the gate: a
// small desk-booking application that sends its events in X-App-Event, and
// visitors who use it.
//
// The application is an example to read as well: it uses the standard library
// alone, and all that this takes is in event.go.
package demo
