# "make" alone lists what there is. Everything that is built goes into bin/.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PROGRAMS := bin/worker bin/gateway bin/starter bin/simulator bin/demo
# Tests that start servers wait for one another on a small machine; more packages at once only slow them down.
TEST_FLAGS ?= -race -timeout 15m -p 2

.PHONY: help demo test check build clean postgres $(PROGRAMS)

help: ## List the commands
	@awk -F ':.*## ' '/^[a-zA-Z\/_-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: postgres build ## Run everything together on this machine; DEMO_FLAGS are passed on
	bin/demo $(DEMO_FLAGS)

test: postgres bin/devserver ## Run all tests, against a real Temporal server and a real Postgres
	go test $(TEST_FLAGS) ./...

check: bin/.tools ## Run all static checks; every one runs, whatever the others say
	@$(MAKE) --no-print-directory --keep-going check-format check-vet check-lint check-workflows check-vulnerabilities check-modules

build: bin/devserver $(PROGRAMS) ## Build all programs into bin/

bin/devserver: $(wildcard dev/server/*) $(wildcard workflows/searchattr/*.go) ## Build the Temporal server for demo and tests
	@echo "compiling the Temporal server: about 5 minutes the first time, seconds later"
	cd dev/server && go build -o ../../bin/devserver .
	@touch $@

postgres: ## Install Postgres where it is missing (Debian and Ubuntu, as root)
	@dev/tools/postgres

clean: ## Remove what was built
	rm -rf bin

# Go knows itself what must be compiled again.
bin/worker bin/gateway bin/starter:
	@[ -e $@ ] || echo "compiling $@: the first one takes about a minute"
	go build -o $@ ./$(@F)

bin/simulator bin/demo:
	@[ -e $@ ] || echo "compiling $@: up to a minute the first time"
	go build -o $@ ./dev/$(@F)

bin/.tools: dev/tools/go.mod dev/tools/go.sum
	@echo "compiling the checkers: about 2 minutes the first time, seconds later"
	cd dev/tools && go build -o ../../bin/ tool
	@touch $@

.PHONY: check-format check-vet check-lint check-workflows check-vulnerabilities check-modules

check-format:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

check-vet:
	go vet ./...
	cd dev/server && go vet ./...

check-lint: bin/.tools
	bin/golangci-lint run ./...
	cd dev/server && ../../bin/golangci-lint run -c ../../.golangci.yml ./...

# Workflow code must do the same again on every replay: no clock, no randomness, no maps in their own order.
check-workflows: bin/.tools
	bin/workflowcheck -config dev/tools/workflowcheck.yaml -test=false ./workflows/...

check-vulnerabilities: bin/.tools
	@dev/tools/vulnerabilities ./...

check-modules:
	go mod tidy -diff
	cd dev/server && go mod tidy -diff
	cd dev/tools && go mod tidy -diff
