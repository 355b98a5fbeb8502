package plugin

import (
	"context"
	"log/slog"
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
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var (
	scanner = netip.MustParseAddr("198.51.100.66")
	office  = netip.MustParseAddr("203.0.113.5")
)

// enforcing is a configuration that refuses.
func enforcing() *App {
	app := keeping(30)
	if err := setAbuse(app.instances["acme"], &AbuseSettings{Mode: ModeEnforce}); err != nil {
		panic(err)
	}
	return app
}

// setAbuse replaces the abuse settings of an instance, as configure does.
func setAbuse(in *instance, s *AbuseSettings) (err error) {
	in.settings.Abuse = s
	in.detector, err = s.Detector()
	return err
}

func addressSubject(ip netip.Addr) record.FlagSubject {
	return record.FlagSubject{Kind: record.AddressSubject, Value: abuse.PrefixOf(ip).String()}
}

// scan breaks a rule that bans.
func scan(b *books, ip netip.Addr) {
	r := &record.Request{Time: time.Now(), IP: ip, Method: "GET", Path: "/setup.cgi", Status: 404}
	b.detection.Active().Observe(&abuse.Request{Request: r}, time.Now())
}

func verdictOf(b *books, ip netip.Addr) record.Verdict {
	return b.detection.Active().Admit(abuse.Client{Addr: ip, Path: "/"}, detection.FromClient).Verdict
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Where the application log opens late, what it has about abuse counts from then
// on, together with what was found and who logged in meanwhile.
func TestBansHoldInBooksThatOpenLate(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "acme")
	b, err := openBooks(dir, "acme", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	app := enforcing()
	start(t, b, app)
	for _, what := range []record.DecisionRequest{
		{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "192.0.2.0/24"}, Decision: record.DecideBan, By: "sec"},
		{Subject: addressSubject(scanner), Decision: record.DecideConfirm, By: "sec", Note: "seen before"},
	} {
		if _, err := app.instances["acme"].Decide(ctx, what); err != nil {
			t.Fatal(err)
		}
	}
	for _, account := range []string{"ann", "bob", "cem", "dee", "eve"} {
		b.detection.Active().Login(&abuse.LoginEvent{Addr: office, Account: account, Success: true}, time.Now())
	}
	if err := b.Destruct(); err != nil {
		t.Fatal(err)
	}

	manifest := filepath.Join(dir, "app", "MANIFEST")
	must(t, os.Rename(manifest, manifest+".away"))
	b = openTestBooks(t, dir)
	app = enforcing()
	start(t, b, app)
	if _, err := b.events(); err == nil {
		t.Fatal("the application log is open")
	}
	scan(b, scanner)
	must(t, os.Rename(manifest+".away", manifest))
	late := netip.MustParseAddr("192.0.2.9")
	eventually(t, "the ban from before holds", func() bool { return verdictOf(b, late) == record.VerdictBan })
	if verdictOf(b, scanner) != record.VerdictBan {
		t.Error("the ban made meanwhile does not hold")
	}
	if scan(b, office); verdictOf(b, office) == record.VerdictBan {
		t.Error("the office is banned")
	}
	c, err := app.instances["acme"].Flag(ctx, abuse.FlagID(addressSubject(scanner)))
	if err != nil || len(c.Notes) != 1 || len(c.Decisions) != 1 || c.State != record.FlagBanned || c.Strikes != 1 || len(c.Evidence) == 0 {
		t.Errorf("the two halves of a flag are %+v, %v", c.Flag, err)
	}
}

// Flags and decisions that cannot be stored hold, are told, and are stored once
// that is possible.
func TestFlagsAreStoredLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	b, app := openTestBooks(t, dir), enforcing()
	start(t, b, app)
	in := app.instances["acme"]
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
	log, err := b.events()
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
	b := in.books.Load()
	attack := func() {
		for n := range 8 {
			ip := netip.AddrFrom4([4]byte{198, 51, 100, byte(n + 1)})
			b.detection.Active().Login(&abuse.LoginEvent{Addr: ip, Account: "ann@example.com"}, time.Now())
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
	if _, known := b.detection.Active().Flag(s); known {
		t.Error("the detector knows the account")
	}
	if flags, _, err = in.Flags(context.Background(), query.Flags{}); err != nil || len(flags) != 0 {
		t.Errorf("%+v, %v", flags, err)
	}
}

// A pattern file that changed is read by the next reload.
func TestPatternsAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "words")
	b := testBooks(t)
	for n, word := range []string{"/first", "/second"} {
		must(t, os.WriteFile(file, []byte("^"+word+"$\n"), 0o600))
		app := enforcing()
		must(t, setAbuse(app.instances["acme"], &AbuseSettings{Mode: ModeEnforce, Patterns: map[string]string{"http-cve-probing": file}}))
		start(t, b, app)
		r := &record.Request{Time: time.Now(), IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), Method: "GET", Path: word, Status: 404}
		if len(b.detection.Active().Observe(&abuse.Request{Request: r}, time.Now())) == 0 {
			t.Errorf("%s is no attack", word)
		}
	}
}

// What the retention deleted does not come back, with old notes, when the address
// does.
func TestDeletedFlagsStayDeleted(t *testing.T) {
	ctx := context.Background()
	b, app := testBooks(t), enforcing()
	app.instances["acme"].settings.Abuse.Keep = caddy.Duration(day)
	start(t, b, app)
	in := app.instances["acme"]
	_, err := b.askRetention(ctx, false) // the next one of its own is in an hour
	must(t, err)
	scan(b, scanner)
	if _, err := in.Decide(ctx, record.DecisionRequest{Subject: addressSubject(scanner), Decision: record.DecideClear, By: "sec", Note: "from the past"}); err != nil {
		t.Fatal(err)
	}
	log, err := b.events()
	must(t, err)
	f, err := log.Flag(ctx, abuse.FlagID(addressSubject(scanner)))
	must(t, err)
	f.Changed, f.Evidence = time.Now().AddDate(0, 0, -3), nil
	must(t, log.PutFlags(ctx, f))
	dry, err := b.askRetention(ctx, true)
	must(t, err)
	report, err := b.askRetention(ctx, false)
	must(t, err)
	if dry.Flags.Deleted != 1 || report.Flags.Deleted != 1 {
		t.Fatalf("a dry run says %+v, the run %+v", dry.Flags, report.Flags)
	}
	scan(b, netip.MustParseAddr("198.51.100.67"))
	r := &record.Request{Time: time.Now(), IP: scanner, Method: "GET", Path: "/.env", Status: 404}
	for _, path := range []string{"/.env", "/.git/config", "/id_rsa", "/backup.sql", "/dump.sql"} {
		r.Path = path
		b.detection.Active().Observe(&abuse.Request{Request: r}, time.Now())
	}
	c, err := in.Flag(ctx, f.ID)
	if err != nil || len(c.Notes)+len(c.Decisions) != 0 || c.Strikes != 1 {
		t.Errorf("%+v, %v", c.Flag, err)
	}
}
