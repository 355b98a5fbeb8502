// Package search finds events in the application log through blocks: the head and the
// terms of a block tell whether it can have an answer.
package search
