package intent

// metadata are the addresses at which clouds tell a machine its secrets, and schemes
// by which a server is made to talk to other services.
var metadata = []string{
	"169.254.169.254", "metadata.google.internal", "http://2852039166", "http://0xa9fea9fe", "fd00:ec2::254", "100.100.100.200/latest",
}

var services = []string{"gopher://", "dict://", "ldap://127.", "ldap://localhost", "jar:http"}

// internal finds a request that the server is to make to its own network.
func internal(_ *finder, v *value) (what string, weak, found bool) {
	for _, host := range metadata {
		if contains(v.text, host) {
			return host, isProse(v.name), true
		}
	}
	for _, scheme := range services {
		if hasPrefix(v.text, scheme) {
			return scheme, isProse(v.name), true
		}
	}
	return "", false, false
}
