# `make demo` and `make test` set everything up on a machine that has only Python 3.10 or newer.
PYTHON ?= python3
BIN := .venv/bin
EXTRAS := apprise,bounces,celery,cloud,django,email,fastapi,i18n,otel,postgres,push,speed
# What runs and guards users' workflows: every line and branch of it is run by the tests.
WHOLE := novu_core/engine/*,novu_core/backends/*,novu_core/execution/executor.py,novu_core/live/*
WHOLE := $(WHOLE),novu_core/bridge/signature.py,novu_core/http/browsers.py,novu_core/http/rest/authentication.py
WHOLE := $(WHOLE),novu_core/http/inbox/authentication.py,novu_core/managers/inbox_tokens.py,novu_core/client/hashes.py
WHOLE := $(WHOLE),novu_core/http/session.py,novu_core/http/rest/session.py,novu_core/http/studio/*
WHOLE := $(WHOLE),novu_core/http/unsubscribe/*,novu_core/http/reports.py,novu_core/delivery/events/*
WHOLE := $(WHOLE),novu_core/managers/reports.py,novu_core/storage/feedback.py,novu_core/signing.py
# Tests of servers and browsers with time limits of their own: nothing runs beside them.
ALONE := tests/browser tests/django tests/e2e tests/live tests/queues
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo demo-celery test lowest check serve bell vendor bench docs docs-settings api pins clean

demo: .venv/ready
	$(BIN)/python -m example_app.demo

demo-celery: .venv/ready
	$(BIN)/python -m example_app.demo_celery

serve: .venv/ready
	$(BIN)/flask --app example_app run --debug

test: check
	$(BIN)/coverage erase
	.ci/beside '$(BIN)/coverage run -m pytest tests/conformance' \
		'$(BIN)/coverage run -m pytest -p no:cacheprovider $(patsubst %,--ignore=%,tests/conformance $(ALONE))'
	$(BIN)/coverage run -m pytest $(ALONE)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --skip-covered
	$(BIN)/coverage report --skip-covered --fail-under=100 --include="$(WHOLE)"

# The lowest versions that pyproject.toml allows, on the oldest Python that is here.
lowest: .venv-lowest/ready
	.ci/beside '.venv-lowest/bin/python -m pytest -p no:cacheprovider tests/conformance' \
		'.venv-lowest/bin/python -m pytest -p no:cacheprovider tests/unit'

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright -p pyproject.toml --pythonpath $(BIN)/python
	$(BIN)/lint-imports

# The bell as browsers get it. It needs npm, and is committed, so that nobody else does.
bell:
	npx --yes esbuild@0.28.2 bell/inbox.js --minify --format=esm --target=es2022 --outfile=novu_core/inbox/inbox.js --log-level=warning

# Preact and htm, as the Studio has them; novu_core/studio/vendor/README.md tells the checksum.
define STUDIO_LIBRARY
export { render } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { h } from "preact";
import htm from "htm";
export const html = htm.bind(h);
endef
export STUDIO_LIBRARY
vendor: OUT := $(CURDIR)/novu_core/studio/vendor/preact.js
vendor:
	folder=$$(mktemp -d) && cd $$folder && npm install --silent preact@11.2.0 htm@3.1.1 esbuild@0.28.2 && \
	printenv STUDIO_LIBRARY | npx esbuild --bundle --minify --format=esm --target=es2022 > $(OUT) && rm -r $$folder

bench: .venv/ready
	$(BIN)/pip install -q --group bench
	$(BIN)/python -m benchmarks

# The site, in build/docs. tests/docs/test_site.py builds it too, so that CI does.
docs: .venv/ready
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html docs build/docs
	@echo build/docs/index.html

docs-settings: .venv/ready
	$(BIN)/python docs/make_settings.py > docs/settings.md

# The public names with their signatures, which a test compares.
api: .venv/ready
	$(BIN)/python -m tests.unit.public_api > tests/unit/public_api.txt

# After a look at newer versions: pip install --upgrade what is meant, make test, make pins.
pins: .venv/ready
	$(BIN)/python constraints/freeze.py > constraints/dev.txt

.venv/ready: pyproject.toml constraints/dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q -e '.[$(EXTRAS)]' --group dev --constraint constraints/dev.txt
	touch $@

.venv-lowest/ready: pyproject.toml constraints/lowest.txt
	python=$$(.ci/oldest-python) && $$python -m venv --clear .venv-lowest
	.venv-lowest/bin/pip install -q --upgrade pip
	.venv-lowest/bin/pip install -q -e '.[$(EXTRAS)]' --group test --constraint constraints/lowest.txt
	touch $@

clean:
	rm -rf .venv .venv-lowest build dist *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache
