# Two commands to start with: `make demo` and `make test`. Each creates .venv and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# torch is installed first and pinned: a CPU build if there is one, and never a newer one pulled in by another package.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# REPO=user/name is where the demo publishes its adapter; without it, or without a token, the demo does a dry run.
REPO ?=

# The interpreters of `make test-pythons`.
PYTHONS ?= python3.12 python3.13

.PHONY: demo test test-all test-lowest test-newest test-pythons docs faults fuzz lint clean

demo: .venv/demo.installed
	$(BIN)/python scripts/demo.py $(if $(REPO),--repo $(REPO))

test: .venv/test.installed lint
	$(BIN)/python -m pytest --numprocesses auto -m "not slow"

# Includes the slow tests, as CI does.
test-all: .venv/ray-serve.installed .venv-s3/installed lint
	$(BIN)/python -m pytest --numprocesses auto

# All but the browser tests with the lowest versions that setup.cfg allows, and with the newest. Each has its own
# environment; it is made anew if setup.cfg changed, and that of the newest each time.
BOTH_ENDS := --numprocesses auto --ignore tests/streamlit_app/test_browser.py \
    --ignore tests/streamlit_app/test_foreign_text.py

test-lowest: .venv-lowest/installed
	.venv-lowest/bin/python -m pytest $(BOTH_ENDS)

.venv-lowest/installed: setup.cfg scripts/lowest_constraints.py
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/python scripts/lowest_constraints.py > .venv-lowest/constraints.txt
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check --constraint .venv-lowest/constraints.txt \
	    --editable ".[all,dev]"
	touch $@

test-newest:
	$(PYTHON) -m venv --clear .venv-newest
	echo torch==2.13.0 > .venv-newest/constraints.txt
	.venv-newest/bin/pip install --quiet --disable-pip-version-check --constraint .venv-newest/constraints.txt torch
	.venv-newest/bin/pip install --quiet --disable-pip-version-check --constraint .venv-newest/constraints.txt \
	    --editable ".[all,dev]"
	.venv-newest/bin/python -m pytest $(BOTH_ENDS)

# What runs without torch, on other interpreters: the core, the readers, the metrics, and exports in the runtime.
WITHOUT_TORCH := datasets huggingface_hub hypothesis numpy onnxruntime openpyxl openvino pytest scikit-learn starlette \
    tokenizers uvicorn

test-pythons: .venv/test.installed
	set -e; for python in $(PYTHONS); do \
	    $$python -m venv --clear .venv-$$python; \
	    .venv-$$python/bin/pip install --quiet --disable-pip-version-check $(WITHOUT_TORCH); \
	    .venv-$$python/bin/python -m pytest tests/core tests/files tests/metrics tests/reviews; \
	    OTHER_PYTHON=$(CURDIR)/.venv-$$python/bin/python $(BIN)/python -m pytest tests/runtime/test_other_python.py; \
	done

# Prints what each fault of the Hub leaves of publications and of fetched adapters; also a part of test-all.
faults: .venv/test.installed
	$(BIN)/python -m pytest --capture=no tests/hub/test_fault_matrix.py

# About two minutes of files that are nearly right: only a SentimentError may come out of them.
fuzz: .venv/test.installed
	$(BIN)/python scripts/fuzz.py

# The site of docs/, in site/; python -m http.server -d site shows it.
docs: .venv/test.installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

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
	$(INSTALL) --editable ".[all,dev]"
	touch $@

# What one slow test of tests/serving/test_launch_files.py needs, and is skipped without.
.venv/ray-serve.installed: .venv/test.installed
	$(INSTALL) "ray[serve]"
	touch $@

# The S3 server of tests/scale/test_object_store.py, which is skipped without it. It has an environment of its own,
# because it needs an older python-dateutil than constraints.txt has.
.venv-s3/installed:
	$(PYTHON) -m venv .venv-s3
	.venv-s3/bin/pip install --quiet --disable-pip-version-check "moto[server]==5.2.5"
	touch $@

clean:
	rm -rf .venv .venv-* build dist site *.egg-info demo-output
