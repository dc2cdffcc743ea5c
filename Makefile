# Ticket Ledger: everything a checkout can do. `make help` lists it.
# Needs git, make and Python 3.11 or newer with venv; the rest is fetched into .tools and .venv.

PYTHON ?= python3
UV_VERSION := 0.13.9

# The uv of this very version from the PATH, else one of our own: the lock file is read by what wrote it.
ifndef UV
ifneq (,$(findstring uv $(UV_VERSION),$(shell uv --version 2>/dev/null)))
UV := uv
else
UV := .tools/bin/uv
endif
endif

# Machines with a certificate authority of their own (offices, proxies) trust it here too.
export UV_SYSTEM_CERTS := true
export UV_PYTHON_DOWNLOADS := never
# An activated environment of somebody else must not be the one that is filled.
unexport VIRTUAL_ENV
unexport PYTHONPATH
unexport PYTHONHOME

BIN := .venv/bin
PYTEST_ARGS ?=
MINUTES ?= 10
SYNC := $(UV) sync --locked --quiet --inexact --python $(PYTHON)

.DEFAULT_GOAL := help
.PHONY: help demo demo-kafka test check format schemas bench soak wheel lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r t d; do printf '  make %-9s %s\n' "$$t" "$$d"; done

demo: .venv/.ready-run ## set up, then a real log from import to views, in ./demo
	$(BIN)/ticketledger demo

demo-kafka: .venv/.ready-run ## the same on Apache Kafka: starts a broker (needs Java and Maven), in ./demo-kafka
	$(BIN)/python -m tests.broker --data demo-kafka/broker -- $(BIN)/ticketledger --ledger demo-kafka/demo demo --kafka {kafka}

test: .venv/.ready-test ## set up, then the whole test suite (PYTEST_ARGS="-k queue" picks)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: .venv/.ready-check ## style, types, import contracts, schemas and docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --stats
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check
	$(BIN)/python -m pytest -q tests/house -m "not e2e"

soak: .venv/.ready-test ## kill brokers, writers, relays and projectors for MINUTES=10, then judge log and views
	TICKETLEDGER_SOAK_SECONDS=$$(($(MINUTES) * 60)) $(BIN)/python -m pytest -s tests/eventstore/test_kafka_kills.py

format: .venv/.ready-check ## let ruff put the code in order
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

schemas: .venv/.ready-test ## write schemas/ and docs/reference/events.md again from the events
	$(BIN)/python -m schemas.generate

bench: .venv/.ready-test ## measure, side by side with what we compare ourselves to
	$(BIN)/python benchmarks/run.py

wheel: .venv/.ready-test ## build dist/ticketledger-*.whl
	rm -rf dist
	$(BIN)/python -m hatchling build --target wheel

lock: $(UV) ## resolve the dependencies anew into uv.lock
	$(UV) lock --python $(PYTHON)

clean: ## remove what was made, ledgers of the demo included
	rm -rf .venv .tools build dist demo demo-kafka .coverage htmlcov
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Three stages of set-up, so that the demo need not wait for type checkers.
.venv/.ready-run: pyproject.toml uv.lock | $(UV)
	@echo 'Setting up .venv: what the program needs …'
	@$(SYNC) --no-default-groups
	@touch $@

.venv/.ready-test: pyproject.toml uv.lock | $(UV)
	@echo 'Setting up .venv: the program and its tests …'
	@$(SYNC) --no-default-groups --group test --extra fast
	@touch $@ .venv/.ready-run

.venv/.ready-check: pyproject.toml uv.lock | $(UV)
	@echo 'Setting up .venv: the program, its tests and the checkers …'
	@$(SYNC) --all-groups --extra fast
	@touch $@ .venv/.ready-run .venv/.ready-test

.tools/bin/uv:
	@echo 'Fetching uv $(UV_VERSION) into .tools …'
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: uv==$(UV_VERSION)
