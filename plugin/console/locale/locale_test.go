package locale

import (
	"net/http/httptest"
	"testing"
)

func TestLocaleOf(t *testing.T) {
	for _, test := range []struct{ cookie, accept, want string }{
		{"", "", "en"}, {"", "de-AT,en;q=0.5", "de"}, {"", "fr, de;q=0.4", "de"}, {"", "fr", "en"}, {"", "en-GB,de;q=0.9", "en"},
		{"de", "en", "de"}, {"en", "de", "en"}, {"xx", "de", "de"}, {"<\"", "de;q=a", "en"}, {"", "*", "en"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", test.accept)
		if test.cookie != "" {
			r.Header.Set("Cookie", Cookie+"="+test.cookie)
		}
		if got := Of(r).Code; got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}
