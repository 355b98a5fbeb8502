package record

import (
	"encoding/json"
	"testing"
	"time"
)

// Milliseconds with three decimals are no exact binary numbers.
func TestEveryMicrosecondSurvivesJSON(t *testing.T) {
	for us := range 20_000 {
		in := Request{Duration: time.Duration(us) * time.Microsecond}
		line, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out Request
		if err := json.Unmarshal(line, &out); err != nil || out.Duration != in.Duration {
			t.Fatalf("%v became %v (%v)", in.Duration, out.Duration, err)
		}
	}
}
