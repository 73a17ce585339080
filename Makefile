# Two commands do everything, from nothing but python3 and make:
#   make reproduce    runs the study on handwritten digits and says where its report is
#   make test         lint, types, tests (a file's tests in one process; what is compiled is kept for the other, and is
#                     compiled in haste: XLA's optimisations would take longer than the tests themselves)
# Others take longer, or need more:
#   make torture      malformed configs, corpora, folders and files at every command; several commands at once; studies
#                     killed again and again in every engine, Slurm's jobs preempted; simulated studies in which there
#                     is nothing to find
#   make docs         the site, in build/site: every program on it is run, every link followed; needs no network
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= dev
OPTIONS ?=

RUN := $(VENV)/bin
PYTEST = cache=$$(mktemp -d) && trap 'rm -rf "$$cache"' EXIT && \
	JAX_COMPILATION_CACHE_DIR="$$cache" JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.1 \
	JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 \
	XLA_FLAGS="--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false" \
	NPROC=1 OPENBLAS_NUM_THREADS=1 $(RUN)/pytest

.PHONY: reproduce test types torture docs bench format clean

reproduce: $(VENV)/.installed
	$(RUN)/slowpoints reproduce digits $(OPTIONS)

test: types
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(PYTEST) -n 2 --dist loadfile

types: $(VENV)/.installed-$(EXTRAS)
	$(RUN)/pyright --pythonpath $(RUN)/python

torture: $(VENV)/.installed-$(EXTRAS)
	$(PYTEST) -n 2 --dist loadgroup tests/torture/[a-z]*.py

docs: $(VENV)/.installed-docs
	$(RUN)/python docs/site/stage.py build/docs
	PYTHONPATH=docs/site NPROC=1 OPENBLAS_NUM_THREADS=1 $(RUN)/zensical build --strict --clean

bench: $(VENV)/.installed-bench
	$(RUN)/python -m benchmarks $(OPTIONS)

format: $(VENV)/.installed-$(EXTRAS)
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(RUN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[study]'
	touch $@

$(VENV)/.installed-%: pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(RUN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV)
