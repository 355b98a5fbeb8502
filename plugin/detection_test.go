package plugin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var (
	scanner = netip.MustParseAddr("198.51.100.66")
	office  = netip.MustParseAddr("203.0.113.5")
)

// setAbuse replaces the abuse settings of an instance, as configure does.
func setAbuse(in *instance, s *AbuseSettings) (err error) {
	in.settings.Abuse = s
	in.detector, err = s.Detector()
	return err
}

// enforcing starts the instance acme, which refuses, in a directory.
func enforcing(t *testing.T, dir string, keep caddy.Duration) *instance {
	t.Helper()
	app := keeping(dir, 30)
	must(t, setAbuse(app.instances["acme"], &AbuseSettings{Mode: ModeEnforce, Keep: keep}))
	return start(t, app)
}

func addressSubject(ip netip.Addr) record.FlagSubject {
	return record.FlagSubject{Kind: record.AddressSubject, Value: abuse.PrefixOf(ip).String()}
}

// scan breaks a rule that bans.
func scan(l *logs.Logs, ip netip.Addr) {
	r := &record.Request{Time: time.Now(), IP: ip, Method: "GET", Path: "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", Status: 404}
	l.Detection.Active().Observe(&abuse.Request{Request: r}, time.Now())
}

func verdictOf(l *logs.Logs, ip netip.Addr) record.Verdict {
	return l.Detection.Active().Admit(abuse.Client{Addr: ip, Path: "/"}, detection.FromClient).Verdict
}

// Flags and decisions that cannot be stored hold, are told, and are stored once
// that is possible.
func TestFlagsAreStoredLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	in := enforcing(t, dir, 0)
	b := in.ref.Logs()
	appDir := filepath.Join(dir, "app")
	must(t, os.Rename(appDir, appDir+".away"))
	what := record.DecisionRequest{Subject: addressSubject(office), Decision: record.DecideBan, By: "sec"}
	eventually(t, "the disk is missed", func() bool {
		_, err := in.Decide(context.Background(), what)
		return err != nil && strings.Contains(err.Error(), "is tried again")
	})
	scan(b, scanner)
	if verdictOf(b, office) != record.VerdictBan || verdictOf(b, scanner) != record.VerdictBan {
		t.Error("what could not be stored does not hold")
	}
	must(t, os.Rename(appDir+".away", appDir))
	log, err := b.AppLog()
	must(t, err)
	eventually(t, "both are stored", func() bool {
		n := 0
		for _, ip := range []netip.Addr{office, scanner} {
			f, err := log.Flag(context.Background(), abuse.FlagID(addressSubject(ip)))
			if err == nil && f.State == record.FlagBanned && (ip == office) == (len(f.Decisions) > 0) {
				n++
			}
		}
		return n == 2
	})
}

// An erasure takes the flags of a person's account out of memory too, or the next
// attack would bring them back.
func TestErasedAccountsAreForgottenByTheDetector(t *testing.T) {
	in := personInstance(t, record.Event{ID: "a", Category: "user", Text: "a", Initiator: &record.Initiator{ID: "u_17", Email: "ann@example.com"}})
	b := in.ref.Logs()
	attack := func() {
		for n := range 8 {
			ip := netip.AddrFrom4([4]byte{198, 51, 100, byte(n + 1)})
			b.Detection.Active().Login(&abuse.LoginEvent{Addr: ip, Account: "ann@example.com"}, time.Now())
		}
	}
	attack()
	s := record.FlagSubject{Kind: record.AccountSubject, Value: "ann@example.com"}
	flags, _, err := in.Flags(context.Background(), query.Flags{})
	if err != nil || len(flags) != 1 || flags[0].Subject != s {
		t.Fatalf("%+v, %v", flags, err)
	}
	_, err = in.erasePerson(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"email":"ann@example.com"}`)))
	must(t, err)
	if _, known := b.Detection.Active().Flag(s); known {
		t.Error("the detector knows the account")
	}
	if flags, _, err = in.Flags(context.Background(), query.Flags{}); err != nil || len(flags) != 0 {
		t.Errorf("%+v, %v", flags, err)
	}
}

// A pattern file that changed is read by the next reload.
func TestPatternsAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "words")
	dir := filepath.Join(t.TempDir(), "acme")
	for n, word := range []string{"/first", "/second"} {
		must(t, os.WriteFile(file, []byte("^"+word+"$\n"), 0o600))
		app := keeping(dir, 30)
		must(t, setAbuse(app.instances["acme"], &AbuseSettings{Mode: ModeEnforce, Patterns: map[string]string{"http-technology-probing": file}}))
		b := start(t, app).ref.Logs()
		r := &record.Request{Time: time.Now(), IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), Method: "GET", Path: word, Status: 404}
		if len(b.Detection.Active().Observe(&abuse.Request{Request: r}, time.Now())) == 0 {
			t.Errorf("%s is no attack", word)
		}
	}
}

// What the retention deleted does not come back, with old notes, when the address
// does.
func TestDeletedFlagsStayDeleted(t *testing.T) {
	ctx := context.Background()
	in := enforcing(t, filepath.Join(t.TempDir(), "acme"), caddy.Duration(day))
	b := in.ref.Logs()
	_, err := b.Retain(ctx, false) // the next one of its own is in an hour
	must(t, err)
	scan(b, scanner)
	if _, err := in.Decide(ctx, record.DecisionRequest{Subject: addressSubject(scanner), Decision: record.DecideClear, By: "sec", Note: "from the past"}); err != nil {
		t.Fatal(err)
	}
	log, err := b.AppLog()
	must(t, err)
	f, err := log.Flag(ctx, abuse.FlagID(addressSubject(scanner)))
	must(t, err)
	f.Changed, f.Evidence = time.Now().AddDate(0, 0, -3), nil
	must(t, log.PutFlags(ctx, f))
	dry, err := b.Retain(ctx, true)
	must(t, err)
	report, err := b.Retain(ctx, false)
	must(t, err)
	if dry.Flags.Deleted != 1 || report.Flags.Deleted != 1 {
		t.Fatalf("a dry run says %+v, the run %+v", dry.Flags, report.Flags)
	}
	scan(b, netip.MustParseAddr("198.51.100.67"))
	r := &record.Request{Time: time.Now(), IP: scanner, Method: "GET", Path: "/.env", Status: 404}
	for _, path := range []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql"} {
		r.Path = path
		b.Detection.Active().Observe(&abuse.Request{Request: r}, time.Now())
	}
	c, err := in.Flag(ctx, f.ID)
	if err != nil || len(c.Notes)+len(c.Decisions) != 0 || c.Strikes != 1 {
		t.Errorf("%+v, %v", c.Flag, err)
	}
}
