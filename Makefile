# Every command we run. `make` alone lists them.

VENV ?= .venv
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
bin := $(VENV)/bin
export OMP_WAIT_POLICY ?= PASSIVE

.DEFAULT_GOAL := help
.PHONY: help run test check fix openapi settings clean system

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run  ## set everything up and serve it on PORT (default 8000); Ctrl-C stops it
	@$(bin)/python manage.py prepare
	@exec $(bin)/python manage.py up --host $(HOST) --port $(PORT)

test: $(VENV)/.test system  ## set everything up and run the whole suite against real parts
	$(bin)/python -m pytest $(ARGS)

check: $(VENV)/.test  ## lint, types, layers, dependencies, migrations, OpenAPI document
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/lint-imports
	$(bin)/mypy inference ingest kbqa
	$(bin)/deptry .
	$(bin)/python manage.py makemigrations --check --dry-run
	@$(bin)/python manage.py spectacular --format openapi-json --validate --fail-on-warn --file $(VENV)/openapi.json
	@cmp -s $(VENV)/openapi.json docs/openapi.json || { echo "docs/openapi.json is stale: run 'make openapi'"; exit 1; }

fix: $(VENV)/.test  ## format, and mend what can be mended by machine
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

openapi: $(VENV)/.test  ## write docs/openapi.json anew
	$(bin)/python manage.py spectacular --format openapi-json --validate --fail-on-warn --file docs/openapi.json

settings: $(VENV)/.test  ## write .env.example and docs/settings.md anew
	@$(bin)/python manage.py list_settings --format env > $(VENV)/settings && cp $(VENV)/settings .env.example
	@$(bin)/python manage.py list_settings --format markdown > $(VENV)/settings && cp $(VENV)/settings docs/settings.md

clean:  ## remove the environment (data in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

# A stamp a kind of use: installed again only when pyproject.toml changes.
$(VENV)/.run: pyproject.toml | $(bin)/python
	@echo "Installing what the product needs (a few minutes the first time)"
	$(bin)/python -m pip install --quiet --progress-bar on "torch==2.13.0"
	$(bin)/python -m pip install --quiet --progress-bar on --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(bin)/python
	@echo "Installing what the product and its tests need (a few minutes the first time)"
	$(bin)/python -m pip install --quiet --progress-bar on "torch==2.13.0"
	$(bin)/python -m pip install --quiet --progress-bar on --editable ".[test]"
	@touch $@

$(bin)/python:
	$(PYTHON) -m venv $(VENV)

# A real redis-server and chromium, where we may install them; the suite says what it leaves out.
system:
	@deploy/install-test-servers
