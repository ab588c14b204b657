PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
# uv ignores pip's own setting for a folder of wheels.
LINKS := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS))
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt $(LINKS)

.PHONY: quickstart test test-all lint docs bench-flows

quickstart: $(VENV)/.base ## Build the quickstart set (PHOTOS=folder adds photographs of yours)
	$(BIN)/counterfoil build recipes/quickstart.yaml $(if $(PHOTOS),--photos "$(PHOTOS)")

test: $(VENV)/.dev ## Run the tests
	$(BIN)/pytest -m "not slow and not ray"

test-all: $(VENV)/.dev ## Run the slow tests as well
	$(INSTALL) -e '.[dask,ray]'
	$(BIN)/pytest

lint: $(VENV)/.dev ## Check style, types, the import rule and the generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m flows.documents --check

docs: $(VENV)/.dev ## Write the generated documents anew
	$(BIN)/python -m flows.documents

bench-flows: $(VENV)/.dev ## Build the quickstart set thrice, once under SIGKILL
	$(BIN)/python -m benchmarks.flows

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/.base: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e . && touch $@

$(VENV)/.dev: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e '.[dev]' && touch $@
