# make reports: environment, sample evidence if absent, every report under data/output
# make test:    linters, types and the everyday tests: some 6 minutes on two cores
# make test-all: the thorough tests too: Chromium and JupyterLab, LibreOffice, clusters, kills, large sizes
# make bench:   how fast it is, as a table; with SIZE=full at the sizes of docs/scale.md, which takes an hour
PYTHON ?= python3
SCHEMES ?= census_2015 leiyang_2017
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
RUN := $(BIN)/python -m scoring
NPM_INSTALLED := tests/browser/node_modules/.package-lock.json

.PHONY: reports $(addprefix reports-,$(SCHEMES)) test test-all bench tools lint lab template clean lock

reports: $(addprefix reports-,$(SCHEMES))

$(addprefix reports-,$(SCHEMES)): reports-%: $(VENV)/installed
	$(BIN)/python -m tools.sample --scheme $*
	$(RUN) report data/raw/$(lastword $(subst _, ,$*)) --scheme $*

test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not thorough"

test-all: export BROWSER_TESTS := 1
test-all: tools $(NPM_INSTALLED) lint
	$(BIN)/python -m pytest -n auto --dist loadfile

bench: $(VENV)/installed
	$(BIN)/python -m tools.sample --year 2017
	$(BIN)/python -m benchmarks $(if $(filter full,$(SIZE)),--full)

# Chromium, Java, npm and LibreOffice: installed if possible; otherwise a message says what is missing.
tools: $(VENV)/installed
	$(BIN)/python tests/browser/tools.py

$(NPM_INSTALLED): tests/browser/package-lock.json | tools
	cd tests/browser && npm ci

lint: $(VENV)/installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

# With settings that keep JupyterLab off the network.
lab: export JUPYTER_CONFIG_PATH := $(CURDIR)/.jupyter
lab: $(VENV)/installed
	$(BIN)/python -m jupyter lab notebooks/department.ipynb

# The blank evidence workbook and the page on Parquet, after a change of the scheme's sheets.
template: $(VENV)/installed
	$(BIN)/python -m tools.forms

# One environment for reports and tests: tests need little more.
$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -c "open('$(VENV)/installed', 'w').close()"

# Needs uv. The lock has hashes and no address, so it installs from any index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --extra dev pyproject.toml -o requirements.lock

clean:
	$(PYTHON) -c "import shutil; shutil.rmtree('data/output', ignore_errors=True)"
