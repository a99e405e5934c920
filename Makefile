# Every target makes the environment it needs: Python with venv, make and the package registries are enough.
PYTHON ?= python3
# Tests run in so many processes, which share a broker: more than there are cores, because most of the time they wait.
PROCESSES ?= 6
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What the benchmark compares us with has pins of its own.
PEERS := .cache/peers
# So have Infobip's own clients, which the simulator is held against; one of them needs npm.
SDKS := .cache/sdks
# So has the official parser of AsyncAPI, which needs npm, too.
ASYNCAPI := .cache/asyncapi
# And what makes a site of docs/.
DOCS := .cache/docs
# What looks at what is shipped: schemas of Kubernetes, lists of parts, known vulnerabilities.
TOOLS := .cache/tools
# Helm is built from its source, whose checksums Go looks up; HELM_VERSION says which.
HELM := .cache/go/bin/helm
HELM_VERSION := v4.3.2
# For every platform and every Python from 3.11; what is pinned stays (make lock LOCK=--upgrade moves on).
COMPILE = .cache/lock/bin/uv pip compile --system-certs --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate $(LOCK)

.DEFAULT_GOAL := help
.PHONY: alerts demo test sdks check fmt docs manifests screenshots sbom audit helm tools faults bench bench-all flames lock clean help

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

demo: $(READY) ## the whole way on this machine, in a minute
	@$(BIN)/infobip-streams demo

test: $(READY) $(SDKS)/.ready $(ASYNCAPI)/.ready $(DOCS)/.ready $(TOOLS)/.ready $(HELM) ## every test, on the first broker that serves
	@$(BIN)/python -m pytest -n $(PROCESSES)

sdks: $(READY) $(SDKS)/.ready ## Infobip's own clients against the simulator
	@$(BIN)/python -m pytest tests/sdks

check: $(READY) ## lint, types and the walls between rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

fmt: $(READY) ## format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(READY) $(DOCS)/.ready ## write those parts of docs/ again that are made from the code, and build the site
	@$(BIN)/python -m tests.docs
	@$(BIN)/python -m tests.docs.site

manifests: $(READY) $(HELM) ## write deploy/kubernetes again, which is made from the chart
	@$(BIN)/python -m tests.deploy

sbom: $(TOOLS)/.ready ## the parts of the image, as CycloneDX: dist/sbom.json
	@mkdir -p dist
	@$(TOOLS)/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --of JSON -o dist/sbom.json requirements.txt && echo dist/sbom.json

audit: $(TOOLS)/.ready ## known vulnerabilities in what is pinned; asks a public database
	@$(TOOLS)/bin/python deploy/audit.py requirements.txt

tools: $(TOOLS)/.ready ## what sbom, audit and the tests of the chart need

helm: $(HELM) ## Helm, built from source where it is not installed; needs Go

alerts: ## rules for Prometheus whose links lead to your own docs: make alerts RUNBOOKS=https://docs.example.com/operations.html
	@test -n "$(RUNBOOKS)" || { echo "say where operations.md can be read: make alerts RUNBOOKS=https://..." >&2; exit 2; }
	@mkdir -p .cache && sed 's|docs/operations.md|$(RUNBOOKS)|' deploy/prometheus/alerts.yaml > .cache/alerts.yaml
	@echo .cache/alerts.yaml

screenshots: $(READY) ## the pictures of the console in docs/images, which need chromium
	@$(BIN)/python -m tests.console.screenshots

faults: $(READY) ## every fault at length, an hour; a table (FAULTS="--seed 7 --short kills")
	@$(BIN)/python -m tests.faults $(FAULTS)

bench: $(READY) $(PEERS)/.ready ## ours beside its peers in one run: a table, a picture (BENCH="t1 --scale 0.1")
	@$(BIN)/python -m tests.integration.brokers -- $(BIN)/python -m bench $(BENCH)

bench-all: $(READY) $(PEERS)/.ready ## the same with Redpanda Connect and Kafka Connect, which need Go and Maven
	@$(BIN)/python -m tests.integration.brokers -- $(BIN)/python -m bench --all $(BENCH)

flames: $(READY) $(PEERS)/.ready ## where the CPU goes, drawn into docs/flames
	@$(BIN)/python -m tests.integration.brokers -- $(BIN)/python -m bench.flames

lock: ## pin the dependencies again, with hashes
	@$(PYTHON) -m venv .cache/lock
	@.cache/lock/bin/pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) --extra console --extra postgres -o requirements.txt pyproject.toml >/dev/null
	@$(COMPILE) --extra console --extra demo --extra postgres --group dev -o requirements-dev.txt pyproject.toml >/dev/null
	@$(COMPILE) --group peers -o requirements-peers.txt >/dev/null
	@$(COMPILE) --group sdks -o requirements-sdks.txt >/dev/null
	@$(COMPILE) --group docs -o requirements-docs.txt >/dev/null
	@$(COMPILE) --group tools -o requirements-tools.txt >/dev/null

clean: ## remove what was made
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@echo "installing pinned dependencies into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS)/.ready: requirements-peers.txt
	@$(PYTHON) -m venv $(PEERS)
	@echo "installing the peers to compare with into $(PEERS) ..."
	@$(PEERS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.txt \
		&& touch $@ || echo "not installed: the rows of those peers will say so"

$(SDKS)/.ready: requirements-sdks.txt tests/sdks/package.json tests/sdks/package-lock.json
	@$(PYTHON) -m venv $(SDKS)
	@echo "installing Infobip's own clients into $(SDKS) ..."
	@cp tests/sdks/package.json tests/sdks/package-lock.json $(SDKS)
	@$(SDKS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-sdks.txt \
		&& (cd $(SDKS) && npm ci --silent --ignore-scripts --no-audit --no-fund) \
		&& touch $@ || echo "not installed: the tests of those clients will say so"

$(DOCS)/.ready: requirements-docs.txt
	@$(PYTHON) -m venv $(DOCS)
	@echo "installing what makes the site into $(DOCS) ..."
	@$(DOCS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.txt \
		&& touch $@ || echo "not installed: the test of the site will say so"

$(ASYNCAPI)/.ready: tests/asyncapi/package.json tests/asyncapi/package-lock.json
	@mkdir -p $(ASYNCAPI)
	@echo "installing the parser of AsyncAPI into $(ASYNCAPI) ..."
	@cp tests/asyncapi/package.json tests/asyncapi/package-lock.json $(ASYNCAPI)
	@(cd $(ASYNCAPI) && npm ci --silent --ignore-scripts --no-audit --no-fund) \
		&& touch $@ || echo "not installed: the tests of asyncapi.yaml will say so"

$(TOOLS)/.ready: requirements-tools.txt
	@$(PYTHON) -m venv $(TOOLS)
	@echo "installing what looks at what is shipped into $(TOOLS) ..."
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.txt \
		&& touch $@ || echo "not installed: the tests of the chart will say so"

$(HELM):
	@if command -v helm >/dev/null; then mkdir -p $(@D) && ln -sf "$$(command -v helm)" $@; else \
		echo "building helm $(HELM_VERSION) into $(@D) ..." \
		&& GOBIN=$(abspath $(@D)) go install helm.sh/helm/v4/cmd/helm@$(HELM_VERSION) \
		|| echo "not built: the tests of the chart will say so"; fi
