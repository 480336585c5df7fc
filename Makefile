# `make run` and `make test` are all the set-up there is; both start with `make install`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
export HF_HUB_OFFLINE := 1
export TRANSFORMERS_OFFLINE := 1

.PHONY: install install-test run test check

install: $(VENV)/.installed

install-test: $(VENV)/.installed-test

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

run: install
	$(BIN)/precedent --data $(DATA) demo
	$(BIN)/precedent --data $(DATA) serve

test: install-test
	$(BIN)/python -m tests.needs
	$(BIN)/pytest -n 2 --dist loadfile

check: install-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test
