# `make sample` and `make test` work on a fresh machine: they make the virtual environment themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
comma := ,

.DEFAULT_GOAL := help
.PHONY: help sample test lint docs bench lock dist release-notes clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lqbayes needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# With an extra, or with several at once: .installed-test,docs
$(VENV)/.installed-%: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $(VENV)/.installed $(addprefix $(VENV)/.installed-,$(subst $(comma), ,$*)) $@

sample: $(VENV)/.installed ## sample the posterior of the paper's measurements (options: make sample ARGS="--seed 2")
	$(BIN)/python -m lqbayes sample $(ARGS)

test: $(VENV)/.installed-test ## run the whole test suite
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-test ## check style and types
	$(BIN)/ruff check lqbayes tests bench analysis docs
	$(BIN)/ruff format --check lqbayes tests bench analysis docs
	$(BIN)/mypy

# Pages that hold code run it, with tiny runs; a warning is an error, and so is a link within the site that leads nowhere.
docs: $(VENV)/.installed-docs ## build the documentation: docs/_build/html/index.html
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env docs docs/_build/html

# The other scripts of bench/ take minutes to hours and want other packages: see bench/README.md.
bench: $(VENV)/.installed ## measure the cost of the posterior and of the moves (half a minute)
	$(BIN)/python bench/cost.py $(ARGS)

# One lock for all systems and versions of Python; the index is the business of who installs.
lock: $(BIN)/python ## write requirements.lock: versions and hashes of all that lqbayes and its tests need
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8'
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --extra test --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-emit-index-url --custom-compile-command "make lock" --output-file requirements.lock

dist: $(VENV)/.installed-test ## build the sdist, and the wheel from it, in dist/
	rm -rf dist
	$(BIN)/python -m build

release-notes: ## print the newest part of the changelog
	@awk '/^## / { part++ } part == 1' CHANGELOG.md

clean: ## remove the virtual environment and caches; runs in chains/ stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist docs/_build docs/reference
