# Environment, runs and tests. `make` alone lists the targets.
PYTHON ?= python3
CORES ?= all
# Of the tests: two a core, since runs of the pipeline and of Slurm wait.
WORKERS ?= $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NTK := $(BIN)/python -m fixing_ntk.command
# Which run `report` and `resume` mean: quick, paper, beyond, extended, or one of your own.
RUN ?= paper
# For the recipes and what they start, as typed: make and a shell would expand a dollar sign.
$(foreach name,MIRROR DATA TARGET RUN,$(if $(value $(name)),\
  $(eval override export $(name) := $$(value $(name)))))

.PHONY: help setup environment quick paper beyond extended run predict report resume verify \
  bench test lint lowest kills publish docs wheel lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: environment ## the environment alone, in .venv; every target makes it first

quick: environment ## every figure and table, small, from data that scikit-learn ships
	$(NTK) quick --cores $(CORES)

paper: environment ## what the paper has, on 33 UCI sets; MIRROR=folder-or-url in place of the sources
	$(NTK) paper --cores $(CORES)

beyond: environment ## the same, and what goes beyond the paper
	$(NTK) beyond --cores $(CORES)

extended: environment ## the same, and what takes hours
	$(NTK) extended --cores $(CORES)

run: environment ## all methods on your own table: DATA=my.csv TARGET=column
	$(if $(and $(DATA),$(TARGET)),,$(error name your table: make run DATA=my.csv TARGET=column))
	$(NTK) run "$$DATA" --target "$$TARGET" --cores $(CORES)

predict: environment ## new rows by what `make run` learned: RUN=my DATA=new.csv
	$(NTK) predict "$$RUN" "$$DATA"

report: environment ## one HTML file of a finished run; RUN=quick for that one
	$(NTK) report "$$RUN"

resume: environment ## unlock and go on after a run was killed; RUN=quick for that one
	$(NTK) resume "$$RUN" --cores $(CORES)

verify: environment ## compare the tables of a finished run with the published ones
	$(NTK) verify

bench: environment ## times beside other packages' solvers, about 90 minutes; MIRROR as for paper
	$(BIN)/snakemake --workflow-profile workflow/profiles/local --cores 2 --snakefile workflow/bench/Snakefile --max-checksum-file-size 100MB

test: environment lint ## all tests; those of the UCI files need MIRROR
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: environment ## style of code and workflow, types, layers, spelling and links of the pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/codespell
	$(BIN)/check-jsonschema --quiet --builtin-schema github-workflows .github/workflows/ci.yaml
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir $(VENV)/site

LOWEST := .venv-lowest
lowest: environment ## fast tests with the lowest versions that pyproject.toml allows, in .venv-lowest
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
	  --editable ".[pipeline,dev]"
	$(LOWEST)/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/unit \
	  $(addprefix tests/pipeline/test_,$(addsuffix .py,command config failures logs progress provenance))

kills: environment ## kill the quick run 20 times, resume it, and compare every result
	KILLS=20 $(BIN)/python -m pytest -s tests/pipeline/test_interruption.py

publish: environment ## copy a finished run and the benchmark to results/published, their numbers to README and docs
	-$(BIN)/python -m fixing_ntk.results.publish results/paper results/published
	mkdir -p results/published/bench
	-cp results/bench/manifest*.json results/bench/figures/*.svg results/published/bench/
	-cp results/bench/tables/*.csv results/bench/tables/*.md results/bench/tables/*.json results/published/bench/
	$(BIN)/python -m fixing_ntk.results.pages.findings

docs: environment ## renew the pages that are made, and build all into site/index.html
	$(BIN)/python -m fixing_ntk.results.pages.configuration
	$(BIN)/python -m fixing_ntk.results.pages.outputs
	$(BIN)/python tests/docs/tutorial.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

wheel: environment ## the package with its workflow, into dist/
	$(BIN)/python -m hatchling build -t wheel -d dist

lock: environment ## pin the newest versions that fit pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  --extra pipeline --extra cluster --extra docs --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove the environment and the workflow's cache; results stay
	rm -rf $(VENV) $(LOWEST) .snakemake dist

# A clone that was copied or moved has the environment of another folder.
environment: $(READY)
	@$(BIN)/python -c 'import os, fixing_ntk as f; assert os.path.samefile(f.__path__[0], "src/fixing_ntk")' \
	  2>/dev/null || { echo "$(VENV) belongs to another folder: make clean setup" >&2; exit 2; }

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import os; bad = {*"\"$$`\\{}"} & {*os.getcwd()}; \
	  exit(f"make setup: move the project, its path holds {chr(32).join(sorted(bad))}" if bad else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	touch $@
