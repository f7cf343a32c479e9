# Two commands to start with: `make demo` and `make test`. Each creates .venv and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# torch is installed first and pinned: a CPU build if there is one, and never a newer one pulled in by another package.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# REPO=user/name is where the demo publishes its adapter; without it, or without a token, the demo does a dry run.
REPO ?=

.PHONY: demo test test-all faults fuzz lint clean

demo: .venv/demo.installed
	$(BIN)/python scripts/demo.py $(if $(REPO),--repo $(REPO))

test: .venv/test.installed lint
	$(BIN)/python -m pytest --numprocesses auto -m "not slow"

# Includes the slow tests, as CI does.
test-all: .venv/test.installed .venv-s3/installed lint
	$(BIN)/python -m pytest --numprocesses auto

# Prints what each fault of the Hub leaves of publications and of fetched adapters; also a part of test-all.
faults: .venv/test.installed
	$(BIN)/python -m pytest --capture=no tests/hub/test_fault_matrix.py

# About two minutes of files that are nearly right: only a SentimentError may come out of them.
fuzz: .venv/test.installed
	$(BIN)/python scripts/fuzz.py

lint: .venv/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/mypy

.venv/torch.installed: constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("hf_sentiment needs Python 3.11 or newer: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	touch $@

.venv/demo.installed: .venv/torch.installed setup.cfg pyproject.toml
	$(INSTALL) --editable ".[embedded]"
	touch $@

.venv/test.installed: .venv/demo.installed
	$(INSTALL) --editable ".[embedded,openvino,onnx,search,app,excel,serve,telemetry,dev]"
	touch $@

# The S3 server of tests/scale/test_object_store.py, which is skipped without it. It has an environment of its own,
# because it needs an older python-dateutil than constraints.txt has.
.venv-s3/installed:
	$(PYTHON) -m venv .venv-s3
	.venv-s3/bin/pip install --quiet --disable-pip-version-check "moto[server]==5.2.5"
	touch $@

clean:
	rm -rf .venv .venv-s3 build dist *.egg-info demo-output
