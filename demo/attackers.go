package demo

import (
	"context"
	"net/url"
	"time"
)

const (
	scannerAddress         = "198.51.100.200"
	passwordGuesserAddress = "192.0.2.200"
)

// scanned is what the scanner looks for: secrets, panels and web shells in
// turns, so that the evidence has some of each when it is banned.
var scanned = []string{
	"/server-status", "/.env", "/phpmyadmin/", "/.git/config", "/shell.php", "/.aws/credentials", "/adminer.php", "/.env.production", "/id_rsa",
	"/.htpasswd", "/.ssh/id_ed25519", "/c99.php", "/manager/html", "/.git/HEAD", "/wso.php", "/.npmrc", "/database.yml", "/wp-login.php",
	"/.docker/config.json", "/download?file=../../../../etc/passwd", "/.svn/entries", "/administrator/", "/alfashell.php", "/.DS_Store",
}

// wrongPasswords are tried by the password guesser.
var wrongPasswords = []string{
	"123456", "password", "admin", "123456789", "qwerty", "letmein", "welcome", "111111", "iloveyou", "monkey", "dragon", "abc123", "passw0rd",
	"admin123", "secret", "football", "sunshine", "master", "hello", "princess", "changeme", "trustno1", "desk", "office", "summer", "winter",
}

// attackers are a scanner and a password guesser. Neither knows
// anything but what is made up here, and like all visitors they stay on this
// machine.
func attackers(t *traffic, seed uint64) []*visitor {
	scanner, guesser := newGuest(t, seed, 1001), newGuest(t, seed, 1002)
	scanner.address, scanner.agent = scannerAddress, "Mozilla/5.0 zgrab/0.x"
	scanner.habits = []habit{{1, (*visitor).scan}}
	scanner.arrival, scanner.pause = 10*t.mean, 3000*t.mean

	guesser.address, guesser.agent = passwordGuesserAddress, "python-requests/2.32.5"
	guesser.habits = []habit{{1, (*visitor).guessPasswords}}
	guesser.arrival, guesser.pause = 20*t.mean, 3000*t.mean
	return []*visitor{scanner, guesser}
}

// scan asks for one thing after the other, whatever the answers are.
func (v *visitor) scan(ctx context.Context) error {
	return each(ctx, v, 3, scanned, func(path string) error {
		_, err := v.get(ctx, path)
		return err
	})
}

// guessPasswords tries passwords of the administrator, faster than a throttled client
// may.
func (v *visitor) guessPasswords(ctx context.Context) error {
	return each(ctx, v, 4, wrongPasswords, func(password string) error {
		_, err := v.post(ctx, "/login", url.Values{"email": {users[shownUsers-1].Email}, "password": {password}})
		return err
	})
}

// each calls do for every element of a list, with a pause of some turns of all
// visitors between them.
func each(ctx context.Context, v *visitor, turns time.Duration, list []string, do func(string) error) error {
	for _, one := range list {
		if err := do(one); err != nil {
			return err
		}
		if !v.sleep(ctx, turns*v.mean) {
			return errNoTurns
		}
	}
	return nil
}
