package query

import (
	"net/url"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Learned asks for what was learned about the application; zero fields ask for nothing
// in particular.
type Learned struct {
	Kind record.LearnedKind
	// Text must occur in the text of an item.
	Text  string
	Limit int
}

var learnedParams = []string{"kind", "q", "limit"}

// ParseLearned reads the parameters of GET learned. The error is a
// [*record.ParamError].
func ParseLearned(values url.Values) (Learned, error) {
	p := newParams(values, learnedParams, time.Time{}, nil)
	kinds := make([]string, len(record.LearnedKinds))
	for i, k := range record.LearnedKinds {
		kinds[i] = string(k)
	}
	q := Learned{Kind: record.LearnedKind(p.oneOf("kind", kinds...)), Text: p.text("q"), Limit: p.limit()}
	return q, p.err
}
