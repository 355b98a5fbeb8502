//go:build !race

// The race detector's memory takes long to look at.

package main

import "testing"

// Every question must find something, or its time means nothing.
func TestQuestionsFindSomething(t *testing.T) {
	const seed, records = 1, 20_000
	j := job{dir: t.TempDir(), form: full, seed: seed, records: records, rate: 1}
	in, err := importJob(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if n := in.(imported).Records; n != records {
		t.Fatalf("%d requests imported, want %d", n, records)
	}
	rare, err := rareAddress(seed, records)
	if err != nil {
		t.Fatal(err)
	}
	j.file = rare.String()
	answers, err := questionsJob(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range theQuestions(seed, records, rare) {
		if answers.([]asked)[i].Rows == 0 {
			t.Errorf("%s: nothing found", q.name)
		}
	}
}
