# `make run` and `make test` are all the set-up there is; both start with `make install`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
BENCH := .venv-bench
PEERS := tests/benchmarks/constraints.txt
export HF_HUB_OFFLINE := 1
export TRANSFORMERS_OFFLINE := 1

.PHONY: install install-test run test lint check bench catalogues

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

# One thread a process: more would only wait for one another's cores.
test: export OMP_NUM_THREADS := 1
test: install-test
	$(BIN)/python -m tests.needs
	$(BIN)/pytest -n 4 --dist loadfile

lint: install-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

# This project beside its peers, in an environment of its own: QUICK=1 for a glance, BENCH_SETS=vtex,clinc150 for
# some of the sets, QUERIES=500 for so many of each file, evenly from first to last; README=1 to put the tables of a run
# over all sets into README.md.
bench: $(BENCH)/.installed
	$(BENCH)/bin/python -m tests.benchmarks.compare \
		$(if $(QUICK),--quick) $(if $(BENCH_SETS),--sets $(BENCH_SETS)) $(if $(QUERIES),--queries $(QUERIES)) \
		$(if $(README),--readme)

$(BENCH)/bin/pip:
	$(PYTHON) -m venv $(BENCH)

$(BENCH)/.installed: $(BENCH)/bin/pip pyproject.toml constraints.txt $(PEERS)
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check -c $(PEERS) torch==2.13.0
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check -c $(PEERS) -e '.[bench]'
	@touch $@

# Reads the interface's texts out of the code into its catalogues; what is new there waits for its translation.
catalogues: install-test
	$(BIN)/pybabel -q extract --mapping web/locale/mapping.cfg --output build/messages.pot --no-default-keywords \
	  --keyword=gettext --keyword=ngettext:1,2 --keyword=_ --keyword=mark --keyword=say --keyword=say_many:1,2 \
	  --keyword=t --keyword=tn:1,2 --add-location=file --sort-output --omit-header .
	for language in es de ar; do \
	  $(BIN)/pybabel -q update --input-file build/messages.pot --output-file web/locale/$$language.po \
	    --locale $$language --width 110 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	done
