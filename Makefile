# The short list of commands. `make up` and `make test` install what they need: Rust, Node, a C compiler and make suffice.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The native binary, by its platform's package: the launchers of the package `@foundry-rs/forge` return 0 when the command
# fails. `solidity` proves that this one does not.
FORGE = $$(echo node_modules/@foundry-rs/forge-*/bin/forge)
export FOUNDRY_SOLC := $(CURDIR)/scripts/solc
export SQLX_OFFLINE := true
# The second reader of the ABIs has dependencies, a lock file and a target folder of its own.
PARITY = --locked --manifest-path test/abi-parity/Cargo.toml --target-dir target/abi-parity

.PHONY: help up demo test setup build lint solidity rehearsal coverage gas rust parity generated generate audit clean

help: ## Lists the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

up: build ## Installs, builds, deploys and runs everything; Ctrl-C stops it
	@exec target/debug/btsc dev $(ARGS)

demo: build ## Shows the main job against the running stack
	@exec target/debug/btsc demo

test: setup build lint solidity rehearsal coverage generated rust parity ## Installs, builds and runs all but the long campaigns of `make audit`
	@echo "make test: all passed"

setup: node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --ignore-scripts --no-progress

build: setup
	@cargo build --locked --workspace --bins

# Afresh and aside: forge reports no warning of what it has in its cache.
lint: setup ## Formatting, compiler and clippy warnings
	@cargo fmt --all --check
	cargo fmt --manifest-path test/abi-parity/Cargo.toml --check
	$(FORGE) fmt --check contracts scripts test
	$(FORGE) build contracts --deny warnings --force --out target/lint/out --cache-path target/lint/cache
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo clippy $(PARITY) --all-targets -- --deny warnings

solidity: setup ## Solidity tests, and proof that a failing one fails
	@scripts/check-forge-fails.sh "$(FORGE)"
	$(FORGE) test

rehearsal: setup ## A deployment killed, resumed, audited, altered and found out, against a real node
	@node scripts/check-audit.mjs

coverage: setup ## Every line, branch and function of contracts/ is reached by a test
	@node scripts/coverage.mjs

rust: build ## Rust tests, the end-to-end ones included
	@cargo test --locked --workspace

parity: setup ## A second reader of the ABIs agrees with ours
	@cargo test $(PARITY)

generated: build ## Everything generated is committed and in step
	@$(FORGE) build
	node scripts/export-abi.mjs --check
	node scripts/gas.mjs --check
	node test/vectors/generate.mjs --check
	scripts/generate.sh --check

generate: setup ## Regenerates ABIs, gas snapshots, openapi.json and store/.sqlx
	@$(FORGE) build
	node scripts/export-abi.mjs
	node scripts/gas.mjs
	node test/vectors/generate.mjs
	scripts/generate.sh

gas: setup ## Rewrites snapshots/ and docs/gas.md: gas, sizes, storage layouts
	@$(FORGE) build
	node scripts/gas.mjs

audit: setup ## The long campaigns and one table of what came out; ROWS="coverage symbolic" runs these alone
	@node scripts/audit.mjs $(ROWS)

clean: ## Removes what was built (not .btsc)
	@rm -rf target out cache broadcast node_modules
