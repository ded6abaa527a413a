# Everything a person or a machine does with this checkout; `make help` lists it.
# Paths are relative on purpose: the folder may be called "Школа № 1".

PYTHON ?= python3
CANDIDATES = $(PYTHON) python3.14 python3.13 python3.12 python3.11
VENV_PYTHON = .venv/bin/python
SOURCES = run.py config.py launcher app workers sms_gateway seeds
IN_VENV = PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV_PYTHON) -m

# A virtual environment whose Python was taken away is made anew.
ifneq ($(shell $(VENV_PYTHON) -c 'print("alive")' 2>/dev/null),alive)
.PHONY: .venv/ready
endif

.PHONY: help run test check lint types places pytest bench soak peers screenshots requirements clean
.DEFAULT_GOAL := help

help: ## these lines
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: .venv/ready ## open a school on this machine: http://127.0.0.1:8080, Ctrl-C ends it
	@exec $(VENV_PYTHON) run.py

test: lint ## the checks and all tests; needs no root
	@$(MAKE) --no-print-directory -j 2 places types pytest

check: lint types places ## format, lint, types, directions of imports, migrations

lint: .venv/ready-for-tests
	$(IN_VENV) ruff format --check .
	$(IN_VENV) ruff check .

types: .venv/ready-for-tests
	$(IN_VENV) mypy

places: .venv/ready-for-tests
	.venv/bin/lint-imports
	$(VENV_PYTHON) run.py migrate --check

pytest: .venv/ready-for-tests
	$(IN_VENV) pytest -n 4 --dist loadfile

bench: .venv/ready-for-tests ## the benchmarks, minutes
	$(IN_VENV) tests.bench

soak: .venv/ready-for-tests ## long runs with faults; ZVONOK_SOAK_MINUTES bounds them
	$(IN_VENV) pytest tests/soak -p no:randomly -s

peers: .venv/ready-for-tests node_modules/smpp ## the SMPP stories with npm's smpp and Kannel; test leaves out what lacks
	$(IN_VENV) pytest tests/peers

node_modules/smpp:
	@npm install --silent --prefix . --no-save --no-package-lock --no-audit --no-fund smpp@0.5.1

screenshots: .venv/ready-for-tests ## pictures of the pages, by an installed Chromium
	$(IN_VENV) tests.browser.screenshots

requirements: .venv/ready-for-tests ## resolve requirements*.in anew
	@$(IN_VENV) pip install --quiet pip-tools
	@rm -f requirements.txt requirements-dev.txt
	CUSTOM_COMPILE_COMMAND='make requirements' $(IN_VENV) piptools compile --quiet --strip-extras --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file=requirements.txt requirements.in
	CUSTOM_COMPILE_COMMAND='make requirements' $(IN_VENV) piptools compile --quiet --strip-extras --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file=requirements-dev.txt requirements-dev.in

clean: ## remove what can be made again; the school's data in var stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements.txt
	@for candidate in $(CANDIDATES); do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  fitting=$$candidate; \
	  "$$candidate" -c 'import ensurepip, venv' 2>/dev/null && { found=$$candidate; break; }; \
	done; \
	if [ -z "$$fitting" ]; then \
	  echo 'Zvonok needs Python 3.11 or newer: on Debian and Ubuntu `apt install python3 python3-venv`,' \
	    'or name one: make run PYTHON=/path/to/python3.12' >&2; exit 1; \
	fi; \
	if [ -z "$$found" ]; then \
	  package=$$("$$fitting" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  echo "$$fitting comes without venv: on Debian and Ubuntu \`apt install $$package\`, then again." >&2; exit 1; \
	fi; \
	set -e; \
	$(VENV_PYTHON) -c 'import pip' 2>/dev/null || { rm -rf .venv; "$$found" -m venv .venv; }; \
	echo 'Installing what Zvonok needs (this happens once) …'; \
	$(IN_VENV) pip install --quiet --no-input -r requirements.txt; \
	touch .venv/ready

.venv/ready-for-tests: .venv/ready requirements-dev.txt
	@echo 'Installing what the tests need (this happens once) …'
	@$(IN_VENV) pip install --quiet --no-input -r requirements-dev.txt
	@touch .venv/ready-for-tests
