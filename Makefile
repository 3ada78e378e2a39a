# upturn: `make demo` and `make test` are all that a newcomer needs: Python 3.11, pip and make.
PYTHON ?= python3
BIN := .venv/bin
SEED ?= 7
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help demo test check bench airflow lock reference clean

help: ## Show what can be made
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv: requirements.lock pyproject.toml ## Build the environment from the hashed lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch .venv

demo: .venv ## Simulate logs, run the real Airflow DAGs over them, show what to fix
	$(BIN)/upturn demo --home demo --seed $(SEED)

check: .venv ## Format, lint, types, import walls, fast tests: before every commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --nocolor --disable-progress-bar sql
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow and not airflow and not shared_data"

test: .venv ## Every test
	$(BIN)/pytest -n 2 --dist loadfile

bench: .venv ## The figures of docs/benchmarks.md, as ratios within one run
	$(BIN)/python -m tests.benchmarks

airflow: .venv ## Scheduler and UI on 127.0.0.1:8080 for the home in UPTURN_HOME; Ctrl-C stops all of it
	$(BIN)/python dags/serve.py

lock: ## Resolve the lock anew
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --upgrade --quiet --output-file requirements.lock

reference: .venv ## Write the generated references anew
	$(BIN)/python -m tests.support.reference

clean: ## Remove what was built; homes stay
	rm -rf .venv demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
