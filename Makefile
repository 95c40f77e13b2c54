# Signet.  Two commands matter: `make serve` and `make test`; each does all its own set-up.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
SERVE_ARGS ?=

.PHONY: help setup serve test check format differential-long differential-iam fuzz mutation-long kill-long power-long test-clients test-clients-long model-long conformance bench bench-micro clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 20

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "signet needs Python 3.11 or newer: set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(VENV)/.ready ## make .venv with everything that make serve and make test need

serve: setup ## start on 127.0.0.1:9000 with data in ./data
	@exec $(VENV)/bin/signet serve $(SERVE_ARGS)

test: setup ## the quick tests: no root, no network
	$(PY) -m pytest -n 2 --dist worksteal -m "not clients and not long"

differential-long: setup ## 1,050,000 requests signed by others; more signers after make test-clients
	@if command -v go >/dev/null; then cd tests/differential/others/go && go build -o ../../../../.tools/sign-go .; fi
	@if command -v mvn >/dev/null; then mkdir -p .tools/sign-java && cp -r tests/differential/others/java/. .tools/sign-java \
		&& cd .tools/sign-java && mvn --quiet --batch-mode package; fi
	@if command -v cargo >/dev/null; then mkdir -p .tools/sign-rust && cp -r tests/differential/others/rust/. .tools/sign-rust \
		&& cd .tools/sign-rust && cargo build --quiet --release; fi
	$(PY) -m tests.differential --requests $${REQUESTS:-1050000} --seed $${SEED:-0}

differential-iam: setup ## 100,000 decisions of policies beside another engine's (CASES, SEED); Node.js
	$(PY) -m tests.differential_iam.install
	$(PY) -m tests.differential_iam --cases $${CASES:-100000} --seed $${SEED:-0}

mutation-long: setup ## every single check of sigv4 changed, one at a time; goes on where it was
	$(PY) -m tests.mutation

kill-long: setup ## 500 rounds of kill -9 under load, and 500 for the trail
	ROUNDS=$${ROUNDS:-500} $(PY) -m pytest tests/crash/test_kill.py tests/crash/test_killed_trail.py -m long -q

power-long: setup ## 1,000 rounds of cut power for everything that promises, and each sync left out
	$(PY) -m pytest -n 2 --dist worksteal -m long -q tests/crash/test_power.py \
		tests/crash/test_power_services.py tests/crash/test_power_syncs.py

fuzz: setup ## an hour of fuzzing the parsers (FUZZ_SECONDS), by atheris; the corpus is kept
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	$(PY) -m tests.fuzz

test-clients: setup ## real clients, installed (as root, for Debian's packages) and run against a server
	$(PY) -m tests.clients.install
	$(PY) -m pytest -n 2 --dist worksteal -m "clients and not long" tests/clients tests/cloud tests/model tests/crash tests/postgres

test-clients-long: setup ## the same, and the SDKs for Java and Rust
	$(PY) -m tests.clients.install --long
	$(PY) -m pytest -n 2 --dist worksteal -m clients tests/clients

model-long: setup ## the specification of S3 and a server side by side, for 100,000 requests (RUNS x 50)
	RUNS=$${RUNS:-2000} $(PY) -m pytest -m long -q tests/model

conformance: setup ## ceph/s3-tests from CHECKOUT=path, compared with the list of what passed before
	@test -n "$(CHECKOUT)" || { echo "say where: make conformance CHECKOUT=path/to/s3-tests"; exit 1; }
	$(PYTHON) -m venv .tools/conformance
	.tools/conformance/bin/pip install --quiet --disable-pip-version-check -c constraints.txt \
		-r tests/conformance/requirements.txt
	$(PY) -m tests.conformance $(CHECKOUT) $(CURDIR)/.tools/conformance/bin/python $(CONFORMANCE_ARGS)

bench: setup ## beside a bare web.Server, and moto's if it is installed, in one run (BENCH_ARGS); wrk and curl
	$(PY) -m tests.bench $(BENCH_ARGS)

bench-micro: setup ## microseconds of the steps of a request, of signatures, policies and documents
	for what in request sigv4 policy protocol; do $(PY) -m tests.bench.micro_$$what || exit 1; done

check: setup ## format, lint, types, import rules
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

format: setup ## mend what ruff can mend
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

clean: ## remove what was built; data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
