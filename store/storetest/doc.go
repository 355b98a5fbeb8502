// Package storetest holds the promises that an application log must keep, as a
// test suite, and the faults to inject while it keeps them.
//
// It imports no store: a store's own tests hand it a way to open one.
package storetest
