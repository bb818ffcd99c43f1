# The front door: `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
export PYTHON
bin := .venv/bin
setup := packaging/linux/setup.sh
pytest := $(bin)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test check bench contracts screenshots soak words prism clean locks

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: ## set up, then run the main job on an embedded chain (ARGS="--seed 7")
	@$(setup) run
	@$(bin)/python -m app demo $(ARGS)

test: ## set up, then lint, types, import rules and every test
	@$(setup) dev
	@$(MAKE) --no-print-directory check
	$(pytest) -q -n 2 --dist loadfile tests/unit
	$(pytest) -q -n 2 --dist loadfile tests/ui
	$(pytest) -q -n 2 --dist loadfile tests --ignore tests/unit --ignore tests/ui

check: ## lint, types, import rules, spelling
	@$(setup) dev
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/codespell

bench: ## measure; prints a table and writes build/bench.json
	@$(setup) dev
	$(bin)/python -m benchmarks

contracts: ## compile the contracts and write their artifacts
	@$(setup) dev
	@PATH="$(CURDIR)/.venv/node/bin:$$PATH" node contracts/build.mjs

screenshots: ## render every screen and verdict in three themes into build/screenshots
	@$(setup) dev
	@QT_QPA_PLATFORM=offscreen $(bin)/python -m tests.ui.screenshots 2>/dev/null
	@echo "build/screenshots: $$(find build/screenshots -name '*.png' | wc -l) pictures"

words: ## bring the translations up to date with the program (resources/locale)
	@$(setup) dev
	$(bin)/python -m resources.locale.build

soak: ## kill -9 at every step, many times (RUNS=200 SEED=1)
	@$(setup) dev
	$(bin)/python -m tests.soak --runs $(or $(RUNS),200) $(if $(SEED),--seed $(SEED))

prism: ## hold what is asked of MultiBaas to its official description (needs a network once)
	@$(setup) dev
	@PATH="$(CURDIR)/.venv/node/bin:$$PATH" npm --prefix tests/prism ci --silent
	@PATH="$(CURDIR)/.venv/node/bin:$$PATH" $(bin)/python -m tests.prism

locks: ## resolve the dependencies again and write both locks
	$(bin)/python -m pip --disable-pip-version-check -q install uv
	$(bin)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(bin)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt

clean: ## remove everything that can be made again
	rm -rf .venv contracts/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
