# Two commands do everything on a fresh machine: `make serve` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := .ci/constraints.txt
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS)

.DEFAULT_GOAL := help
.PHONY: help serve test lint types format eval clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "expected Python 3.11 or newer, got $$($(PYTHON) -V); set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What is installed is installed anew only when what it depends on changes.
$(VENV)/.installed: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@echo "installing into $(VENV): takes a few minutes the first time"
	$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@echo "installing into $(VENV), the tools for testing too: takes a few minutes the first time"
	$(PIP_INSTALL) -e '.[dev]'
	@touch $(VENV)/.installed $@

serve: $(VENV)/.installed ## install, build what is missing, serve the chat at http://127.0.0.1:8000
	$(BIN)/chatbot serve

test: $(VENV)/.installed-dev ## install, run every test, the browser's too, and compare the recorded figures
	$(BIN)/python -m pytest $(PYTEST_ARGS)
	$(BIN)/python -m eval --check

lint: $(VENV)/.installed-dev ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev ## check types
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(VENV)/.installed-dev ## measure on the test half of the fixed questions
	$(BIN)/python -m eval

clean: ## remove what was built and installed
	rm -rf $(VENV) .chatbot build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
