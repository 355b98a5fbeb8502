package intent

import "strings"

// logins are the names of login forms: the last segment of the path, without the
// ending of a script.
var logins = set(
	"login log-in log_in logon log-on signin sign-in sign_in sign-on signon session sessions _session",
	"authenticate authentication authenticatebyname auth-login auth_login user-login userlogin user_login",
	"wp-login login_check login-check logincheck check_login check-login checklogin do_login do-login dologin process_login loginprocess login-submit login_submit",
	"j_security_check j_spring_security_check j_acegi_security_check j_login",
	"adminlogin admin-login admin_login member-login member_login customer-login loginpost login_post loginuser validate_login verify_login",
	"2fa mfa otp totp two-factor two_factor twofactor verify-otp verify_otp one-time-code verification-code",
	"logincheck.cgi userauth useraccountlogin form_login passwordlogin password-login ldap_login",
)

var loginEndings = set(".php .asp .aspx .jsp .jspx .do .action .html .htm .cgi .pl .json .jsf .xhtml .cfm .ashx .py .rb")

// LoginPath reports whether a path is conventionally that of a login form, to which
// passwords are posted.
func LoginPath(path string) bool {
	path = strings.TrimRight(clip(path, maxPath), "/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	if i := strings.IndexByte(name, ';'); i >= 0 {
		name = name[:i]
	}
	if len(name) > 32 {
		return false
	}
	var b [32]byte
	lower := b[:len(name)]
	for i := range len(name) {
		lower[i] = plain[name[i]]
	}
	if logins[string(lower)] {
		return true
	}
	i := strings.LastIndexByte(name, '.')
	return i > 0 && loginEndings[string(lower[i:])] && logins[string(lower[:i])]
}
