// Package intent finds what a request asks for, from its target and headers alone:
// an exploit, an injection, a secret file, a product's panel. It knows neither the
// answer nor the client; what a match is worth is for others to decide.
//
// The classes are the rows of a table; see [Classifier.Find].
package intent
