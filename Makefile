# Two commands matter: make demo, make test.
#
# On Linux a plain torch brings gigabytes of CUDA packages. PyTorch's install selector shows the
# address of its CPU wheels: make demo TORCH_INDEX=that-address
PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test test-servers check format schema clean

demo: $(VENV)/installed
	$(BIN)/python -m flows.demo

test: $(VENV)/installed-dev
	tests/browser/install
	$(BIN)/pytest -n 2 --dist loadgroup -q -m 'not server'

# Connectors against the real Synapse, public-inbox, HyperKitty, Roundup and Redmine.
test-servers: $(VENV)/installed-dev
	tests/servers/install
	$(BIN)/pytest -n 2 --dist loadgroup -q -m server

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The schema of the JSON format, as it is published.
schema: $(VENV)/installed
	$(BIN)/python -c 'import json; from insights.digest.render import digest_schema; print(json.dumps(digest_schema(), indent=1))' > docs/digest.schema.json

# torch first and by itself: later packages then find it there, and do not choose another build.
$(VENV)/torch: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make … PYTHON=python3.12")'
	@echo "installing torch, the largest part; this takes a while the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	touch $@

$(VENV)/installed: $(VENV)/torch pyproject.toml constraints.txt
	@echo "installing the rest"
	$(BIN)/pip install -q -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .servers insights-demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
