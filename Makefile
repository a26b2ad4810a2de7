# Two commands matter: `make up` brings a system alive, `make test` runs the tests. Both set themselves up; `make help` lists the rest.

MAKEFLAGS += --no-print-directory
# Every command is hundreds of modules: compiled anew at each start they take more time than all that the command does.
unexport PYTHONDONTWRITEBYTECODE
SYSTEM ?= tictactoe
BIN := .venv/bin
UV_LOCK := $(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	--python-version 3.11 --no-annotate
# Each system's handlers, layers and services stand alone, as they do on AWS; so each is checked as a project of its own.
SYSTEMS := $(patsubst systems/%/,%,$(sort $(dir $(wildcard systems/*/*.py))))

.DEFAULT_GOAL := help
.PHONY: help setup develop up test lint types format docs serve-docs wheel lock bench clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv with the `terrarium` command in it
	@sh scripts/setup.sh runtime

develop:
	@sh scripts/setup.sh dev

up: setup ## bring a system alive on this machine: make up SYSTEM=tictactoe
	@exec $(BIN)/terrarium up $(SYSTEM) $(ARGS)

test: develop ## run every test that this machine can run: make test ARGS='-k board'
	@$(BIN)/python -m pytest $(ARGS)

lint: develop ## style, order, names
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo 'run `make format`'; exit 1; }

types: develop ## strict types over the package, the systems and the tests
	@$(BIN)/mypy conftest.py src scripts tests bench
	@set -e; for system in $(SYSTEMS); do \
		echo "systems/$$system"; \
		MYPYPATH="$$(ls -d systems/$$system/services systems/$$system/layers/*/python systems/$$system 2>/dev/null | paste -s -d : -)" \
		$(BIN)/mypy systems/$$system; \
	done

format: develop ## write code the one way
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

docs: develop ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

serve-docs: develop ## read the documentation while writing it
	@$(BIN)/mkdocs serve

wheel: develop ## build dist/terrarium_aws-*.whl
	@$(BIN)/hatchling build -t wheel

lock: develop ## choose versions anew: requirements/*.txt
	@$(UV_LOCK) --upgrade --group installer --output-file requirements/installer.txt
	@$(UV_LOCK) --upgrade --group build --output-file requirements/runtime.txt pyproject.toml
	@$(UV_LOCK) --upgrade --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt pyproject.toml

bench: develop ## measure beside peers, where `python bench/peers.py install` has put them: make bench ARGS='--only chat'
	@$(BIN)/python -m bench $(ARGS)

clean: ## remove what these targets made; the state of running systems stays
	@rm -rf .venv site dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
