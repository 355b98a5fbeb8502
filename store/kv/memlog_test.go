package kv

import (
	"math/rand/v2"
	"testing"
)

// A search through much damage ends in time.
func TestSearchThroughNoise(t *testing.T) {
	noise := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	if repaired, _ := repairLog(noise); repaired != nil {
		t.Error("noise is repaired")
	}
}
