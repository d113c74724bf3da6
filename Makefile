# Everything a person or CI does here. `make` lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# A file's tests share what is costly to start, and the long ones must not come last.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
UV_VERSION := 0.13.9
# Where an image or a shell says so, each of Airflow's tasks would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo up down test test-fast lint docs lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: requirements.txt tests/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Python 3.11 is needed: install it, or say where it is with PYTHON=/path/to/python3.11"; exit 1; }
	@echo "==> Installing requirements into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# uv installs in seconds what takes pip minutes, and compiles for a fast first start; where it
	@# cannot reach the index that pip is set up for, pip does it.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode \
	    -r requirements.txt -r tests/requirements.txt || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    -r requirements.txt -r tests/requirements.txt
	@touch $@

demo: $(VENV)/ready ## Run the whole pipeline on a made-up company; leaves a mail to open
	@$(BIN)/python -m include.sandbox.demo run

up: $(VENV)/ready ## Start everything and leave it running; prints Airflow's address and login
	@$(BIN)/python -m include.sandbox.demo up

down: $(VENV)/ready ## Stop what `make up` started
	@$(BIN)/python -m include.sandbox.demo down

test: $(VENV)/ready lint ## Run every check and every test
	@$(PYTEST)

test-fast: $(VENV)/ready ## Run the tests that take less than ten seconds each
	@$(PYTEST) -m 'not slow'

lint: $(VENV)/ready ## Check style, types and import contracts
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/ready ## Write docs/tables.md and docs/metrics.md from the definitions
	@$(BIN)/python -m include docs

lock: ## Pin requirements.txt and tests/requirements.txt anew
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --upgrade requirements.in -o requirements.txt
	@cd tests && ../$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url \
	  --no-emit-find-links --python-version 3.11 --upgrade requirements.in -o requirements.txt

clean: down ## Remove all that was written: warehouses, and what was mailed to whom, too
	rm -rf .data
