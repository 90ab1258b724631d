# Every command of the project. `make help` lists them; the README needs only `make demo` and `make test`.
# On a machine whose Node is older than 24, Node 24 comes from npm into hack/toolchain and is first on PATH for everything below.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

NODE_MAJOR := $(shell node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
ifeq ($(shell test $(NODE_MAJOR) -ge 24 && echo yes),yes)
TOOLCHAIN :=
else
TOOLCHAIN := hack/toolchain/node_modules/.installed
export PATH := $(CURDIR)/hack/toolchain/node_modules/.bin:$(PATH)
endif
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
READY := node_modules/.installed $(TOOLCHAIN)

# In one process, because isolation costs twenty times what the tests do; a test that needs a process of its own is an integration test.
UNIT_TESTS = $$(find api controllers pkg e2e config hack -name '*.test.ts' -not -name '*.integration.test.ts' -not -name '*.model.test.ts' -not -path '*/node_modules/*' | sort)
MODEL_TESTS = $$(find api controllers pkg e2e -name '*.model.test.ts' -not -path '*/node_modules/*' | sort)
INTEGRATION_TESTS = $$(find api controllers pkg e2e -name '*.integration.test.ts' -not -path '*/node_modules/*' | sort)

##@ Use
.PHONY: demo
demo: $(READY) ## Bring up a control plane, the operator and a NiFi cluster, and show it (ONCE=1: exit when Ready)
	@node e2e/demo/main.ts $(if $(ONCE),--once)

##@ Check
# The models need one core for as long as everything beside them needs the other, so both go on at once; two integration
# tests at a time, because each waits half of its time.
.PHONY: test
test: $(READY) binaries test-programs ## Lint, types, generated files, unit, model and integration tests, and those on a real node where one can be made
	$(MAKE) --jobs=2 --output-sync=target test-model lint typecheck verify crdlint test-unit
	$(MAKE) test-integration
	node e2e/node/main.ts --if-possible

.PHONY: lint
lint: $(READY) ## Lint, check the format, look for dead code and dependencies
	oxlint --type-aware --deny-warnings
	biome check .
	knip

.PHONY: typecheck
typecheck: $(READY) ## Check the types
	tsc --noEmit

.PHONY: test-unit
test-unit: $(READY) ## Pure and in-process tests
	node --test --test-isolation=none $(UNIT_TESTS)

.PHONY: test-model
test-model: $(READY) ## Property and model tests
	node --test --test-isolation=none $(MODEL_TESTS)

.PHONY: binaries
binaries: $(READY) ## Build (once) etcd, the API server, the controllers, kubectl and the CRD linter
	@node e2e/controlplane/binaries-main.ts

.PHONY: test-programs
test-programs: $(READY) binaries ## Build (once) cert-manager, helm and promtool
	@node e2e/test-programs.ts

.PHONY: crdlint
crdlint: $(READY) binaries ## Validate the CRDs exactly as the API server does
	node hack/crdlint.ts config/crd/*.yaml config/small-schema/crd/*.yaml

.PHONY: test-integration
test-integration: $(READY) binaries test-programs ## Tests against a real API server
	node --test --test-concurrency=2 --test-timeout=1200000 $(INTEGRATION_TESTS)

.PHONY: bench
bench: $(READY) binaries build ## Measure requests, latencies, memory and scale (BENCH="writes idle" for some; BENCH=--help lists them)
	node e2e/bench/main.ts $(BENCH)

.PHONY: e2e
e2e: $(READY) ## Install on a Kubernetes of one real node and run e2e/scenarios (Linux, root; E2E="--only scale" for some; CLUSTER=current, NIFI_IMAGE=a name)
	@node e2e/node/main.ts $(E2E)

##@ Develop
.PHONY: generate
generate: $(READY) ## Regenerate CRDs, types, validators and reference pages
	node hack/generate.ts

.PHONY: verify
verify: $(READY) ## Regenerate everything and fail on a difference
	node hack/generate.ts --check

.PHONY: fmt
fmt: $(READY) ## Format the code
	biome check --write .

.PHONY: build
build: $(READY) ## Bundle the operator into dist/operator.cjs
	node hack/bundle.ts

# Any of these builds the Dockerfile; the first that is there is taken.
IMAGE_BUILDER = $(firstword $(foreach name,docker podman buildah,$(if $(shell command -v $(name)),$(name))))
IMAGE ?= nifi-operator:$(shell node -p 'require("./package.json").version')

.PHONY: image
image: build ## Build the operator's image (IMAGE=name:tag, NODE_IMAGE=its base, IMAGE_BUILDER=docker, podman or buildah)
	@test -n "$(IMAGE_BUILDER)" || { echo "No docker, podman or buildah is installed: install one, or name another by IMAGE_BUILDER" >&2; exit 1; }
	$(IMAGE_BUILDER) build $(IMAGE_FLAGS) --tag $(IMAGE) $(if $(NODE_IMAGE),--build-arg NODE_IMAGE=$(NODE_IMAGE)) \
	  --build-arg VERSION=$$(node -p 'require("./package.json").version') \
	  --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(git log -1 --format=%cI) .

.PHONY: sbom
sbom: $(READY) ## Write the bill of materials of the bundle (dist/operator.spdx.json, dist/operator.cdx.json)
	node hack/sbom.ts

.PHONY: charts
charts: $(READY) binaries ## Lint and test the Helm charts
	node --test --test-concurrency=1 e2e/helm/*.test.ts

.PHONY: release-version
release-version: $(READY) ## Fail unless TAG is v and the version of package.json
	@node -e 'const v = require("./package.json").version; if (process.argv[1] !== `v$${v}`) { console.error(`the tag is $${process.argv[1]} and package.json says $${v}`); process.exit(1); }' "$(TAG)"

HELM ?= helm

.PHONY: package-charts
package-charts: ## Package the Helm charts into dist/charts (HELM=another helm)
	rm -rf dist/charts && mkdir -p dist/charts
	$(HELM) package --destination dist/charts charts/*

.PHONY: push-charts
push-charts: package-charts ## Push the charts to CHART_REGISTRY (oci://…), and keep their digests in dist/charts/digests.txt
	@test -n "$(CHART_REGISTRY)" || { echo "CHART_REGISTRY says where to, such as oci://registry.example/charts" >&2; exit 1; }
	for chart in dist/charts/*.tgz; do \
	  digest=$$($(HELM) push "$$chart" $(CHART_REGISTRY) 2>&1 | sed -n 's/^Digest: //p'); test -n "$$digest"; \
	  echo "$$(tar -xzOf "$$chart" --wildcards '*/Chart.yaml' | sed -n 's/^name: //p' | head -n 1) $$digest" >> dist/charts/digests.txt; \
	done

.PHONY: tools
tools: $(READY) ## Install dependencies and, where needed, Node 24

.PHONY: clean
clean: ## Remove what was built or installed here (not the cache of the control plane)
	rm -rf dist node_modules hack/toolchain/node_modules

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z_-]+:.*?##/ {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Not `npm ci`: it refuses a lockfile that lacks the builds of other platforms, which a mirror may not carry. Versions are exact.
node_modules/.installed: package.json package-lock.json .npmrc
	npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

hack/toolchain/node_modules/.installed: hack/toolchain/package.json hack/toolchain/package-lock.json
	npm install --no-save --prefix hack/toolchain --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
