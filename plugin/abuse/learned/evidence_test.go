package learned

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func account(client, subnet uint64) *Teacher {
	return &Teacher{Client: client, Subnet: subnet, Confirmed: true, Old: true}
}

// wrote has people of three subnets write in a parameter.
func wrote(a *App, template uint64, parameter string, now int64) {
	for subnet := range uint64(3) {
		a.Wrote(visitor(1, subnet+1), template, parameter, false, now)
	}
}

func visitor(client, subnet uint64) *Teacher { return &Teacher{Client: client, Subnet: subnet} }

func TestTeachersCount(t *testing.T) {
	for name, c := range map[string]struct {
		teachers []*Teacher
		want     uint8
	}{
		"one subnet is one":               {[]*Teacher{visitor(1, 1), visitor(2, 1), visitor(3, 1)}, 1},
		"three subnets":                   {[]*Teacher{visitor(1, 1), visitor(1, 2), visitor(1, 3)}, 3},
		"accounts of one subnet":          {[]*Teacher{account(1, 1), account(2, 1), account(3, 1)}, 3},
		"one account at several":          {[]*Teacher{account(1, 1), account(1, 1), account(1, 1)}, 1},
		"before and after the login":      {[]*Teacher{visitor(1, 1), account(9, 1)}, 1},
		"after and before the login":      {[]*Teacher{account(9, 1), visitor(1, 1)}, 1},
		"two accounts and the subnet":     {[]*Teacher{account(9, 1), visitor(1, 1), account(8, 1)}, 2},
		"an account, and another network": {[]*Teacher{account(9, 1), visitor(1, 2)}, 2},
		"more than three":                 {[]*Teacher{visitor(1, 1), visitor(1, 2), visitor(1, 3), visitor(1, 4), account(1, 1)}, 3},
	} {
		var e evidence
		for _, one := range c.teachers {
			e.teach(one.identity(), false, 5)
		}
		if e.n != c.want {
			t.Errorf("%s: %d teachers, want %d", name, e.n, c.want)
		}
	}
}

// An account that moves is one teacher.
func TestAccountMoves(t *testing.T) {
	var e evidence
	for subnet := range uint64(5) {
		e.teach(account(1, subnet).identity(), false, 5)
	}
	if e.n != 1 {
		t.Errorf("%d teachers", e.n)
	}
}

// The order of teachings does not matter for how many teachers there are.
func TestOrderOfTeachers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		teacher := rapid.Custom(func(t *rapid.T) Teacher {
			// An account has its own subnet, so that the same one does not move.
			client := rapid.Uint64Range(1, 6).Draw(t, "client")
			return Teacher{Client: client, Subnet: client % 3, Confirmed: rapid.Bool().Draw(t, "confirmed")}
		})
		list := rapid.SliceOfN(teacher, 0, 8).Draw(t, "teachers")
		var e, o evidence
		for i := range list {
			e.teach(list[i].identity(), false, uint32(i+1))
		}
		shuffled := rapid.Permutation(list).Draw(t, "shuffled")
		for i := range shuffled {
			at := slices.Index(list, shuffled[i])
			o.teach(shuffled[i].identity(), false, uint32(at+1))
		}
		if e.n != o.n {
			t.Fatalf("%d teachers, and %d in another order", e.n, o.n)
		}
	})
}

func TestEvidenceAges(t *testing.T) {
	var e evidence
	e.teach(identity{1, 1}, true, 100)
	if e.age(100+lifetime) || !e.learned() {
		t.Error("it is forgotten too early")
	}
	if !e.age(101+lifetime) || e != (evidence{}) {
		t.Error("it is not forgotten")
	}
}
