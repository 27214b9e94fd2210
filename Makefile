# Everything that CI does can be done here. The modules are those of go.work: "work" as a pattern names all their
# packages.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

FUZZTIME ?= 30s
TESTFLAGS ?=
BENCHFLAGS ?=
SEEDS ?= 1000

# Recursive variables: the go command is asked only by the targets that need the answer.
MODULES = $(shell go list -m -f '{{.Dir}}')
PROGRAMS = $(shell go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' work | grep /cmd/ | grep -v /internal/)

# The race detector needs a C compiler with headers; the project itself does not.
RACE = $(shell go build -race runtime/cgo >/dev/null 2>&1 && echo -race)

# Git refuses a clone that belongs to another user, and a source archive has no history; both build, without a commit.
VCS = $(shell git rev-parse --quiet --verify HEAD >/dev/null 2>&1 && echo true || echo false)

# The tools have a module of their own, outside go.work, so that no user of a library sees what they need.
CHECKS := internal/checks
tool = GOWORK=off go -C $(CHECKS) tool -n $(1)

.PHONY: all demo build test sim check fuzz bench interop attack references wireshark-profile release clean update-house \
	check-format check-vet check-staticcheck check-house check-tidy check-standalone check-tools

all: build

## demo: a registrar, a pool and a client on this machine; the client survives the death of its server
demo: build
	bin/rspdemo

## build: all programs into bin/, each knowing its commit (go version -m bin/x)
build:
	@mkdir -p bin
	go build -buildvcs=$(VCS) -trimpath -o bin/ $(PROGRAMS)

## test: all tests, with the race detector if there is a C compiler (TESTFLAGS=-v, -count=10, -short ...)
test:
	@[ -n "$(RACE)" ] || echo "make test: no C compiler, so without the race detector"
	go test $(RACE) -timeout 30m $(TESTFLAGS) work

## sim: registrars, elements and users in virtual time: break SEEDS worlds and see them mend, without the race detector
sim:
	go test ./registrar/internal/sim -run 'Sim$$' -count 1 -v -seeds $(SEEDS)

## check: everything about the code that is not a matter of taste
check: check-format check-vet check-staticcheck check-house check-tidy check-standalone check-tools

check-format:
	@echo gofumpt -l; gofumpt=$$($(call tool,gofumpt)); \
	unformatted=$$($$gofumpt -l $(MODULES) $(CHECKS)); \
	[ -z "$$unformatted" ] || { printf 'not formatted by gofumpt:\n%s\n' "$$unformatted"; exit 1; }

check-vet:
	go vet work

check-staticcheck:
	@staticcheck=$$($(call tool,staticcheck)); echo staticcheck work; $$staticcheck work

# Imports, direct and indirect; lengths of files and functions; purity of the code without I/O; headless words in prose.
# V=1 shows all figures.
check-house:
	@housecheck=$$($(call tool,housecheck)); echo housecheck .; $$housecheck $(if $(V),-v) .

# Lowers the figures in internal/checks/headless.txt to the present state of the prose.
update-house:
	@housecheck=$$($(call tool,housecheck)); echo housecheck -update .; $$housecheck -update .

check-tidy:
	@status=0; for module in $(MODULES) $(CURDIR)/$(CHECKS); do \
		echo "go mod tidy -diff ($${module#$(CURDIR)/})"; \
		GOWORK=off go -C "$$module" mod tidy -diff || status=1; \
	done; exit $$status

# As a user of one module sees it: without the workspace.
check-standalone:
	@status=0; for module in $(MODULES); do \
		echo "GOWORK=off go test ./... ($${module#$(CURDIR)/})"; \
		GOWORK=off go -C "$$module" test ./... || status=1; \
	done; exit $$status

check-tools:
	@staticcheck=$$($(call tool,staticcheck)); echo "go vet, staticcheck, go test ($(CHECKS))"; \
	export GOWORK=off; cd $(CHECKS); go vet ./...; $$staticcheck ./...; go test ./...

## fuzz: every fuzz target of every module for FUZZTIME
fuzz:
	@scripts/fuzz $(FUZZTIME)

## bench: all benchmarks, one package at a time (BENCHFLAGS='-bench=Parse -count=10')
bench:
	go test -p 1 -run '^$$' -bench . -benchmem $(BENCHFLAGS) work

## interop: our programs against those of the reference, over kernel SCTP; writes docs/interop.md
interop:
	go run ./internal/interop/cmd/interop

## attack: all attacks on a registrar and three servers, as root; writes docs/attacks.md (PROGRAMS_DIR=dir, ATTACKS=name,...)
attack:
	go run ./internal/attack/cmd/attackrun $(if $(PROGRAMS_DIR),--programs=$(PROGRAMS_DIR)) $(if $(ATTACKS),--attacks=$(ATTACKS))

## references: report in which direction the files of each package refer to each other (PACKAGES='enrp asap/...', V=1)
references:
	@housecheck=$$($(call tool,housecheck)); $$housecheck -references $(if $(V),-v) $(PACKAGES)

# The folders of Wireshark's own variables; "tshark -G folders" shows them.
WIRESHARK_CONFIG_DIR ?= $(or $(XDG_CONFIG_HOME),$(HOME)/.config)/wireshark
WIRESHARK_PLUGIN_DIR ?= $(HOME)/.local/lib/wireshark/plugins

## wireshark-profile: the profile RSerPool into WIRESHARK_CONFIG_DIR, and its script into WIRESHARK_PLUGIN_DIR
wireshark-profile:
	install -d "$(WIRESHARK_CONFIG_DIR)/profiles/RSerPool" "$(WIRESHARK_PLUGIN_DIR)"
	install -m 644 wireshark/RSerPool/* "$(WIRESHARK_CONFIG_DIR)/profiles/RSerPool"
	install -m 644 wireshark/udpsctp.lua "$(WIRESHARK_PLUGIN_DIR)"

## release: tag all modules with VERSION (vX.Y.Z) in dependency order; DRY_RUN=1 only tries it
release:
	GOWORK=off go -C $(CHECKS) run ./cmd/release $(if $(DRY_RUN),--dry-run) $(VERSION)

clean:
	rm -rf bin
	go clean -testcache
