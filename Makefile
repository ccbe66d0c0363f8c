# Every command we run. `make` alone lists them.

VENV ?= .venv
new_enough = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c '$(new_enough)' 2>/dev/null && echo $$p && break; done)
PORT ?= 8000
HOST ?= 127.0.0.1
bin := $(VENV)/bin
export OMP_WAIT_POLICY ?= PASSIVE
# No build of it for this machine (Linux of before 2021 on x86-64 has none) is no reason to install nothing.
old_office = $(bin)/python -m pip install --quiet --only-binary office-oxide --editable ".[office]" 2>$(VENV)/office.log \
	|| echo "  office-oxide has no build for this machine: DOC and PPT are refused ($(VENV)/office.log)"

.DEFAULT_GOAL := help
.PHONY: help run test load check fix openapi proto messages settings clean system

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run  ## set everything up and serve it on PORT (default 8000); Ctrl-C stops it
	@exec $(bin)/python manage.py up --prepare --host $(HOST) --port $(PORT)

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

proto: $(VENV)/.test  ## write inference/rpc/engine_pb2.py anew from engine.proto
	$(bin)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. inference/rpc/engine.proto

messages: $(VENV)/.test  ## gather what the pages say into locale/ and compile it (needs gettext)
	$(bin)/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete --ignore 'docs/*' --ignore 'tests/*' --ignore 'var/*' --ignore '$(VENV)/*'
	$(bin)/python manage.py compilemessages --locale zh_Hans --ignore '$(VENV)'

load: $(VENV)/.load  ## a site, users by the hundred and a report in reports/load/; PROFILE=smoke, quick, full, spike, soak, open or ingest
	$(bin)/python -m locustfiles $(or $(PROFILE),quick) $(ARGS)

clean:  ## remove the environment (data in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

# A stamp a kind of use: installed again only when pyproject.toml changes.
$(VENV)/.run: pyproject.toml | $(bin)/python
	@echo "Installing what the product needs (minutes the first time, most of it PyTorch)"
	@deploy/pip-install $(bin)/python "torch==2.13.0" --editable ".[ocr]"
	@$(old_office)
	@touch $@

$(VENV)/.test: pyproject.toml | $(bin)/python
	@echo "Installing what the product and its tests need (minutes the first time, most of it PyTorch)"
	@deploy/pip-install $(bin)/python "torch==2.13.0" --editable ".[test]"
	@$(old_office)
	@touch $@ $(VENV)/.run

$(VENV)/.load: pyproject.toml $(VENV)/.test
	$(bin)/python -m pip install --quiet --progress-bar on --editable ".[load]"
	@touch $@

$(bin)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name one: make run PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c '$(new_enough)' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# A real redis-server and chromium, where we may install them; the suite says what it leaves out.
system:
	@deploy/install-test-servers
