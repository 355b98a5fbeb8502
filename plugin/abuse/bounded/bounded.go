// Package bounded keeps maps below a maximum size.
package bounded

// MakeRoom removes the entry with the lowest age from a map that has limit entries.
func MakeRoom[V any](m map[uint64]V, limit int, age func(V) int64) {
	if len(m) < limit {
		return
	}
	var victim uint64
	least := int64(-1)
	for key, v := range m {
		// Among equals the lowest key goes, so that the result does not depend on
		// the order of the map.
		if a := age(v); least < 0 || a < least || a == least && key < victim {
			victim, least = key, a
		}
	}
	delete(m, victim)
}
