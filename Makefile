PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Torch comes from a folder of wheels where pip is told of one (uv ignores that setting of pip's),
# and else in the build that suits the machine's GPU, or its having none.
LINKS := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS),--torch-backend=auto)
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt $(LINKS)

.PHONY: quickstart test test-all lint docs

quickstart: $(VENV)/.ml ## Build the quickstart set (PHOTOS=folder adds photographs of yours)
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

bench-%: $(VENV)/.dev ## Measure: flows, adaptors, api_jobs or observed_mask
	$(BIN)/python -m benchmarks.$*

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/.%: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e '.[$*]' && touch $@
