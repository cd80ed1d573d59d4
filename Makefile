# Longbox. `make` alone says what can be made.
#
#   make run COMICS=/path/to/comics     everything, from nothing to a library on screen
#   make test                           the tests, from nothing to a verdict

VENV := .venv
BIN := $(VENV)/bin
# Through honcho, so that a .env file of yours speaks to these commands as it does to the server.
LONGBOX := $(BIN)/honcho run $(BIN)/longbox
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The first Python on the PATH that is new enough; name another one with PYTHON=…
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$python && break; done)

export COMICS

.PHONY: help install install-dev run demo test lint bench chaos chaos-reading formats fuzz

help:
	@echo "make run [COMICS=/path/to/comics]   start Longbox; the first time, add that folder"
	@echo "make demo                           draw a small library and start Longbox with it"
	@echo "make test [ARGS=…]                  run the tests; ARGS go to pytest"
	@echo "make lint                           check style and types"
	@echo "make bench [ARGS=…]                 measure Longbox against its floors"
	@echo "make formats DIR=…                  open every file below a folder and say what came of it"
	@echo "make fuzz [ARGS=…]                  open mutated archives by the thousand"
	@echo "make chaos [ARGS=…]                 disturb scans in two hundred ways and see what becomes of them"
	@echo "make chaos-reading                  kill the server two hundred times while somebody reads"
	@echo "make install                        make the environment in $(VENV), and no more"

install: $(VENV)/installed

install-dev: $(VENV)/installed-dev

# The mode "compat" is a plain line in a .pth file; the other one costs every process that starts 15 ms.
$(VENV)/installed: requirements.lock pyproject.toml
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "Longbox needs Python 3.11 or newer." \
	"Install it, or say where it is: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making the environment in $(VENV) (once; about a minute) …"
	@"$(PYTHON)" -m venv $(VENV)
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@$(PIP) install -r requirements-dev.lock
	@touch $@

# Not every shell knows ~ behind COMICS=. Exit status 3 means "it is so already": the folder is
# registered, or a scan of it is running.
run: install
	@$(LONGBOX) init
	@if [ -n "$$COMICS" ]; then \
		case "$$COMICS" in "~/"*) COMICS="$$HOME/$${COMICS#*/}";; esac; \
		{ $(LONGBOX) library add "$$COMICS" || [ $$? -eq 3 ]; } && \
		{ $(LONGBOX) scan >/dev/null || [ $$? -eq 3 ]; }; \
	fi
	@$(LONGBOX) setup-link
	@$(BIN)/honcho start || [ $$? -eq 130 ]  # Ctrl-C

demo: install
	@[ -d demo-comics ] || $(BIN)/python -m bench.demo demo-comics
	@$(MAKE) --no-print-directory run COMICS=demo-comics

test: install-dev
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadscope $(ARGS)

lint: install-dev
	@$(BIN)/ruff check .
	@$(BIN)/mypy

chaos: install
	@$(BIN)/python -m bench.chaos $(ARGS)

chaos-reading: install-dev
	@READING_KILLS=200 $(BIN)/python -m pytest tests/acceptance/test_reading_kills.py

bench: install
	@$(BIN)/python -m bench.run $(ARGS)

formats: install
	@$(BIN)/python -m bench.formats $(DIR) $(ARGS)

fuzz: install
	@nice $(BIN)/python -m bench.fuzz $(ARGS)
