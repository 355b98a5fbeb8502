// Package request is a request on its way through the gate: it asks the detection
// whether the request may pass, takes the events out of the response and stores them,
// and records the request once it is over. Where a handler fails, Caddy calls the
// server's error routes, and the request is recorded after them.
package request
