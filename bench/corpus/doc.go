// Package corpus makes access logs: the same seed and length, the same log, on
// every machine. They are to compress and to be asked as real ones do, so
// visitors come back, pages bring their assets, and a few addresses do much.
package corpus
