package learned

import (
	"sync"
	"sync/atomic"
)

const (
	shards          = 64
	shardTemplates  = 256
	shardParameters = 64
	// maxParameter is the length of the longest name of a parameter that is learned.
	maxParameter = 64
	// ageEvery is how often what was not seen for long is looked for, in hours.
	ageEvery = 6
)

// App is what is learned about an application. It may be used concurrently.
type App struct {
	hash        hasher
	shards      [shards]shard
	catchAlls   catchAlls
	logins      logins
	maturity    maturity
	corrections corrections
	seen        [4096]atomic.Pointer[seenPath]
	useless     useless
	// aged is the hour in which the last old things were forgotten.
	aged atomic.Uint32
}

// shard has the templates with certain hashes, and the parameters of these templates.
type shard struct {
	mu         sync.RWMutex
	templates  table
	parameters table
}

// New returns an App that knows nothing. The seed is that of its hashes; what was
// stored with another seed can be restored, but for templates of more than 112 bytes.
func New(seed uint64) *App {
	a := &App{hash: hasher(seed)}
	for i := range a.shards {
		a.shards[i].templates, a.shards[i].parameters = newTable(shardTemplates), newTable(shardParameters)
	}
	a.logins.paths = map[uint64]*login{}
	a.corrections.hash = a.hash
	a.corrections.list = map[correctionKey]Correction{}
	a.corrections.changes, a.corrections.gone = map[correctionKey]bool{}, map[correctionKey]bool{}
	return a
}

func (a *App) shard(template uint64) *shard { return &a.shards[template>>58] }

// Known is what is known of a request.
type Known struct {
	// Template is the hash of the template, also of one that is not learned.
	Template uint64
	// Own means that the application answers such requests.
	Own bool
	// Broken means that people ask for it in vain, as for a dead link.
	Broken bool
	// Login means that the path is one at which people log in.
	Login bool
	// NoLogin means that a person said that it is not.
	NoLogin bool
	// Exact means that the template is of this path alone.
	Exact bool
	// ByPerson means that a person said so of the template.
	ByPerson bool
}

// Look returns what is known of a request.
func (a *App) Look(method, path string) (k Known) {
	seen := a.hash.under(uint64(classOf(method)[0])<<56, path)
	slot := &a.seen[seen>>52]
	known := slot.Load()
	if known == nil || known.path != seen {
		known = a.seePath(method, path, seen)
		slot.Store(known)
	}
	k.Template, k.Exact = known.template, known.exact
	if known.unlearnable {
		return k
	}
	s := a.shard(k.Template)
	s.mu.RLock()
	if e := s.templates.entries[k.Template]; e != nil {
		k.Own, k.Broken = e.own.learned(), e.broken.learned()
	}
	s.mu.RUnlock()
	if said := a.corrections.of(k.Template); said != 0 {
		k.Own, k.Broken, k.ByPerson = said.or(Own, k.Own), said.or(Broken, k.Broken), true
	}
	if a.logins.any() || a.corrections.any() {
		said := a.corrections.of(known.plain)
		k.Login, k.NoLogin = said.or(Login, a.logins.is(known.plain)), said.about(Login) == saidNo
	}
	return k
}

// seenPath is the template of a path that was looked up before: most requests are for
// the same paths as others.
type seenPath struct {
	// path is the hash of the path and the class of the method, template that of the
	// template, plain that of the template without the class.
	path, template, plain uint64
	unlearnable, exact    bool
}

func (a *App) seePath(method, path string, seen uint64) *seenPath {
	var t template
	t.set(method, path)
	return &seenPath{path: seen, template: a.hash.bytes(t.text()), plain: a.hash.bytes(t.path()), unlearnable: t.unlearnable, exact: string(t.path()) == path}
}

// Answer learns from how a client of good standing was answered. What was answered
// 2xx or 3xx to three teachers, or to a confirmed one, is the application's own. What
// was answered 400, 404, 405 or 410 to three teachers is a dead link.
//
// A catch-all tells nothing about a target, so it takes three teachers even if one is
// confirmed.
func (a *App) Answer(by *Teacher, method, path string, status int, bytes, now int64) {
	good, vain := status >= 200 && status < 400 || status == 101, status == 400 || status == 404 || status == 405 || status == 410
	if by.Suspect || !good && !vain {
		return
	}
	var t template
	if t.set(method, path); t.unlearnable {
		return
	}
	hour, who := hourOf(now), by.identity()
	a.age(hour)
	a.maturity.taught(who, by.Confirmed, hour)
	alone := good && by.Confirmed && !a.CatchAll(status, bytes)
	key := a.hash.bytes(t.text())
	s := a.shard(key)
	s.mu.Lock()
	became := s.answered(key, &t, who, good, alone, hour)
	s.mu.Unlock()
	if became {
		a.catchAlls.learned(key)
	}
}

// answered teaches a template and reports whether it became the application's own.
func (s *shard) answered(key uint64, t *template, who identity, good, alone bool, hour uint32) (became bool) {
	teach := func(e *entry) bool {
		if !good {
			return e.broken.teach(who, false, hour)
		}
		was := e.own.learned()
		changed := e.own.teach(who, alone, hour)
		became = !was && e.own.learned()
		return changed
	}
	e := s.templates.entries[key]
	if e != nil {
		s.templates.update(e, who.id, teach)
		return became
	}
	text := t.text()
	e = &entry{key: key, text: string(text[:min(len(text), maxText)]), cut: len(text) > maxText}
	teach(e)
	s.templates.change(e)
	s.templates.add(e, who.id)
	return became
}

// Unknown learns from the answer to a GET request of anybody whose template is
// neither own nor broken, and reports whether the answer is a catch-all: then the
// request was not answered.
func (a *App) Unknown(method, path string, status int, bytes, now int64) (catchAll bool) {
	if method != "GET" || !isPage(status, bytes) {
		return false
	}
	var t template
	t.set(method, path)
	folder := t.folder()
	if len(folder) == 0 {
		return false // the root is a page
	}
	hour := hourOf(now)
	a.age(hour)
	a.catchAlls.add(status, bytes, a.hash.bytes(folder), a.hash.bytes(t.text()), hour)
	return a.CatchAll(status, bytes)
}

// CatchAll reports whether an answer is the one that the application gives to
// everything. It counts for templates that are not its own.
func (a *App) CatchAll(status int, bytes int64) bool {
	if !isPage(status, bytes) {
		return false
	}
	key := answerKey(status, bytes)
	return a.corrections.of(key).or(CatchAll, a.catchAlls.is(key))
}

// Wrote learns that a teacher had markup, SQL or template text in a parameter of a
// request that was answered well. weak means that people write such a text without
// meaning an injection. For one that is not weak each subnet is one teacher, and so it
// is for fresh accounts: nobody opens a parameter with accounts of their own.
func (a *App) Wrote(by *Teacher, template uint64, parameter string, weak bool, now int64) {
	if by.Suspect || parameter == "" || len(parameter) > maxParameter {
		return
	}
	hour, who := hourOf(now), by.identity()
	if !weak || !by.Old {
		who = by.network()
	}
	a.age(hour)
	key := a.hash.under(template, parameter)
	s := a.shard(template)
	s.mu.Lock()
	defer s.mu.Unlock()
	teach := func(e *entry) bool { return e.own.teach(who, false, hour) }
	if e := s.parameters.entries[key]; e != nil {
		s.parameters.update(e, who.id, teach)
		return
	}
	e := &entry{key: key, parent: template, text: parameter}
	teach(e)
	s.parameters.change(e)
	s.parameters.add(e, who.id)
}

// Writes reports whether people write markup, SQL or template text in a parameter of
// the application's own: three teachers did, of three subnets if it is not weak.
func (a *App) Writes(template uint64, parameter string, weak bool) bool {
	key := a.hash.under(template, parameter)
	s := a.shard(template)
	s.mu.RLock()
	own, written := s.templates.entries[template], s.parameters.entries[key]
	isOwn, isWritten := own != nil && own.own.learned(), written != nil && written.own.learned() && (weak || written.own.wide())
	s.mu.RUnlock()
	learned := isWritten && a.corrections.of(template).or(Own, isOwn)
	return a.corrections.of(key).or(Writes, learned)
}

// LoginAt learns that somebody logged in at a path.
func (a *App) LoginAt(path string, now int64) {
	var t template
	if t.set("POST", path); t.unlearnable {
		return
	}
	hour := hourOf(now)
	a.age(hour)
	a.logins.add(a.hash.bytes(t.path()), t.path(), hour)
}

// Mature reports whether clients of good standing were seen for a day.
func (a *App) Mature(now int64) bool { return a.maturity.mature(hourOf(now)) }

// age forgets now and then what was not seen for 30 days.
func (a *App) age(hour uint32) {
	last := a.aged.Load()
	if hour >= last+ageEvery && a.aged.CompareAndSwap(last, hour) {
		a.forgetOld(hour)
	}
}

func (a *App) forgetOld(hour uint32) {
	for i := range a.shards {
		s := &a.shards[i]
		s.mu.Lock()
		s.templates.age(hour)
		s.parameters.age(hour)
		s.mu.Unlock()
	}
	a.catchAlls.age(hour)
	a.logins.age(hour)
}
