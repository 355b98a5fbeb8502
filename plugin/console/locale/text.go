package locale

// Text marks a text that is translated elsewhere, so that the test of the texts
// finds it.
func Text(key string) string { return key }
