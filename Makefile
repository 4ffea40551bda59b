# Needs make and Python 3.11 or newer, nothing else. `make run` starts everything; README.md tells more.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --require-hashes
# The node that playwright brings: the same everywhere. Debian's is older than the timers our tests use.
NODE := $(VENV)/lib/python*/site-packages/playwright/driver/node
LOCK := $(VENV)/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DELETE_ON_ERROR:
.PHONY: run test checks lint lock messages pictures bench soak clean chromium msgfmt pgbouncer

run: $(VENV)/.runs
	@exec $(MANAGE) serve

# Everything below `checks` happens on servers of its own, which are gone afterwards, however it ends.
test: $(VENV)/.tests lint chromium msgfmt pgbouncer
	@$(MANAGE) services exec --throw-away -- $(MAKE) --no-print-directory checks

checks:
	$(MANAGE) check --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run
	$(NODE) --test $(sort $(wildcard tests/js/*.test.*))
	$(PY) -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.tests
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	find . -path './.*' -prune -o -path '*/templates/*.html' -print0 | xargs -0r $(VENV)/bin/djade --target-version 5.2 --check
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy

# The page's figures need a browser too.
bench: $(VENV)/.tests chromium
	@$(MANAGE) services exec -- $(PY) -m bench

# Every fault under load, ten thousand scans each, on servers of its own. SOAK_ARGS="--only NAME" for one.
SCANS ?= 10000
soak: $(VENV)/.tests
	@$(PY) -m tests.soak --scans $(SCANS) --results var/soak $(SOAK_ARGS)

lock: $(VENV)/.tests
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

# After words changed: collects them into the catalogue, and packs it once it is translated.
messages: $(VENV)/.tests msgfmt
	$(MANAGE) makemessages --locale hi --no-location --no-obsolete
	$(MANAGE) compilemessages --locale hi

# After pages changed: the pictures of the help and of README.md, taken from the running application.
pictures: $(VENV)/.tests chromium
	@$(MANAGE) services exec --throw-away -- $(PY) -m pytest -q tests/browser/make_pictures.py

# The data below var/ stays: removing a database is never a side effect.
clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Install Python 3.11 or newer," \
		"or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than" \
		"Python 3.11. Name a newer one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@rm -f $(VENV)/.runs $(VENV)/.tests
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The folder $(VENV) could not be made, see above." \
		"On Debian: apt-get install python3-venv, then again." >&2; exit 1; }

$(VENV)/.runs: requirements.txt | $(PY)
	@echo "Installing what TraitorTrack runs on (once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.tests: requirements-dev.txt $(VENV)/.runs
	@echo "Installing what the tests need (once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

# What the browser tests drive, with fonts for Hindi; what collects words for translation; and the pooler through
# which a whole tape is played.
chromium: PACKAGES := chromium fonts-noto-core
msgfmt: PACKAGES := gettext
pgbouncer: PACKAGES := pgbouncer
# RUNLEVEL: Debian starts no service of its own when it thinks that the machine is under repair.
chromium msgfmt pgbouncer:
	@PATH="$$PATH:/usr/sbin"; command -v $@ >/dev/null 2>&1 || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing $(PACKAGES) (once) ..."; \
		apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
			install -qq -y --no-install-recommends $(PACKAGES) >/dev/null && command -v $@ >/dev/null; \
	else \
		echo "The program $@ is missing. Nothing was done. Install it as root" \
			"(Debian: apt-get install $(PACKAGES)), then run make $(MAKECMDGOALS) again." >&2; exit 1; \
	fi
