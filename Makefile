# `make demo` and `make test` need Python 3.11 or newer and nothing else; both make .venv first.

PYTHON ?= python3
BIN := .venv/bin
DECISIONS := engine/domain/*,engine/attempts/*,engine/compliance/*,engine/pacing/*,engine/selection/*,engine/ownership/*,engine/resets/*,engine/calls/assignment.py

.PHONY: help demo test check format bench docs lock clean

help:
	@echo "make demo    simulate a working day: 25 agents, 10,000 leads; the report goes to out/demo/"
	@echo "make test    run every test; branch coverage is 92 % or more, and 100 % of the decisions"
	@echo "make check   lint, format check, async checks and types"
	@echo "make format  format the code"
	@echo "make docs    write the generated pages of docs/ again"
	@echo "make bench   measure; results go to out/bench/"
	@echo "make lock    resolve the lock files again"

.venv/.run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@

# --no-checks: `dialer run` watches every invariant otherwise, which takes half as long again.
demo: .venv/.run
	$(BIN)/dialer run scenarios/demo.yaml --no-checks --report out/demo

test: .venv/.dev
	$(BIN)/python -m pytest --numprocesses=auto --cov --cov-report=term:skip-covered --cov-fail-under=92
	$(BIN)/coverage report --include='$(DECISIONS)' --fail-under=100 > /dev/null

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/flake8-async --enable ASYNC --startable-in-context-manager run \
		$$(find engine simulator bench -name '*.py')
	$(BIN)/mypy

format: .venv/.dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: .venv/.dev
	$(BIN)/python docs/generate.py

bench: .venv/.dev
	$(BIN)/python -m bench

lock:
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check .
	.venv-lock/bin/python -m pip freeze --exclude dialer-engine > requirements.lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	.venv-lock/bin/python -m pip freeze --exclude dialer-engine > requirements-dev.lock
	rm -rf .venv-lock build

clean:
	rm -rf .venv .venv-lock out build .pytest_cache .mypy_cache .ruff_cache .coverage
