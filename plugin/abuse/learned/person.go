package learned

import (
	"strconv"
	"strings"
)

// TemplateTarget returns the target for saying that a template is own or broken. The
// path may be that of a request, or a template.
func (a *App) TemplateTarget(kind Kind, method, path string) Target {
	var t template
	if t.set(method, path); t.unlearnable || kind != Own && kind != Broken {
		return Target{}
	}
	return Target{kind, a.hash.bytes(t.text()), string(t.text())}
}

// ParameterTarget returns the target for saying that people write in a parameter.
func (a *App) ParameterTarget(method, path, parameter string) Target {
	var t template
	if t.set(method, path); t.unlearnable || parameter == "" || len(parameter) > maxParameter || t.len+1+len(parameter) > maxTemplate {
		return Target{}
	}
	return Target{Writes, a.hash.under(a.hash.bytes(t.text()), parameter), string(t.text()) + "?" + parameter}
}

// Target returns the target that a person means: of [Own] and [Broken] a method and a
// path, of [Writes] the same with ?parameter, of [Login] a path, of [CatchAll] an
// answer. The texts of a [List] are understood.
func (a *App) Target(kind Kind, text string) (t Target, err error) {
	if len(text) >= maxText { // its end may be missing
		for _, i := range a.items() {
			if i.Kind == kind && i.Text == text {
				return i.Target, nil
			}
		}
	}
	method, path, _ := strings.Cut(text, " ")
	switch kind {
	case Own, Broken:
		t = a.TemplateTarget(kind, method, path)
	case Writes:
		path, parameter, _ := strings.Cut(path, "?")
		t = a.ParameterTarget(method, path, parameter)
	case Login:
		t = a.loginTarget(text)
	case CatchAll:
		t = answerTarget(text)
	}
	if t.Kind == 0 {
		return t, errTarget
	}
	return t, nil
}

func (a *App) loginTarget(path string) Target {
	var t template
	if t.set("POST", path); t.unlearnable {
		return Target{}
	}
	return Target{Login, a.hash.bytes(t.path()), string(t.path())}
}

func answerTarget(text string) Target {
	status, rest, _ := strings.Cut(text, " with ")
	size, ok := strings.CutSuffix(rest, " bytes")
	n, err := strconv.Atoi(status)
	bytes, err2 := strconv.ParseInt(size, 10, 64)
	if !ok || err != nil || err2 != nil || !isPage(n, bytes) {
		return Target{}
	}
	return Target{CatchAll, answerKey(n, bytes), answerText(n, bytes)}
}

// Correct adds what a person says about targets. It wins over what was learned and
// does not age. The source says all of it or, with an error, none of it; what it said
// about a target before is replaced. Of several sources the last one holds.
func (a *App) Correct(yes bool, source string, now int64, targets ...Target) error {
	list := make([]Correction, len(targets))
	for i, t := range targets {
		list[i] = Correction{Target: t, Yes: yes, Source: source, At: now}
	}
	return a.corrections.add(list)
}

// Undo takes back what a source said and returns of how many targets that was.
func (a *App) Undo(source string) int { return a.corrections.undo(source) }

func answerText(status int, bytes int64) string {
	return strconv.Itoa(status) + " with " + strconv.FormatInt(bytes, 10) + " bytes"
}
