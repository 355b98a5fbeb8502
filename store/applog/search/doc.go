// Package search finds events in the application log: through the index that
// promises the fewest, and through blocks where an index names too many.
package search
