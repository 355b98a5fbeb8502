package plugin

import "testing"

func TestOutputAddress(t *testing.T) {
	for address, good := range map[string]bool{
		"localhost:5170": true, "udp/localhost:514": true, "[::1]:5170": true, "unix//run/collector.sock": true,
		"collector": false, "tcp/collector": false, "udp/10.0.0.1": false, "localhost:0": false, "localhost:1-2": false, "": false,
	} {
		if err := (&Output{To: "net", Address: address}).validate(); (err == nil) != good {
			t.Errorf("net %q: %v", address, err)
		}
	}
}
