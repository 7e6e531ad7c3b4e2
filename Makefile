# Every target does its own set-up; the only needs are make and Python 3.11 or newer with venv.

PYTHON ?= python3
DATA ?=
ARGS ?=

VENV := .venv
TRAIN := .venv-train
LOCKING := .venv-lock
BIN := $(VENV)/bin
# Packages come as wheels whose hashes are in the lock files; nothing is built or resolved here.
INSTALL := -m pip --disable-pip-version-check install --no-deps --require-hashes --only-binary :all:
EDITABLE := -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
SERVING := requirements/build.lock requirements/serve.lock requirements/demo.lock
# A package is locked only when it is at least a week old.
BEFORE = $(shell $(PYTHON) -c 'import datetime as d; print(d.date.today() - d.timedelta(days=8))')
TORCH := torch==2.13.0
RECIPES := chest-anatomy cxr-adult cxr-tb cxr-pneumonia ct-ich fundus-dr brain-mri-tumour breast-us \
  hippocampus-mr blood-cells retinal-vessels

# ONNX Runtime reports to its maker unless told not to before it loads (docs/decisions/0006).
export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench faults soak setup train-setup train lock clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

demo: $(VENV)/.serving  ## analyse real films and a record end to end; writes ./osler-demo
	$(BIN)/osler demo $(ARGS)

test: $(VENV)/.dev  ## run all tests (ARGS="-k news2" for some)
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev  ## format, lint, types, import contracts, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src
	$(BIN)/mypy

bench: $(VENV)/.serving  ## measure speed, memory and size (minutes)
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

faults: $(VENV)/.dev  ## kill workers, writers and databases 500 times; writes docs/reference/faults.md (25 minutes)
	PYTHONPATH=tests $(BIN)/python -m faults --page docs/reference/faults.md $(ARGS)

soak: $(VENV)/.dev  ## half an hour under load; writes docs/reference/soak.md
	PYTHONPATH=tests $(BIN)/python -m faults.soak --page docs/reference/soak.md $(ARGS)

setup: $(VENV)/.dev  ## make the environment of a developer, and stop there

# ---- environments ---------------------------------------------------------------------------

$(VENV)/.python:
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo "Osler needs Python 3.11 or newer, and '$(PYTHON)' was not found. Install Python, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Osler needs Python 3.11 or newer, and '$(PYTHON)' is $$('$(PYTHON)' --version 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module. Install it (on Debian: apt-get install python3-venv) and try again." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@'$(PYTHON)' -m venv $(VENV)
	@touch $@

$(VENV)/.serving: $(VENV)/.python $(SERVING) pyproject.toml
	@echo "Installing what serves a patient, and the films of the demo (once; about 240 MB to download)"
	$(BIN)/python $(INSTALL) $(addprefix -r ,$(SERVING))
	$(BIN)/python $(EDITABLE)
	@touch $@

$(VENV)/.dev: $(VENV)/.serving requirements/dev.lock
	@echo "Installing the tools of a developer"
	$(BIN)/python $(INSTALL) -r requirements/dev.lock
	@touch $@

# ---- the training bench ---------------------------------------------------------------------

train-setup: $(TRAIN)/.ready  ## make the environment that trains (torch; big)

# torch comes from pip, unlocked but pinned: a lock of it would force its build for one make of
# graphics card on everybody. For another build, set PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS.
$(TRAIN)/.ready: $(VENV)/.python requirements/build.lock requirements/train.lock pyproject.toml
	@test -x $(TRAIN)/bin/python || '$(PYTHON)' -m venv $(TRAIN)
	$(TRAIN)/bin/python -m pip --disable-pip-version-check install $(TORCH)
	$(TRAIN)/bin/python $(INSTALL) -r requirements/build.lock -r requirements/train.lock
	$(TRAIN)/bin/python $(EDITABLE)
	@touch $@

# In this order: the anatomy model serves the others' gates and evidence, and cxr-adult's network
# is where the next two start.
train: $(TRAIN)/.ready  ## train all shipped models: make train DATA=folder-of-data-sets
	@test -n "$(DATA)" || { echo "Say where the data sets are: make train DATA=folder" >&2; exit 2; }
	@set -e; for recipe in $(RECIPES); do \
	  echo "== $$recipe"; $(TRAIN)/bin/osler train recipes/$$recipe.toml --data "$(DATA)"; done
	@set -e; for recipe in recipes/tables/*.toml; do \
	  echo "== $$recipe"; $(TRAIN)/bin/osler train $$recipe --data "$(DATA)/tabular"; done

# ---- housekeeping ---------------------------------------------------------------------------

LOCK = $(LOCKING)/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --fork-strategy fewest --generate-hashes --no-header --no-annotate --no-emit-index-url \
  --no-emit-find-links --exclude-newer $(BEFORE)

lock: $(VENV)/.python  ## resolve the lock files anew (UPGRADE=--upgrade for newer versions)
	@test -x $(LOCKING)/bin/uv || { '$(PYTHON)' -m venv $(LOCKING) && $(LOCKING)/bin/python -m pip install --quiet uv==0.13.9; }
	$(LOCK) $(UPGRADE) pyproject.toml -c requirements/constraints.in -o requirements/serve.lock
	$(LOCK) $(UPGRADE) requirements/build.in -c requirements/serve.lock -o requirements/build.lock
	$(LOCK) $(UPGRADE) requirements/demo.in -o requirements/demo.lock
	$(LOCK) $(UPGRADE) pyproject.toml --extra demo --extra charts --extra dev \
	  -c requirements/serve.lock -o requirements/dev.lock
	$(LOCK) $(UPGRADE) pyproject.toml --extra train --extra tables -c requirements/dev.lock \
	  --overrides requirements/without-torch.in -o requirements/train.lock

clean:  ## remove environments (not the training bench), caches and builds
	rm -rf $(VENV) $(LOCKING) build dist .coverage .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache osler-demo
	find src tests benchmarks tools -name __pycache__ -prune -exec rm -rf {} +
