# What one does with this repository; docs/testing.md says more about the tests.

GO     ?= go
# The tags that xcaddy sets too: they keep unused databases of a dependency out.
TAGS   := nobadger,nomysql,nopgx
FUZZ   ?= 60s
LINTER := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Tests that draw random cases draw others in each run. SEED repeats a run.
ifndef SEED
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif
export GATEBOOK_TEST_SEED := $(SEED)
export RAPID_SEED := $(SEED)

# Where the logs and labels of others are that `make test-data` reads.
GATEBOOK_TEST_DATA ?= ../shared/data
test-data: export GATEBOOK_TEST_DATA := $(abspath $(GATEBOOK_TEST_DATA))

# Lint has checked what vet would check again for each package.
GOTEST := $(GO) test -vet=off

.PHONY: attack build demo test test-quick test-long test-data test-deps lint fuzz bench microbench clean

build:
	$(GO) build -trimpath -tags $(TAGS) -o bin/gatebook ./cmd/gatebook

demo:
	$(GO) run ./cmd/gatebook demo

# Everything, with the race detector. What allocates or measures is tested
# without it, too.
test: test-deps lint
	@echo 'Random cases have the seed $(SEED). This repeats them: make $@ SEED=$(SEED)'
	$(GOTEST) -race -tags $(TAGS) -timeout 25m ./...
	$(GOTEST) -tags $(TAGS) ./bench/...

# While working: all but e2e, without the race detector, and little of what is random.
test-quick:
	@echo 'Random cases have the seed $(SEED). This repeats them: make $@ SEED=$(SEED)'
	$(GOTEST) -short -tags $(TAGS) -timeout 5m $$($(GO) list -tags $(TAGS) ./... | grep -v /e2e$$)

# As test, and many times as much of what is random: models, kills, simulations.
test-long: test-deps
	@echo 'Random cases have the seed $(SEED). This repeats them: make $@ SEED=$(SEED)'
	GATEBOOK_TEST_LONG=1 $(GOTEST) -race -tags $(TAGS) -timeout 3h ./...

# Tests of logs and labels that others published. They are no part of this
# repository.
test-data: test-deps
	@test -d '$(GATEBOOK_TEST_DATA)' || { \
		echo 'make test-data reads foreign data in $(GATEBOOK_TEST_DATA), which is missing; GATEBOOK_TEST_DATA names another directory' >&2; exit 1; }
	$(GOTEST) -race -tags $(TAGS),foreign -timeout 25m -run '^TestForeign' \
		$$(grep -rl --include='*_test.go' '^//go:build foreign' . | xargs -n 1 dirname | sort -u)

# A thousand kills of a process that appends events, and how users fare in a flood of a
# real gate. The flood takes three minutes and depends on the speed of the machine; neither
# is part of test.
attack:
	$(GOTEST) -tags $(TAGS),attack -count=1 -v -timeout 1h -run '^TestThousandKills$$' ./store/applog
	$(GOTEST) -tags $(TAGS),attack -count=1 -v -run '^TestDistributedFlood$$' ./e2e -args -gate.race=false

test-deps:
	@scripts/test-deps

lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt -w these:"; gofmt -l .; exit 1; }
	$(GO) run $(LINTER) run

# Every fuzz target in turn, for FUZZ each.
fuzz:
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ) $$pkg || exit 1; \
		done; \
	done

# What Gatebook costs beside its peers, in tables; flags such as -records and -only go into BENCH.
bench:
	$(GO) run ./bench/compare $(BENCH)

microbench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin
