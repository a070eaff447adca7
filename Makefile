# `make` alone lists what there is. Everything runs in .venv, which is made when it is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONFIG ?= config/monitor.yaml

.PHONY: help run demo test lint format sweep soak hostile bench replay fuzz schema datasette1 clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "monitor needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $(READY)

run: $(READY)  ## watch what config/monitor.yaml says, with Datasette beside it
	$(BIN)/monitor run --serve --config $(CONFIG)

demo: $(READY)  ## a newsroom on this machine, watched while you look; ARGS="--for 60s" ends it by itself
	$(BIN)/monitor demo $(ARGS)

test: $(READY) lint  ## what CI runs: lint, types, every test
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)  ## ruff and mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)  ## let ruff lay out the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sweep: $(READY)  ## end a run at every single write and sync, and see that nothing is lost; 20 minutes
	$(BIN)/python tests/crash_sweep.py $(ARGS)

soak: $(READY)  ## a daemon among bad servers, killed, its clock set, its disk full; ARGS="--for 1h"
	$(BIN)/python tests/soak.py $(ARGS)

hostile: $(READY)  ## a daemon among twenty hosts that stall, drip and never end; ARGS="--for 1h"
	$(BIN)/python tests/hostile.py $(ARGS)

bench: $(READY)  ## the budgets, each as a ratio to its baseline in the same run
	$(BIN)/python benchmarks/run.py $(ARGS)

replay: $(READY)  ## our cadence against fixed intervals, on real series of polls
	$(BIN)/python benchmarks/replay.py $(ARGS)

fuzz: $(READY)  ## mutated feeds through the parser, for ten minutes
	$(BIN)/python benchmarks/fuzz.py $(ARGS)

schema: $(READY)  ## write config/monitor.schema.json anew
	$(BIN)/monitor schema > config/monitor.schema.json

datasette1: $(READY)  ## Datasette 1.0 alpha in an environment of its own, for the tests that use it
	$(PYTHON) -m venv .venv-datasette1
	.venv-datasette1/bin/pip install --quiet 'datasette==1.0a41'

clean:  ## remove the environments and caches, nothing of yours
	rm -rf $(VENV) .venv-datasette1 .mypy_cache .ruff_cache .pytest_cache .hypothesis
