PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Torch comes from pip's folder of wheels (which uv ignores), or in the build for the GPU there is.
LINKS := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS),--torch-backend=auto)
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt $(LINKS)

.PHONY: quickstart test test-review test-all lint docs

quickstart: $(VENV)/.ml ## Build the quickstart set (PHOTOS=folder adds photographs of yours)
	$(BIN)/counterfoil build recipes/quickstart.yaml $(if $(PHOTOS),--photos "$(PHOTOS)")

test: $(VENV)/.dev ## Run the tests
	$(BIN)/pytest -n 2 -m "not slow and not ray and not label_studio"

test-review: $(VENV)/.dev ## Drive a real Label Studio, through its pages too (wants Chromium)
	$(BIN)/pytest -m label_studio

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
bench-%: $(VENV)/.dev ## Measure: curation (PHOTOS=folder), flows or another one of benchmarks/
	$(BIN)/python -m benchmarks.$*

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/.%: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e '.[$*]' && touch $@
