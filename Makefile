# What one does with this repository. `make test` is what CI runs.

GO     ?= go
# The tags that xcaddy sets too: they keep unused databases of a dependency out.
TAGS   := nobadger,nomysql,nopgx
FUZZ   ?= 60s
LINTER := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: build demo test lint fuzz bench microbench clean

build:
	$(GO) build -trimpath -tags $(TAGS) -o bin/gatebook ./cmd/gatebook

demo:
	$(GO) run ./cmd/gatebook demo

test: lint
	$(GO) test -race -timeout 20m ./...
	$(GO) test ./bench/...

lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt -w these:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
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
