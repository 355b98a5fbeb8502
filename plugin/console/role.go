package console

// Role is what a console's users may read.
type Role string

// The roles. The application's admins never see the server log; security
// staff do not see the application log.
const (
	RoleApplication Role = "application"
	RoleSecurity    Role = "security"
)

const anyRole Role = ""
