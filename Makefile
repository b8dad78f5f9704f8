# `make demo` and `make test` are all a newcomer needs; both set up what they use.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
ENGINES := --browser chromium --browser firefox --browser webkit

.PHONY: demo test test-python test-widget test-e2e check build screenshots picture bench capacity chunk-cost long-log page-cost clean

demo: .venv/demo
	$(BIN)/chatwidget demo --host $(HOST) --port $(PORT)

test: test-python test-widget test-e2e

test-python: .venv/dev
	@.ci/need nginx nginx-light
	@.ci/need redis-server redis-server
	@.ci/need node nodejs
	@echo "== tests: Python"
	$(BIN)/pytest tests --numprocesses 2

test-widget: .venv/dev widget_js/node_modules/.installed
	@echo "== tests: TypeScript"
	cd widget_js && npx vitest run

test-e2e: .venv/dev widget_js/node_modules/.installed
	@echo "== tests: the whole product, in three browser engines"
	$(BIN)/python e2e/install_browsers.py
	$(BIN)/pytest e2e $(ENGINES) --numprocesses 2

check: .venv/dev widget_js/node_modules/.installed
	@echo "== checks"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy chatwidget
	$(BIN)/mypy tests
	$(BIN)/mypy e2e demo tests/benchmarks/reading/*.py
	cd widget_js && npx tsc --noEmit
	cd widget_js && node build.mjs --check
	cd widget_js && node reference.mjs --check

build: widget_js/node_modules/.installed
	cd widget_js && node build.mjs
	cd widget_js && node reference.mjs

picture: .venv/dev
	$(BIN)/python e2e/install_browsers.py
	$(BIN)/python demo/picture.py

screenshots: .venv/dev
	$(BIN)/python e2e/install_browsers.py
	$(BIN)/python e2e/screenshots.py

bench: .venv/dev
	$(BIN)/python tests/benchmarks/ttft.py

capacity: .venv/dev
	$(BIN)/python tests/benchmarks/capacity.py

chunk-cost: .venv/dev widget_js/node_modules/.installed
	$(BIN)/python e2e/install_browsers.py
	PYTHONPATH=e2e $(BIN)/python tests/benchmarks/reading/chunk_cost.py

long-log: .venv/dev
	$(BIN)/python e2e/install_browsers.py
	PYTHONPATH=e2e $(BIN)/python tests/benchmarks/reading/long_log.py

page-cost: .venv/dev
	$(BIN)/python e2e/install_browsers.py
	$(BIN)/python e2e/page_cost.py

clean:
	rm -rf .venv widget_js/node_modules test-results dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make PYTHON=python3.12 …)")'
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml
	@echo "== installing chatwidget"
	$(PIP) --editable '.[demo,openai,anthropic]'
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml
	@echo "== installing chatwidget and what its tests need"
	$(PIP) --editable '.[dev]'
	@touch $@

widget_js/node_modules/.installed: widget_js/package.json widget_js/package-lock.json
	@.ci/need npm npm
	@echo "== installing what builds the widget"
	cd widget_js && npm ci --loglevel=error --no-audit --no-fund
	@touch $@
