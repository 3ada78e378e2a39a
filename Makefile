# upturn: `make demo` and `make test` are all that a newcomer needs: Python 3.11, pip and make.
PYTHON ?= python3
BIN := .venv/bin
SEED ?= 7
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: .venv help demo test check bench fuzz kill airflow lock reference clean

help: ## Show what can be made
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv: .venv/built ## Build the environment from the hashed lock

.venv/built: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: .venv ## Simulate logs, run the real Airflow DAGs over them, show what to fix
	$(BIN)/upturn demo --home demo --seed $(SEED)

check: .venv ## Format, lint, types, import walls, fast tests: before every commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --nocolor --disable-progress-bar sql
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow and not airflow and not shared_data"

test: .venv ## Every test; SELECT="slow or airflow or shared_data" leaves out those of `make check`
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(SELECT),-m "$(SELECT)")

bench: .venv ## The figures of docs/benchmarks.md, as ratios within one run
	$(BIN)/python -m tests.benchmarks

fuzz: .venv ## Ten minutes of coverage-guided fuzzing of every parser, mutated Parquet files, then a million mutated records from bytes to chunk
	$(BIN)/python -m tests.fuzz.guided --seconds 600 --corpus .fuzz-corpus
	$(BIN)/python -m tests.fuzz.parquet --files 10000
	$(BIN)/python -m tests.fuzz --records 1000000

kill: .venv ## 200 ingests of a real log, 20 whole runs and 100 erasures, each killed at a random moment and run again: the nightly form
	UPTURN_KILLS=200 UPTURN_ERASURE_KILLS=100 $(BIN)/pytest tests/end_to_end/test_killed_at_any_moment.py tests/end_to_end/test_erasure_killed.py

airflow: .venv ## Scheduler and UI on 127.0.0.1:8080 for the home in UPTURN_HOME; Ctrl-C stops all of it
	$(BIN)/python dags/serve.py

lock: ## Resolve the lock anew
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --upgrade --quiet --output-file requirements.lock

reference: .venv ## Write the generated references anew
	$(BIN)/python -m tests.support.reference

clean: ## Remove what was built; homes stay
	rm -rf .venv demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
