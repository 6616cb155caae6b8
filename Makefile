# Environment, runs and tests. `make help` lists the targets.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SNAKEMAKE = $(BIN)/snakemake --workflow-profile workflow/profiles/local --cores $(CORES)
# Which run `report` and `resume` mean: RUN=paper, RUN=rfm, RUN=quick, or that of DATA and TARGET.
RUN ?= paper
NAME = $(if $(DATA),$(basename $(notdir $(DATA))),$(RUN:rfm=paper))
OVERLAY_quick = --configfile workflow/config/quick.yaml
OVERLAY_rfm = --config rfm=True
OVERLAY = $(if $(DATA),--config name=$(NAME) data=$(DATA) target=$(TARGET),$(OVERLAY_$(RUN)))

.PHONY: help quick paper rfm run bench test lint report resume verify kills publish docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

quick: $(READY) ## every figure and table in minutes, from data that scikit-learn ships
	$(SNAKEMAKE) $(OVERLAY_quick)

paper: $(READY) ## the 33 UCI sets; MIRROR=folder-or-url in place of the public sources
	$(SNAKEMAKE)

rfm: $(READY) ## `make paper` with recursive feature machines beside, half an hour more on one core
	$(SNAKEMAKE) $(OVERLAY_rfm)

run: $(READY) ## NTK against MKL on your own table: DATA=my.csv TARGET=column
	@test -n "$(DATA)" || { echo "make run: name your table, DATA=my.csv TARGET=column" >&2; exit 2; }
	$(SNAKEMAKE) $(OVERLAY)

bench: CORES = 1
bench: $(READY) ## times beside other packages' solvers, hours on one core; MIRROR as for paper
	$(SNAKEMAKE) --snakefile workflow/bench/Snakefile --max-checksum-file-size 100MB

test: $(READY) lint ## all tests; those of the UCI files need MIRROR
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(READY) ## style of code and workflow, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

report: $(READY) ## one HTML file of a finished run; RUN=quick, or DATA and TARGET, for that one
	$(SNAKEMAKE) $(OVERLAY) --report results/$(NAME)/report.html \
	  --report-stylesheet workflow/report/report.css

resume: $(READY) ## unlock and go on after a run was killed; RUN=quick for that one
	$(SNAKEMAKE) $(OVERLAY) --unlock
	$(SNAKEMAKE) $(OVERLAY)

verify: $(READY) ## compare the tables of `make paper` with the published ones
	$(BIN)/python -m fixing_ntk.evaluation.verify results/paper/tables results/published

kills: $(READY) ## kill the quick run 20 times, resume it, and compare every result
	KILLS=20 $(BIN)/python -m pytest -s tests/test_interruption.py

publish: $(READY) ## copy finished runs, paper and bench, to results/published, and their numbers to the README
	mkdir -p results/published/bench
	-cp results/paper/manifest.json results/paper/figures/*.svg results/paper/tables/*.csv \
	  results/paper/tables/*.md results/published/
	-cp results/bench/manifest.json results/bench/figures/*.svg results/bench/tables/*.csv \
	  results/bench/tables/*.md results/published/bench/
	$(BIN)/python -m fixing_ntk.report.findings

docs: $(READY) ## write docs/configuration.md and rulegraph.svg; run docs/tutorial.md
	$(BIN)/python -m fixing_ntk.pipeline.config_reference
	$(SNAKEMAKE) docs/rulegraph.svg
	$(BIN)/python tests/tutorial.py

lock: $(READY) ## pin the newest versions that fit pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  --extra pipeline --extra cluster --extra docs --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove the environment and the workflow's cache; results stay
	rm -rf $(VENV) .snakemake

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	touch $@
