// Package traffic reads traffic cases: text files that describe how a web
// application is used or attacked, request by request. They measure the
// detection. The format is described in plugin/abuse/testdata/traffic/README.md.
//
// A case is written without knowledge of the rules that are measured with it,
// which is why this package does not import them.
package traffic
