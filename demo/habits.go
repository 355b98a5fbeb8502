package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// habit is something that a visitor does, and how often compared to the others.
type habit struct {
	weight int
	do     func(*visitor, context.Context) error
}

// What kinds of visitors do.
var (
	passerBy = []habit{
		{30, (*visitor).lookAround},
		{15, (*visitor).lookAtDesk},
		{6, visit("/reports")},
		{5, visit("/login")},
		{3, (*visitor).getLost},
		{2, (*visitor).leaveEarly},
		{1, visit("/reports/slow")},
		{1, visit("/reports/broken")},
	}
	member = []habit{
		{14, (*visitor).lookAround},
		{10, (*visitor).lookAtDesk},
		{12, asMember((*visitor).bookOrCancel)},
		{4, asMember(visit("/bookings"))},
		{3, asMember(visit("/export.csv"))},
		{2, asMember((*visitor).report)},
		{1, asMember((*visitor).changeHours)},
		{3, (*visitor).logOut},
	}
	administrator = append([]habit{
		{4, asMember((*visitor).changeHours)},
		{3, asMember((*visitor).renameDesk)},
	}, member...)
	crawler = []habit{
		{1, visit("/robots.txt")},
		{8, visit("/")},
		{8, (*visitor).lookAtDesk},
		{3, visit("/reports")},
	}
	script = []habit{{1, visit("/healthz")}}
)

func (v *visitor) choose() func(*visitor, context.Context) error {
	total := 0
	for _, h := range v.habits {
		total += h.weight
	}
	n := v.rng.IntN(total)
	for _, h := range v.habits {
		if n -= h.weight; n < 0 {
			return h.do
		}
	}
	panic("unreachable: n is below the sum of the weights")
}

func visit(path string) func(*visitor, context.Context) error {
	return func(v *visitor, ctx context.Context) error {
		_, err := v.get(ctx, path)
		return err
	}
}

// asMember logs in first, where that is needed.
func asMember(do func(*visitor, context.Context) error) func(*visitor, context.Context) error {
	return func(v *visitor, ctx context.Context) error {
		if !v.in {
			if err := v.logIn(ctx); err != nil {
				return err
			}
		}
		return do(v, ctx)
	}
}

// logIn mistypes the password now and then, and gets it right afterwards.
func (v *visitor) logIn(ctx context.Context) error {
	if _, err := v.get(ctx, "/login"); err != nil {
		return err
	}
	passwords := []string{Password}
	if v.rng.IntN(6) == 0 {
		passwords = []string{"dmeo", Password}
	}
	for _, p := range passwords {
		if _, err := v.post(ctx, "/login", url.Values{"email": {v.user.Email}, "password": {p}}); err != nil {
			return err
		}
	}
	v.in = true
	return nil
}

func (v *visitor) logOut(ctx context.Context) error {
	if !v.in {
		return nil
	}
	_, err := v.post(ctx, "/logout", nil)
	return err
}

var assetLink = regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)

// lookAround opens the first page as a browser does, now and then with what
// belongs to it.
func (v *visitor) lookAround(ctx context.Context) error {
	page, err := v.get(ctx, "/")
	if err != nil || v.rng.IntN(3) > 0 {
		return err
	}
	for _, link := range assetLink.FindAllStringSubmatch(page, 2) {
		if _, err := v.get(ctx, link[1]); err != nil {
			return err
		}
	}
	return nil
}

func (v *visitor) lookAtDesk(ctx context.Context) error {
	_, err := v.get(ctx, v.desk())
	return err
}

func (v *visitor) desk() string {
	return fmt.Sprintf("/desks/%d", 10*(1+v.rng.IntN(3))+1+v.rng.IntN(4))
}

func (v *visitor) getLost(ctx context.Context) error {
	lost := []string{"/desks/99", "/old/floorplan.pdf", "/reports/2019"}
	_, err := v.get(ctx, lost[v.rng.IntN(len(lost))])
	return err
}

// leaveEarly closes the connection before the slow page has ended.
func (v *visitor) leaveEarly(ctx context.Context) error {
	v.timeout = slowReport/5 + time.Duration(v.rng.Int64N(int64(slowReport/3)))
	defer func() { v.timeout = 0 }()
	_, err := v.get(ctx, "/reports/slow")
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

var (
	cancelForm = regexp.MustCompile(`action="(/bookings/[0-9]+/cancel)"`)
	bookForm   = regexp.MustCompile(`action="(/desks/[0-9]+/book)"`)
	dayTabLink = regexp.MustCompile(`href="(/\?day=[0-9-]+)"`)
)

// bookOrCancel holds one desk at most, so that free ones are left.
func (v *visitor) bookOrCancel(ctx context.Context) error {
	page, err := v.get(ctx, "/bookings")
	if err != nil {
		return err
	}
	if form := v.pick(page, cancelForm); form != "" {
		_, err = v.post(ctx, form, nil)
		return err
	}
	if page, err = v.get(ctx, "/"); err != nil {
		return err
	}
	tab := v.pick(page, dayTabLink)
	if tab == "" {
		return nil
	}
	if page, err = v.get(ctx, tab); err != nil {
		return err
	}
	form := v.pick(page, bookForm)
	if form == "" {
		return nil
	}
	_, err = v.post(ctx, form, url.Values{"day": {strings.TrimPrefix(tab, "/?day=")}})
	return err
}

func (v *visitor) report(ctx context.Context) error {
	_, err := v.post(ctx, v.desk()+"/report", nil)
	return err
}

// changeHours is refused to all but administrators, which is an event as well.
func (v *visitor) changeHours(ctx context.Context) error {
	if _, err := v.get(ctx, "/settings"); err != nil {
		return err
	}
	closes := []string{"18:00", "19:00", "20:00"}[v.rng.IntN(3)]
	_, err := v.post(ctx, "/settings/hours", url.Values{"opens": {"08:00"}, "closes": {closes}})
	return err
}

// renameDesk touches the last desk only: the others keep the names that the
// reader knows.
func (v *visitor) renameDesk(ctx context.Context) error {
	name := []string{"Café corner", "Café window", "Leseecke Süd"}[v.rng.IntN(3)]
	_, err := v.post(ctx, "/settings/desk", url.Values{"desk": {"34"}, "name": {name}})
	return err
}
