# `make demo` and `make test` set everything up on a machine that has only Python 3.10 or newer.
PYTHON ?= python3
BIN := .venv/bin
# What runs and guards users' workflows: every line and branch of it is run by the tests.
WHOLE := novu_core/engine/*,novu_core/backends/*,novu_core/execution/executor.py
WHOLE := $(WHOLE),novu_core/bridge/signature.py,novu_core/http/browsers.py,novu_core/http/rest/authentication.py
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test check serve bench docs-settings clean

demo: .venv/ready
	$(BIN)/python -m example_app.demo

serve: .venv/ready
	$(BIN)/flask --app example_app run --debug

test: check
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --skip-covered
	$(BIN)/coverage report --skip-covered --fail-under=100 --include="$(WHOLE)"

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/pip install -q --group bench
	$(BIN)/python -m benchmarks

docs-settings: .venv/ready
	$(BIN)/python docs/make_settings.py > docs/settings.md

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q -e . --group dev
	touch $@

clean:
	rm -rf .venv build dist *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache
