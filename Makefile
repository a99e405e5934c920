# Every target makes the environment it needs: Python with venv, make and the package registries are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# For every platform and every Python from 3.11; what is pinned stays (make lock LOCK=--upgrade moves on).
COMPILE = .cache/lock/bin/uv pip compile --system-certs --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --extra demo $(LOCK)

.DEFAULT_GOAL := help
.PHONY: demo test check fmt bench lock clean help

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

demo: $(READY) ## the whole way on this machine, in a minute
	@$(BIN)/infobip-streams demo

test: $(READY) ## every test, on the first broker that serves
	@$(BIN)/python -m pytest

check: $(READY) ## lint, types and the walls between rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

fmt: $(READY) ## format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY) ## throughput, quota, memory; compared in the same run
	@$(BIN)/python -m tests.integration.brokers -- $(BIN)/python -m bench

lock: ## pin the dependencies again, with hashes
	@$(PYTHON) -m venv .cache/lock
	@.cache/lock/bin/pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) -o requirements.txt pyproject.toml >/dev/null
	@$(COMPILE) --group dev -o requirements-dev.txt pyproject.toml >/dev/null

clean: ## remove what was made
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@echo "installing pinned dependencies into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
