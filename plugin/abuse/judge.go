package abuse

import (
	"strings"

	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// What a request is worth is judged by three things together: what it asks for
// (package intent), what the application answered (package learned), and who asks
// (counter.Conduct).

// judge finds what the request is worth.
func (o *observation) judge() {
	o.known = o.d.learned.Look(o.Method, o.Path)
	o.answer = o.answerOf()
	o.static = intent.Static(o.Path)
	o.judgeIntent()
	o.judgeMiss()
	o.judgeGuess()
	o.judgeForm()
	for i := range o.d.classifier.own {
		if rule := &o.d.classifier.own[i]; rule.matches(o.Request) {
			c := charge{rule: ownRules + i, cost: 1}
			if rule.Distinct != Any {
				c.value = o.value(rule.Distinct) | 1
			}
			o.judged.add(c)
		}
	}
}

// ruleOf is the rule that a kind of intent counts for.
var ruleOf = [...]int{
	intent.Exploit: exploit, intent.SQL: sqli, intent.Script: xss, intent.Code: codeInjection, intent.Traversal: pathTraversal,
	intent.Secret: sensitiveFiles, intent.Backdoor: backdoors, intent.AdminInterface: adminInterface, intent.CVE: cve, intent.Technology: technology,
}

// repeatedInjection is what another injection into the same parameter costs.
const repeatedInjection = 0.5

// judgeIntent counts what the request asks for.
func (o *observation) judgeIntent() {
	j := &o.judged
	o.target = intent.Target{Method: o.Method, Path: o.Path, Query: o.Query, UserAgent: o.UserAgent, Referer: o.Referer}
	clean := o.d.target(&o.target, o.agent)
	if o.d.classifier.isClean(clean) {
		return
	}
	found := o.d.classifier.intent.Find(&o.target, j.matches[:0])
	if j.found = len(found); j.found == 0 {
		o.d.classifier.setClean(clean)
	}
	j.intent = intent.Kind(intent.Kinds)
	for _, m := range found {
		j.intent = min(j.intent, m.Kind)
		rule := ruleOf[m.Kind]
		c := charge{rule: rule, cost: 1, value: o.matchValue(&m), mild: m.Weak}
		switch builtin[rule].Class {
		case Proof:
			j.never = true
		case Injection:
			if m.Param != "" && o.d.learned.Writes(o.known.Template, m.Param, m.Weak) {
				continue // people write that there
			}
			if c.repeat = repeatedInjection; m.Weak {
				c.cost, c.repeat = 0.5, 0
			}
			j.matches[j.matched], j.matched = m, j.matched+1
		case Secret:
			j.never = j.never || m.Root
			if harmlessSecret(&m, o.known) {
				continue
			}
			c.value = o.value(Path) | 1
		case Product:
			if o.known.Own || o.known.Broken || o.answer != missed && o.answer != forbidden {
				continue
			}
			c.value = o.value(Path) | 1
		}
		j.add(c)
	}
}

const (
	// linkedMiss is what a miss costs if a page of the site links to it, otherMiss if
	// its method asks whether something is there.
	linkedMiss = 0.25
	otherMiss  = 0.25
	// catchAllMiss is what it costs if the answer is the application's page for
	// everything.
	catchAllMiss = 0.5
	// usersMiss is what a miss costs that comes from where users are.
	usersMiss = 0.1
)

// judgeMiss counts a request for what is not there.
func (o *observation) judgeMiss() {
	if o.known.Own || o.known.Broken || o.static || intent.Expected(o.Path) {
		return
	}
	if o.answer != missed && (o.answer != forbidden || !o.mature) {
		return
	}
	c := charge{rule: probing, cost: o.conduct.MissCost(), value: o.value(Path) | 1}
	switch {
	case o.isUser():
		c.cost = min(c.cost, 0.01)
	case o.hasUsers:
		c.cost *= usersMiss
	}
	if o.conduct.Served() && o.refersToSite() {
		c.cost *= linkedMiss
	}
	if o.Method != "GET" && o.Method != "HEAD" && o.Method != "POST" {
		c.cost *= otherMiss
	}
	if o.Status < 400 {
		// Somebody's bookmark into an application that answers everything with one
		// page, and finds the rest with a script, looks the same.
		c.cost *= catchAllMiss
	}
	o.judged.add(c)
	o.judgeSubnet(c.cost, c.value)
	if wordpressFile(o.Path) && !o.isUser() {
		o.judged.add(charge{rule: wordpressScan, cost: 1, value: o.value(Path) | 1})
	}
}

// judgeSubnet counts for the subnet of a client that has no standing.
func (o *observation) judgeSubnet(cost float64, value uint32) {
	if !o.loggedIn() && !o.conduct.Good(o.now) && o.loc.addr.Is4() {
		o.judged.add(charge{rule: subnetProbing, cost: cost, value: value})
	}
}

// refersToSite reports whether a page of the same host linked to the target.
func (o *observation) refersToSite() bool {
	return o.Referer != "" && o.Host != "" && !CrossSite("", o.Referer, o.Host)
}

// loginSuccess is what a POST to a login path costs whose answer looks like a
// success, because many applications redirect after failures too.
const loginSuccess = 0.25

// apiSuccess is what it costs where a success is plain: an API that creates a session
// tells a failure by the status.
const apiSuccess = 0.01

// isAPISuccess reports whether the answer to a POST to a login path is a success: it
// created something, or a program asked below /api/ or /rest/. Elsewhere a form that
// shows itself again after a failure is answered 200, too.
func (o *observation) isAPISuccess(path string) bool {
	if o.known.Login {
		return false // the application says itself what succeeds
	}
	switch o.Status {
	case 201, 202, 204:
		return true
	case 200:
		return strings.Contains(path, "/api/") || strings.Contains(path, "/rest/")
	}
	return false
}

// repeatedPassword is what the same wrong password costs again in the fast bucket: a
// phone with an old one sends it all the time.
const repeatedPassword = 0.1

// judgeGuess counts a refused password.
func (o *observation) judgeGuess() {
	j := &o.judged
	if o.Status == 401 && o.AuthFailed {
		repeat := repeatedPassword
		if o.Credential == 0 {
			repeat = 1 // in a log each may be another one
		}
		j.add(charge{rule: basicAuth, cost: 1, value: o.credential(), fastRepeat: repeat})
	}
	if o.Method != "POST" && o.Method != "PUT" && o.Method != "PATCH" {
		return
	}
	path := pattern.Spelled(o.Path)
	login := o.isLogin(path)
	if o.Status == 401 && !o.Token && !o.AuthFailed {
		// Elsewhere than at a login form a login may have expired: that never bans.
		j.add(charge{rule: post401, cost: o.conduct.RefusedCost(), mild: !login})
	}
	if o.Method != "POST" {
		return
	}
	switch {
	case o.Status == 403 && !o.known.Own:
		j.add(charge{rule: post403, cost: 1, mild: true})
	case o.Status == 200 && strings.HasSuffix(path, "/wp-login.php"):
		j.add(charge{rule: wordpressLogin, cost: 1})
	}
	if strings.HasSuffix(path, "/xmlrpc.php") && !o.known.Own {
		j.add(charge{rule: wordpressXMLRPC, cost: 1})
	}
	if login {
		c := charge{rule: loginRate, cost: 1}
		if o.Status >= 300 && o.Status < 400 {
			c.cost = loginSuccess
		} else if o.isAPISuccess(path) {
			c.cost = apiSuccess
		} else if o.Status >= 400 {
			o.judgeSubnet(1, uint32(o.loc.keys[0])|1)
		}
		j.add(c)
	}
}

// credential returns the hash of the credentials that were sent. A log has none: then
// the same client at the same path is taken to repeat itself.
func (o *observation) credential() uint32 {
	if o.Credential != 0 {
		return uint32(o.d.hash(kindText, o.Credential, "")) | 1
	}
	return uint32(o.d.hash(kindText, o.agent, o.Path+"\x00"+o.User)) | 1
}

// judgeForm counts by the form of the request.
func (o *observation) judgeForm() {
	j := &o.judged
	if o.class.tool {
		j.add(charge{rule: badAgent, cost: 1})
	}
	if !o.static && (o.Method == "GET" || o.Method == "HEAD") {
		j.add(charge{rule: crawl, cost: 1, value: o.value(FileName) | 1})
	}
	j.add(charge{rule: switchingAgent, cost: 1, value: o.value(UserAgent) | 1})
	if len(o.Query) >= 7 && len(o.Query) <= 12 && isDigits(o.Query) {
		j.add(charge{rule: bypassCache, cost: 1, value: o.value(Query) | 1})
	}
	name := fileName(o.Path)
	if len(name) == 6 && isLetters(name) {
		j.add(charge{rule: randomURI, cost: 1, value: o.value(Path) | 1})
	}
	if strings.Contains(o.Query, "author=") && asksForAuthor(o.Path, o.Query) {
		j.add(charge{rule: wordpressUserEnum, cost: 1, value: o.value(Query) | 1})
	}
	if containsFold(name, "wp-config.php") {
		j.add(charge{rule: wordpressConfig, cost: 1, value: o.value(FileName) | 1})
	}
	if invalidVersion(o.Proto) {
		j.add(charge{rule: httpVersion, cost: 1})
	}
	if (o.Status == 400 || o.Status == 405) && (o.Method == "CONNECT" || o.Absolute || isHTTPURL(o.Path)) {
		j.add(charge{rule: openProxy, cost: 1})
	}
}
