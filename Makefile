# upturn: `make demo` and `make test` are all that a newcomer needs.
PYTHON ?= python3
BIN := .venv/bin
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help demo test check bench airflow lock clean

help: ## Show what can be made
	@grep -hE '^[a-z.]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

.venv: requirements.lock pyproject.toml ## Build the environment from the hashed lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch .venv

lock: ## Resolve the lock anew
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --upgrade --quiet --output-file requirements.lock
