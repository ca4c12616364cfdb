# Needs make and Python >= 3.11 with pip; everything else is installed into .venv from the lock files.
#   make run       install, run the status quo and its structural variants, and say where the report is
#   make test      the tests, in minutes
#   make test-all  these, and those that only repeat more often what the others show
#   make test-lowest  the tests, with the oldest packages that pyproject.toml admits (needs Python 3.11)
#   make lint      ruff and mypy
#   make example   make the report that the README shows again (results/example)
#   make fit       fit the numbers to the facts again (scenarios/tables)
#   make hindcast  forecast the past again and score it (docs/scorecard.md, docs/forecasts.csv)
#   make docs      make the pages that come from tables; simulates only what has changed (docs/judged.md)
#   make bench     measure speed and memory (half an hour, on a quiet machine), write docs/benchmarks.*
#   make mutants  how many changes of the core do the tests notice? (MODULES=sim/…, SAMPLE="--sample 50 --minutes 30")
#   make lock      renew the lock files (requirements/)
#   make clean     remove .venv, its siblings and what tools leave behind

PYTHON ?= python3
SCENARIO ?= status-quo
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m

.PHONY: run example test test-exhaustive test-all test-lowest lint fit hindcast docs bench mutants lock clean
.DELETE_ON_ERROR:
# Bytecode is kept even where the environment says otherwise: tests start many processes, and each of them, as well as
# every collection of the tests, would compile thousands of lines again.
unexport PYTHONDONTWRITEBYTECODE

run: $(VENV)/installed
	$(BIN)/accession run $(SCENARIO) --variants

# Kept in the repository: what a reader opens, and what says how to make it again.
KEPT := report.html summary.json manifest.json figures/cumulative.png

example: $(VENV)/installed
	$(BIN)/accession run status-quo --variants --out results/.example
	rm -rf results/example
	mkdir -p results/example/figures
	for file in $(KEPT); do cp results/.example/$$file results/example/$$file; done
	rm -rf results/.example

# File by file, so that what the tests of a file share is made once.
test: $(VENV)/developer
	$(RUN) tests.compile
	$(RUN) pytest -q -n 2 --dist loadfile --no-loadscope-reorder

test-exhaustive: $(VENV)/developer
	$(RUN) tests.compile
	$(RUN) pytest -q -n 2 -m exhaustive

test-all: test test-exhaustive

# Warnings of a newer package about how an older one uses it are not ours: they do not fail here.
test-lowest: $(VENV)-lowest/installed
	$(VENV)-lowest/bin/python -m pytest -q -n 2 -W default::DeprecationWarning


lint: $(VENV)/developer
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

fit: $(VENV)/installed
	$(BIN)/accession fit --out scenarios/tables

hindcast: $(VENV)/installed
	$(BIN)/accession hindcast --out docs

docs: $(VENV)/developer
	$(RUN) sim.pages.fits
	$(RUN) sim.pages.scorecard
	$(RUN) sim.pages.judged
	$(RUN) benchmarks --page
	$(RUN) tests.trace

# LARGE=--large adds 100 million trajectories.
bench: $(VENV)/rivals
	$(RUN) benchmarks $(LARGE)

mutants: $(VENV)/mutants
	$(RUN) tests.mutants $(MODULES) $(SAMPLE)

# The stamps: pinned dependencies; the package itself, editable; what tests and lint need; what benchmarks need.
# A changed lock starts from an empty .venv, a changed pyproject.toml only installs the package anew.
# The host's pip fills the environment, so that Pythons packaged without ensurepip work as well.
PIP = $(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python
LOWEST_PIP = $(PYTHON) -m pip --disable-pip-version-check --python $(VENV)-lowest/bin/python

$(VENV)/locked: requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
	    "accession needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	$(PIP) install -q --require-hashes --only-binary :all: -r requirements/run.txt
	@touch $@

$(VENV)/installed: $(VENV)/locked pyproject.toml
	$(PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/developer: $(VENV)/installed requirements/dev.txt
	$(PIP) install -q --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@

$(VENV)/rivals: $(VENV)/installed requirements/bench.txt
	$(PIP) install -q --require-hashes --only-binary :all: -r requirements/bench.txt
	@touch $@

$(VENV)/mutants: $(VENV)/developer requirements/mutants.txt
	$(PIP) install -q --require-hashes --only-binary :all: -r requirements/mutants.txt
	@touch $@

# The oldest releases have wheels for Python 3.11 and not for newer ones.
$(VENV)-lowest/installed: requirements/lowest.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info[:2] == (3, 11) else \
	    "the oldest packages need Python 3.11: make test-lowest PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv --clear --without-pip $(VENV)-lowest
	$(LOWEST_PIP) install -q --require-hashes --only-binary :all: -r requirements/lowest.txt
	$(LOWEST_PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $@

# One resolution for every supported Python and platform; fewest: one version each, the same everywhere.
# Drop the pins first (make lock UPGRADE=--upgrade) to move to newer releases.
LOCK = $(VENV)-lock/bin/uv pip compile -q pyproject.toml --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes --no-annotate --custom-compile-command "make lock" $(UPGRADE)

lock:
	$(PYTHON) -m venv --clear --without-pip $(VENV)-lock
	$(PYTHON) -m pip --disable-pip-version-check --python $(VENV)-lock/bin/python install -q uv
	$(LOCK) --extra build -o requirements/run.txt
	$(LOCK) --extra dev --constraints requirements/run.txt -o requirements/dev.txt
	$(LOCK) --extra bench --constraints requirements/run.txt -o requirements/bench.txt
	$(LOCK) --extra mutants --constraints requirements/run.txt -o requirements/mutants.txt
	$(LOCK) --extra dev --resolution lowest-direct --upgrade -o requirements/lowest.txt
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) $(VENV)-lock $(VENV)-lowest .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
