package security

import (
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// evidenceRow is a request that proves a flag, with why it counted. All of that is
// empty for evidence that was stored without it.
type evidenceRow struct {
	requestRow
	Intent, Answer, Client string
	Cost, Rule             string
}

// newEvidenceRows are the rows of the evidence about a subject. The address of a
// request is left out where all of them have the same, which the page is about.
func (v *Pages) newEvidenceRows(evidence []record.Evidence, about record.FlagSubject) []evidenceRow {
	requests := make([]record.Request, len(evidence))
	for i := range evidence {
		requests[i] = evidence[i].Request
	}
	var rows []evidenceRow
	for i, row := range v.newRequestRows(requests) {
		e := &evidence[i]
		one := evidenceRow{
			requestRow: row,
			Intent:     worthText(v, intentTexts, e.Intent),
			Answer:     worthText(v, answerTexts, e.Answer),
			Client:     worthText(v, clientTexts, e.Client),
			Rule:       display.Visible(e.Rule),
		}
		if row.IP == plainPrefix(about.Value) {
			one.Address = ""
		}
		if e.Cost > 0 {
			one.Cost = v.Translate("%.3g", e.Cost)
		}
		rows = append(rows, one)
	}
	return rows
}

// worthText is a value in words. A value of a later version is shown as it is.
func worthText[T ~string](v *Pages, texts map[T]string, value T) string {
	if text, ok := texts[value]; ok {
		return v.Translate(text)
	}
	return display.Visible(string(value))
}

var intentTexts = map[record.Intent]string{
	record.IntentExploit:        locale.Text("An exploit that has no other use"),
	record.IntentSQL:            locale.Text("SQL in a parameter or in the path"),
	record.IntentScript:         locale.Text("A script in a parameter or in the path"),
	record.IntentCode:           locale.Text("A command, a template or a foreign file in a parameter"),
	record.IntentTraversal:      locale.Text("A way out of the site's folder"),
	record.IntentSecret:         locale.Text("A file that holds secrets"),
	record.IntentBackdoor:       locale.Text("A known web shell"),
	record.IntentAdminInterface: locale.Text("The administration page of a product"),
	record.IntentCVE:            locale.Text("An address that only known exploits ask for"),
	record.IntentTechnology:     locale.Text("A file that tells product or version"),
	record.IntentProduct:        locale.Text("A file of a product that may not be here"),
	record.IntentLogin:          locale.Text("An attempt to log in"),
	record.IntentOrdinary:       locale.Text("Nothing suspicious"),
}

var answerTexts = map[record.Answer]string{
	record.AnswerOwn:          locale.Text("The site has such pages"),
	record.AnswerDeadLink:     locale.Text("A dead link that ordinary visitors follow, too"),
	record.AnswerCatchAll:     locale.Text("Not there: this page answers everything"),
	record.AnswerServed:       locale.Text("Answered"),
	record.AnswerMissing:      locale.Text("Not there"),
	record.AnswerForbidden:    locale.Text("Refused"),
	record.AnswerUnauthorized: locale.Text("A login is needed"),
	record.AnswerFailed:       locale.Text("The application failed"),
	record.AnswerOther:        locale.Text("Says nothing about the request"),
}

var clientTexts = map[record.ClientStatus]string{
	record.ClientCaused:        locale.Text("A page or another site caused it, and no person"),
	record.ClientUser:          locale.Text("A user whom the site let in"),
	record.ClientSession:       locale.Text("A session that a login confirmed"),
	record.ClientKnownAgent:    locale.Text("A browser with which somebody has logged in there"),
	record.ClientTool:          locale.Text("A scanner or a library, as its user agent says"),
	record.ClientClaimsCrawler: locale.Text("Claims to be a search engine"),
	record.ClientGood:          locale.Text("A visitor of good standing"),
	record.ClientNearUsers:     locale.Text("Unknown, where others have logged in"),
	record.ClientVisitor:       locale.Text("A visitor who was answered before"),
	record.ClientStranger:      locale.Text("A stranger"),
}
