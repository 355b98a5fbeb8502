package record

import (
	"encoding/json"
	"time"
)

// Evidence is a request that proves a flag, and what it was worth.
type Evidence struct {
	Request
	Worth
}

// Worth is why a request counted for a rule: what it asked for, what the application
// answered, and who asked. Its zero value is that of evidence which was stored
// without it.
type Worth struct {
	Intent Intent       `json:"intent,omitempty"`
	Answer Answer       `json:"answer,omitempty"`
	Client ClientStatus `json:"client,omitempty"`
	// Rule is the rule that the request counted most for.
	Rule string `json:"rule,omitempty"`
	// Cost is what it counted for that rule: 1 is a whole request.
	Cost float64 `json:"cost,omitempty"`
}

// Intent is what a request asked for.
type Intent string

// The intents, from the most to the least certain.
const (
	IntentExploit        Intent = "exploit"
	IntentSQL            Intent = "sql"
	IntentScript         Intent = "script"
	IntentCode           Intent = "code"
	IntentTraversal      Intent = "traversal"
	IntentSecret         Intent = "secret"
	IntentBackdoor       Intent = "backdoor"
	IntentAdminInterface Intent = "admin_interface"
	IntentCVE            Intent = "cve"
	IntentTechnology     Intent = "technology"
	// IntentProduct is a file of a product that may not be here, such as WordPress.
	IntentProduct Intent = "product"
	// IntentLogin is an attempt to log in.
	IntentLogin Intent = "login"
	// IntentOrdinary is nothing suspicious.
	IntentOrdinary Intent = "ordinary"
)

// Answer is what the application answered to a request, together with what was
// learned about what was asked for.
type Answer string

// The answers.
const (
	// AnswerOwn means that the application has such pages, whatever this answer was.
	AnswerOwn Answer = "own"
	// AnswerDeadLink means that ordinary clients also asked for it in vain.
	AnswerDeadLink Answer = "dead_link"
	// AnswerCatchAll is a page that answers everything, and so a miss.
	AnswerCatchAll     Answer = "catch_all"
	AnswerServed       Answer = "served"
	AnswerMissing      Answer = "missing"
	AnswerForbidden    Answer = "forbidden"
	AnswerUnauthorized Answer = "unauthorized"
	AnswerFailed       Answer = "failed"
	// AnswerOther says nothing about the request.
	AnswerOther Answer = "other"
)

// ClientStatus is what was known about the client that sent a request.
type ClientStatus string

// The statuses. Of several that apply it is the first.
const (
	// ClientCaused means that another site or a page caused the request, without the
	// user's doing.
	ClientCaused ClientStatus = "caused"
	// ClientUser is a user that the server authenticated.
	ClientUser ClientStatus = "user"
	// ClientSession has a session that a login confirmed.
	ClientSession ClientStatus = "session"
	// ClientKnownAgent has the address and user agent of somebody who logged in.
	ClientKnownAgent ClientStatus = "known_agent"
	// ClientTool has the user agent of a scanner or a library.
	ClientTool ClientStatus = "tool"
	// ClientClaimsCrawler claims to be a search engine, which is not confirmed.
	ClientClaimsCrawler ClientStatus = "claims_crawler"
	// ClientGood has good standing: it fetched pages with their assets for a while.
	ClientGood ClientStatus = "good_standing"
	// ClientNearUsers is unknown, at an address where others logged in.
	ClientNearUsers ClientStatus = "near_users"
	// ClientVisitor was answered well before.
	ClientVisitor ClientStatus = "visitor"
	// ClientStranger was never answered well.
	ClientStranger ClientStatus = "stranger"
)

type evidenceJSON struct {
	requestJSON
	Worth
}

// MarshalJSON writes the request like [Request.MarshalJSON], with its worth.
func (e Evidence) MarshalJSON() ([]byte, error) {
	return json.Marshal(evidenceJSON{e.Request.json(), e.Worth})
}

// UnmarshalJSON reads what MarshalJSON wrote, also without a worth.
func (e *Evidence) UnmarshalJSON(data []byte) error {
	var in evidenceJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	r, err := in.request()
	if err != nil {
		return err
	}
	e.Request, e.Worth = r, in.Worth
	return nil
}

// In is e with its time in loc, so that JSON carries its offset.
func (e Evidence) In(loc *time.Location) Evidence {
	e.Request = e.Request.In(loc)
	return e
}
