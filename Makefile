# Environment, runs and tests. `make help` lists the targets.
PYTHON ?= python3
CORES ?= all
# Of the tests: as many as cores, which runs of the pipeline keep busy by themselves.
WORKERS ?= logical
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SNAKEMAKE = $(BIN)/snakemake --workflow-profile workflow/profiles/local --cores $(CORES)
# Which run `report` and `resume` mean: paper, rfm, quick, one of your own, or that of DATA and TARGET.
RUN ?= paper
# These reach programs through the environment, as they are: a name may hold blanks, quotes or a dollar.
override DATA := $(value DATA)
override TARGET := $(value TARGET)
override METHOD := $(value METHOD)
override RUN := $(value RUN)
export DATA TARGET METHOD RUN
# What follows has $$overlay, a file that overlays config.yaml, and $$name, the folder in results/.
FIND = overlay=$$($(BIN)/python -m fixing_ntk.pipeline.runs) && name=$$(basename $${overlay%/config.yaml} .yaml) &&
ifeq ($(or $(DATA),$(filter-out paper rfm,$(RUN))),)
FIND = name=paper &&
OVERLAY = $(if $(filter rfm,$(RUN)),--config rfm=True)
else
OVERLAY = --configfile "$$overlay"
endif

.PHONY: help setup quick paper rfm run predict bench test lint report resume verify kills publish docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(READY) ## the environment alone, in .venv; every target makes it first

quick: $(READY) ## every figure and table in minutes, from data that scikit-learn ships
	$(SNAKEMAKE) --configfile workflow/config/quick.yaml

paper: $(READY) ## the 33 UCI sets; MIRROR=folder-or-url in place of the public sources
	$(SNAKEMAKE)

rfm: $(READY) ## `make paper` with recursive feature machines beside, 80 minutes more on one core
	$(SNAKEMAKE) --config rfm=True

run: $(READY) ## all methods on your own table: DATA=my.csv TARGET=column
	@test -n "$$DATA" || { echo "make run: name your table, DATA=my.csv TARGET=column" >&2; exit 2; }
	@$(FIND) $(SNAKEMAKE) $(OVERLAY)

predict: $(READY) ## new rows by what `make run` learned: RUN=my DATA=new.csv, METHOD=MKL for another method
	@test -n "$$DATA" || { echo "make predict: name the run and the new rows, RUN=my DATA=new.csv" >&2; exit 2; }
	@$(BIN)/python -m fixing_ntk.experiments.own_predictions

bench: CORES = 1
bench: $(READY) ## times beside other packages' solvers, hours on one core; MIRROR as for paper
	$(SNAKEMAKE) --snakefile workflow/bench/Snakefile --max-checksum-file-size 100MB

test: $(READY) lint ## all tests; those of the UCI files need MIRROR
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(READY) ## style of code and workflow, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

report: $(READY) ## one HTML file of a finished run; RUN=quick, or DATA and TARGET, for that one
	@$(FIND) $(SNAKEMAKE) $(OVERLAY) --report "results/$$name/report.html" \
	  --report-stylesheet workflow/report/report.css

resume: $(READY) ## unlock and go on after a run was killed; RUN=quick for that one
	@$(FIND) $(SNAKEMAKE) $(OVERLAY) --unlock && $(SNAKEMAKE) $(OVERLAY)

verify: $(READY) ## compare the tables of `make paper` with the published ones
	$(BIN)/python -m fixing_ntk.evaluation.verify results/paper/tables results/published

kills: $(READY) ## kill the quick run 20 times, resume it, and compare every result
	KILLS=20 $(BIN)/python -m pytest -s tests/test_interruption.py

publish: $(READY) ## copy finished runs, paper and bench, to results/published, their numbers to README and docs
	mkdir -p results/published/bench
	-cp results/paper/manifest.json results/paper/figures/*.svg results/paper/tables/*.csv \
	  results/paper/tables/*.md results/published/
	-cp results/bench/manifest.json results/bench/figures/*.svg results/bench/tables/*.csv \
	  results/bench/tables/*.md results/published/bench/
	$(BIN)/python -m fixing_ntk.report.findings

docs: $(READY) ## renew the pages that are made, and build all into site/index.html
	$(BIN)/python -m fixing_ntk.pipeline.config_reference
	$(SNAKEMAKE) docs/rulegraph.svg
	$(BIN)/python tests/tutorial.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

lock: $(READY) ## pin the newest versions that fit pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  --extra pipeline --extra cluster --extra docs --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove the environment and the workflow's cache; results stay
	rm -rf $(VENV) .snakemake

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import os; bad = {*"\"$$`\\{}"} & {*os.getcwd()}; \
	  exit(f"make setup: move the project, its path holds {chr(32).join(sorted(bad))}" if bad else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	touch $@
