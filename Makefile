# Every command of this project. PORT, HOST, DATA_DIR, DATABASE_URL and MODE pass through: make run PORT=9000
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PARALLEL := -n logical --maxprocesses 8 --dist worksteal
TEMPLATES := templates
# Tests that take a sample in `make test` and everything in `make trust`.
THOROUGH := tests/lms/test_permissions.py tests/lms/test_hostile_input.py tests/journeys/test_every_page.py tests/journeys/test_staff.py

.PHONY: help
help: ## Say what each command does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Both make .venv or bring it up to date; nearly free when nothing changed.
.PHONY: environment-run environment-dev
environment-run:
	@$(PYTHON) tools/environment.py run
environment-dev:
	@$(PYTHON) tools/environment.py dev

.PHONY: setup
setup: environment-dev ## Install what running, testing and checking need
	@$(PYTHON) -m tools.browser

.PHONY: run
run: environment-run ## Start the site on this machine (PORT, HOST, DATA_DIR, DATABASE_URL)
	@exec $(BIN)/commons run

.PHONY: migrate
migrate: environment-run ## Bring the database up to date
	@exec $(BIN)/commons migrate

.PHONY: seed
seed: environment-run ## Fill the database with a demonstration coalition
	@exec $(BIN)/commons seed demo

.PHONY: test
test: setup ## Run all tests, browser journeys too, in random order
	@$(BIN)/python -m pytest $(PARALLEL)

.PHONY: test-fast
test-fast: environment-dev ## Run the tests that need no browser (leaves out tests/journeys)
	@$(BIN)/python -m pytest $(PARALLEL) --ignore=tests/journeys

.PHONY: trust
trust: setup ## Run the long proofs (tests/trust): concurrency, killed processes, restores
	@$(BIN)/python -m pytest tests/trust --timeout=1800
	@COMMONS_THOROUGH=1 $(BIN)/python -m pytest $(PARALLEL) --timeout=1800 $(THOROUGH)

.PHONY: coverage
coverage: setup ## Run all tests and show which lines none of them reaches
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term

.PHONY: lint
lint: environment-dev ## Check code, types, imports, templates and dead code
	@$(MAKE) --no-print-directory --keep-going --jobs --output-sync=target \
		lint-code lint-format lint-types lint-imports lint-templates lint-dead

.PHONY: lint-code lint-format lint-types lint-imports lint-templates lint-dead
lint-code:
	@$(BIN)/ruff check
lint-format:
	@$(BIN)/ruff format --check
lint-types:
	@$(BIN)/mypy
lint-imports:
	@$(BIN)/lint-imports --no-logo
lint-templates:
	@$(BIN)/djlint --lint --allow-empty-input $(TEMPLATES)
lint-dead:
	@$(BIN)/vulture

.PHONY: format
format: environment-dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# Without the machine's own settings, so that every lock names what is public. LOCKFLAGS=--upgrade takes newer versions.
COMPILE := uv --no-config pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --quiet $(LOCKFLAGS)
.PHONY: locks
locks: ## Write locks/*.txt anew from pyproject.toml (needs uv)
	@$(COMPILE) pyproject.toml --output-file locks/run.txt
	@$(COMPILE) pyproject.toml --group dev --constraints locks/run.txt --output-file locks/dev.txt

.PHONY: docs
docs: environment-dev ## Check that the documentation says what the program does
	@$(BIN)/python -m pytest tests/house/test_docs.py

.PHONY: pictures
pictures: setup ## Take the pictures of the README and the help pages anew
	@$(BIN)/python -m tools.pictures

.PHONY: bench
bench: environment-dev ## Measure pages and queries on a large database
	@$(BIN)/python tools/bench.py
