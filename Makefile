# The commands of the project; `make` alone lists them. Only `smoke` uses an AWS account.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON_VERSION := $(shell cat .python-version)
SYSTEM_PYTHON := python$(PYTHON_VERSION)
BIN := .venv/bin
READY := .venv/.ready
SCANNER := .venv-scan/.ready
CLIENTS := .venv-clients/.ready .venv-clients-core/.ready tests/clients/js/node_modules/.ready
BUILT := .aws-sam/build/template.yaml
SHIPPED := $(shell find functions -name '*.py') functions/Makefile template.yaml samconfig.toml
JOBS ?= 2

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := functions:simulator:cli:smoke
MEASURE := PYTHONPATH=$(PYTHONPATH):tests:benchmarks $(BIN)/python -m
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION := eu-central-1
# Tests start Python again and again; where it may not keep byte code, it compiles everything each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo quick test test-workflow test-all lint types arrows validate run-tests run-all-tests bench bench-package bench-startup \
  bench-before bench-scale rooms format build schema screenshots clients lock clean smoke

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

demo: $(READY) ## run two deployments on the embedded AWS: one is rolled back by its alarm, one succeeds
	@$(BIN)/bluegreen simulate events/scenarios/canary-rolled-back-in-first-bake.yaml \
	  events/scenarios/canary-succeeds.yaml
	@echo && echo "To see one go on in your browser, and to break it: $(BIN)/bluegreen demo"

quick: lint types ## while you work: lint, types, unit and property tests
	@$(BIN)/pytest -n $(JOBS) -m "not slow" tests/unit tests/property

test: lint arrows ## everything that has to pass: lint, types, imports, template, build, tests
	@$(MAKE) --no-print-directory -j 3 types validate run-tests

test-workflow: $(READY) ## every crash, fault and story of the workflow, of which `test` plays a sample (half an hour)
	@$(BIN)/pytest -n $(JOBS) --dist worksteal -m slow tests/workflow tests/releases

test-all: lint arrows $(SCANNER) ## the same, with slow tests, a template scanner, a floor for the coverage
	@$(MAKE) --no-print-directory -j 3 types validate run-all-tests

# What `test` has run beside each other: types and validation are one process each, on as many cores as there are.
run-tests: build
	@$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not slow"

run-all-tests: build
	@$(BIN)/pytest -n $(JOBS) --dist worksteal --cov --cov-report=term

lint: $(READY)
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check --quiet && echo "lint: clean"

types: $(READY)
	@$(BIN)/mypy

arrows: $(READY)
	@$(BIN)/lint-imports --no-logo

validate: $(READY)
	@$(BIN)/sam validate --lint

build: $(BUILT) ## build what `sam deploy` deploys

$(BUILT): $(SHIPPED) statemachine/deployment.asl.yaml | $(READY)
	@$(BIN)/sam build

bench: $(READY) ## follow deployments beside polling loops, count, and write docs/performance.md (10 minutes)
	@$(MEASURE) polling.bench
	@$(MEASURE) event_loss
	@$(MEASURE) idle_month
	@$(MEASURE) simulator

bench-package: $(READY) ## measure what ships: its size, how long its import takes, what memory the functions need
	@$(MEASURE) package
	@$(MEASURE) memory

bench-startup: $(READY) ## start every function beside boto3 with one client, and write the table of docs/performance.md
	@$(MEASURE) startup

bench-before: $(READY) ## what a canary and each start cost in an earlier commit and here: BEFORE=COMMIT
	@$(MEASURE) before_after $(BEFORE)

bench-scale: $(READY) ## run 1,000 deployments at once, and write that part of docs/performance.md (an hour)
	@$(MEASURE) scale.run \
	  $(if $(DEPLOYMENTS),--deployments $(DEPLOYMENTS)) $(if $(ONLY),--only "$(ONLY)")

rooms: $(READY) ## the import graph as text: rooms, arrows between them, longest chain
	@$(MEASURE) rooms

screenshots: $(READY) ## look at the reports and the local page in Chromium, and write the pictures of docs/
	@$(MEASURE) pictures.shoot

clients: $(READY) $(BUILT) $(CLIENTS) $(if $(MOTO),.venv-moto-tests/.ready) ## try other people's clients of AWS against `bluegreen local`, and write docs/clients.md
	@TF_PLUGINS="$(TF_PLUGINS)" $(MEASURE) clients.run $(if $(ONLY),--only "$(ONLY)") \
	  $(if $(MOTO),--moto "$(MOTO)") $(if $(NOTEBOOKS),--notebooks "$(NOTEBOOKS)")

smoke: $(READY) ## try it in a real AWS account: shows the cost, asks, deploys, compares, deletes everything
	@env -u AWS_DEFAULT_REGION $(BIN)/python -m bluegreen_smoke $(SMOKE)

format: $(READY) ## format the code
	@$(BIN)/ruff format && $(BIN)/ruff check --fix --quiet

schema: $(READY) ## write the JSON Schemas in docs/ from the code
	@$(BIN)/python -m bluegreen_cli.request_schema request > docs/request.schema.json
	@$(BIN)/python -m bluegreen_cli.request_schema policy > docs/policy.schema.json

lock: ## update requirements/*.txt from requirements/*.in (needs uv)
	@for name in dev scan clients clients-core moto-tests; do \
	  uv pip compile --quiet --universal --python-version $(PYTHON_VERSION) --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean: ## delete everything that was built or installed here
	@rm -rf .venv .venv-scan .venv-clients .venv-clients-core .venv-moto-tests tests/clients/js/node_modules
	@rm -rf .aws-sam .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist *.egg-info

$(READY): requirements/dev.txt pyproject.toml .python-version
	@$(SYSTEM_PYTHON) -c 'import sys' 2>/dev/null || { \
	  echo "bluegreen needs Python $(PYTHON_VERSION) as '$(SYSTEM_PYTHON)' on the PATH, and there is none." >&2; \
	  echo "Install it, for example with pyenv: pyenv install $(PYTHON_VERSION)" >&2; exit 1; }
	@echo "setting up .venv (once, a minute or two)"
	@test -x $(BIN)/python || $(SYSTEM_PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

.venv-%/.ready: requirements/%.txt .python-version | $(READY)
	@echo "setting up .venv-$* (once, a minute or two)"
	@test -x .venv-$*/bin/python || $(SYSTEM_PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/$*.txt
	@touch $@

tests/clients/js/node_modules/.ready: tests/clients/js/package.json
	@node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null || { \
	  echo "make clients needs Node.js 20 or newer as 'node' on the PATH, with npm, and there is none." >&2; exit 1; }
	@echo "setting up tests/clients/js/node_modules (once, a minute)"
	@cd tests/clients/js && npm install --silent && touch node_modules/.ready
