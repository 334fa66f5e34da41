# Commands of the project; `make` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.set-up
NODE_STAMP := viewer/node_modules/.set-up
PAGE := viewer/dist/page/index.html
WIDGET := python/voxsieve/static/widget.js
TARGET := $(or $(CARGO_TARGET_DIR),target)
# The packages that are built together: alone, some would need others compiled anew with fewer features.
PACKAGES := --package voxsieve-cli --package voxsieve-dev --package voxsieve-python
LIBRARY := $(if $(filter Darwin,$(shell uname)),lib_voxsieve.dylib,lib_voxsieve.so)
MODULE := python/voxsieve/_voxsieve.abi3.so
NEXTEST := $(shell command -v cargo-nextest)
DENY := $(shell command -v cargo-deny)

# Real volumes for the tests, where they are at hand.
ifneq ($(wildcard ../shared/data),)
export VOXSIEVE_DATA ?= $(abspath ../shared/data)
endif

help: ## List the commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @

setup: $(STAMP) $(NODE_STAMP) browser ## Python environment in .venv, packages of the viewer, a browser (done once)

$(STAMP): tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	touch $@

$(NODE_STAMP): viewer/package-lock.json
	cd viewer && npm ci --no-audit --no-fund --loglevel=error
	touch $@

browser:
	@command -v chromium > /dev/null || (apt-get update -qq && apt-get install -y -qq chromium fonts-dejavu-core)

viewer: $(PAGE) ## The page and the notebook widget, in viewer/dist

$(PAGE): $(NODE_STAMP) $(shell find viewer/src -type f) viewer/index.html viewer/vite.config.ts schema/filters.json
	cd viewer && npm run --silent build
	mkdir -p $(dir $(WIDGET))
	cp viewer/dist/widget/widget.js $(WIDGET)
	touch $@

build: $(STAMP) viewer ## Build the voxsieve program with its page, and the Python package into .venv
	cargo build $(PACKAGES)
	cp $(TARGET)/debug/$(LIBRARY) $(MODULE).new
	mv $(MODULE).new $(MODULE)
	echo $(CURDIR)/python > $$(echo $(VENV)/lib/python3*/site-packages)/voxsieve.pth

check: build ## Formatting, lints, import arrows, types, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(TARGET)/debug/voxsieve-dev check
	$(if $(DENY),cargo deny --all-features check licenses bans sources,@echo "cargo-deny is not installed: licences not checked")
	$(VENV)/bin/ruff check tests benches python
	$(VENV)/bin/ruff format --check tests benches python
	$(VENV)/bin/mypy
	cd python && $(CURDIR)/$(VENV)/bin/stubtest voxsieve --mypy-config-file ../pyproject.toml --allowlist stubtest.txt
	cd viewer && npm run --silent check

test: $(STAMP) browser build ## All tests: Rust, documentation, Python, viewer
	$(if $(NEXTEST),cargo nextest run --workspace,cargo test --workspace --lib --bins --tests)
	cargo test --workspace --doc
	cd viewer && npm run --silent test
	cd viewer && npm run --silent test:browser
	$(VENV)/bin/pytest -m "not torture"

wheel: $(STAMP) viewer ## The Python package as a wheel in dist/
	$(VENV)/bin/maturin build --release --out dist

torture: $(STAMP) build ## The tests in their long forms
	$(VENV)/bin/pytest -m torture

bench: $(STAMP) browser viewer ## Speed and memory beside the peers, as a table
	cargo build --release --package voxsieve-cli --package voxsieve-dev
	$(VENV)/bin/python benches/bench.py $(ARGS)
	$(VENV)/bin/python benches/filters.py
	$(VENV)/bin/python benches/objects.py
	$(VENV)/bin/python benches/distances.py
	$(VENV)/bin/python benches/measure.py
	$(VENV)/bin/python benches/python_overhead.py
	node benches/viewer.mjs

demo: ## Filter a phantom (or ARGS="--input scan.tif") and show the result
	cargo run --package voxsieve-cli -- demo $(ARGS)

clean: ## Remove what the commands above made
	cargo clean
	rm -rf $(VENV) $(MODULE) $(dir $(WIDGET)) viewer/dist viewer/node_modules dist demo-output bench-output .pytest_cache .ruff_cache

.PHONY: help setup browser viewer build check test wheel torture bench demo clean
