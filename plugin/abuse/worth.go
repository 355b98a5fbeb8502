package abuse

import (
	"math"

	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/record"
)

// A charge is what a request is worth for one rule.
type charge struct {
	rule int
	// cost is 1 for a whole request.
	cost float64
	// value is what matched. A request that matches by the same value again costs
	// only repeat times as much. With a value of 0 each request costs the same.
	value  uint32
	repeat float64
	// fastRepeat is what it costs then in the fast bucket, if that is more than repeat.
	fastRepeat float64
	// mild means that the request never leads to a ban.
	mild bool
}

const (
	maxMatches = 8
	maxCharges = 20
)

// judgement is what a request is worth for all rules.
type judgement struct {
	charges [maxCharges]charge
	n       int
	// rules is the set of rules that it counts for.
	rules uint64
	// never means that nothing may be learned from the request: it is an attack, or
	// asks for secrets.
	never bool
	// intent is the most certain of what it asks for, if found is not 0.
	intent intent.Kind
	// matches are what it asks for that the application's users may also write.
	matches [maxMatches]intent.Match
	matched int
	// found is how many entries of matches were used.
	found int
}

func (j *judgement) add(c charge) {
	if j.n < maxCharges {
		j.charges[j.n], j.n = c, j.n+1
		j.rules |= 1 << c.rule
	}
}

// of returns the charge for a rule that the request counts for.
func (j *judgement) of(rule int) *charge {
	for i := range j.n {
		if j.charges[i].rule == rule {
			return &j.charges[i]
		}
	}
	return nil
}

// drop drops the charges of a set of rules.
func (j *judgement) drop(rules uint64) {
	if j.rules &= ^rules; rules == 0 {
		return
	}
	n := 0
	for _, c := range j.charges[:j.n] {
		if rules>>c.rule&1 == 0 {
			j.charges[n], n = c, n+1
		}
	}
	j.n = n
}

// answer is what the application answered.
type answer uint8

const (
	neutral answer = iota // says nothing about the request: 401, 5xx
	served
	missed
	forbidden
)

// answerOf classifies the answer to a request.
func (o *observation) answerOf() answer {
	switch s := o.Status; {
	case s == 403:
		return forbidden
	case s == 400 || s == 404 || s == 405 || s == 410:
		return missed
	case s >= 200 && s < 400:
		if !o.known.Own && o.d.learned.Unknown(o.Method, o.Path, s, o.Bytes, o.now) {
			return missed // the application answers everything with this page
		}
		return served
	}
	return neutral
}

// intentNames are what the kinds of intent are called in evidence.
var intentNames = [intent.Kinds]record.Intent{
	intent.Exploit: record.IntentExploit, intent.SQL: record.IntentSQL, intent.Script: record.IntentScript, intent.Code: record.IntentCode,
	intent.Traversal: record.IntentTraversal, intent.Secret: record.IntentSecret, intent.Backdoor: record.IntentBackdoor,
	intent.AdminInterface: record.IntentAdminInterface, intent.CVE: record.IntentCVE, intent.Technology: record.IntentTechnology,
}

// worth returns why the request counts, and for which rule most. Rules for which
// ordinary requests count are left out, and the one that counts for a subnet.
func (o *observation) worth() record.Worth {
	w := record.Worth{Intent: record.IntentOrdinary, Answer: o.answerName(), Client: o.clientStatus()}
	var most *charge
	for i := range o.judged.n {
		c := &o.judged.charges[i]
		if (ordinary|1<<subnetProbing)>>c.rule&1 == 0 && (most == nil || c.cost > most.cost) {
			most = c
		}
	}
	if most != nil {
		rule := &o.d.rules.list[most.rule]
		w.Rule, w.Cost = rule.Name, math.Round(most.cost*1000)/1000
		switch rule.Class {
		case Secret:
			w.Intent = record.IntentSecret
		case Product:
			w.Intent = record.IntentProduct
		case Guess:
			w.Intent = record.IntentLogin
		}
	}
	if o.judged.found > 0 {
		w.Intent = intentNames[o.judged.intent]
	}
	return w
}

// answerName returns what the application answered, as evidence has it.
func (o *observation) answerName() record.Answer {
	switch {
	case o.known.Own:
		return record.AnswerOwn
	case o.known.Broken:
		return record.AnswerDeadLink
	case o.answer == served:
		return record.AnswerServed
	case o.answer == missed && o.Status < 400:
		return record.AnswerCatchAll
	case o.answer == missed:
		return record.AnswerMissing
	case o.answer == forbidden:
		return record.AnswerForbidden
	case o.Status == 401:
		return record.AnswerUnauthorized
	case o.Status >= 500:
		return record.AnswerFailed
	}
	return record.AnswerOther
}

// clientStatus returns what is known about who sent the request.
func (o *observation) clientStatus() record.ClientStatus {
	switch {
	case o.caused():
		return record.ClientCaused
	case o.isUser():
		return record.ClientUser
	case o.confirmed:
		return record.ClientSession
	case !o.unknownAgent:
		return record.ClientKnownAgent
	case o.class.tool:
		return record.ClientTool
	case o.class.crawler >= 0:
		return record.ClientClaimsCrawler
	case o.conduct.Good(o.now):
		return record.ClientGood
	case o.hasUsers:
		return record.ClientNearUsers
	case o.conduct.Served():
		return record.ClientVisitor
	}
	return record.ClientStranger
}
