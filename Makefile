# The verbs of the project; `make help` lists them. Everything is installed from the project's own files.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-develop setup-system demo serve test check bench fix docs migration lock translations frontend

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEVELOP := $(VENV)/.develop
CATALOGUES := marketplace/translations
# Chromium for the journeys and Chinese fonts for pictures and documents; bubblewrap confines queries.
# Pango draws the certificates; poppler opens them again in the tests.
TEST_PACKAGES := chromium fonts-noto-cjk fontconfig libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 bubblewrap openssl poppler-utils
DEMO_PACKAGES := bubblewrap fonts-noto-cjk fontconfig libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(RUNTIME): requirements/build.txt requirements/runtime.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOP): requirements/develop.txt $(RUNTIME)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/develop.txt
	@touch $@ $(RUNTIME)

%.mo: %.po
	$(BIN)/pybabel -q compile -i $< -o $@

MO := $(CATALOGUES)/zh_Hans_CN/LC_MESSAGES/messages.mo $(CATALOGUES)/en/LC_MESSAGES/messages.mo
$(MO): $(RUNTIME)

setup: $(RUNTIME) $(MO) ## what the product needs
setup-develop: $(DEVELOP) $(MO) ## what tests and checks need

setup-system: ## missing system packages, where this is root
	@scripts/system_packages.sh $(DEMO_PACKAGES)

demo: setup-system setup ## walk the whole chain in an empty home
	$(BIN)/hexi demo

serve: setup-system setup ## everything for one machine
	$(BIN)/hexi serve

test: setup-develop ## every test
	@scripts/system_packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m scripts.install_outside
	@scripts/test.sh

check: setup-develop ## linters, types, import contracts, architecture tests, generated documents
	@scripts/check.sh

bench: setup-develop ## ratios measured side by side, to bench-results.json
	$(BIN)/python -m bench

fix: setup-develop ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup-develop ## regenerate the documents that are made from the code
	$(BIN)/python -m scripts.make_docs

migration: setup-develop ## NAME=what_changes: a new revision from the tables
	$(BIN)/python -m scripts.make_migration $(NAME)

translations: setup-develop ## collect message ids into both catalogues
	$(BIN)/python -m scripts.update_translations

lock: setup-develop ## pin every package with its hashes
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe --extra test --extra check -o requirements/develop.txt pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe -c requirements/develop.txt -o requirements/runtime.txt pyproject.toml

frontend: ## build styles and scripts; needs Node 20 or newer
	npm ci --ignore-scripts
	npm run build
