.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .venv/bin/uv
JOBS ?= 3

.PHONY: help setup demo test test-slow test-all conformance bench lint format clean

help: ## Show the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## Put the tool into .venv/bin/motia

.venv/.ready: pyproject.toml uv.lock
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@test -x $(UV) || .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --quiet --frozen --python .venv/bin/python
	@touch $@

demo: setup ## Deploy the example to the embedded AWS emulator and send it an order
	@.venv/bin/python examples/demo.py

test: setup lint ## Lint, type-check and run the fast tests
	@.venv/bin/python -m pytest -n $(JOBS) --dist loadgroup -m "not slow"

test-slow: setup ## Run the slow tests alone
	@.venv/bin/python -m pytest -n $(JOBS) --dist loadgroup -m slow

test-all: test test-slow ## Run every test

conformance: setup ## Hold the product to the API reference; write docs/conformance.md
	@.venv/bin/python -m pytest tests/conformance -n $(JOBS) --dist loadgroup --write-table \
		--deselect tests/conformance/test_table.py

bench: setup ## Measure, as ratios against baselines in the same run
	@.venv/bin/python -m bench

lint: setup
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .
	@.venv/bin/mypy

format: setup ## Format and fix what can be fixed
	@.venv/bin/ruff check --fix --quiet .
	@.venv/bin/ruff format --quiet .

clean: ## Remove what was made here
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis dist cdk.out
