# The commands people use. `make help` lists them.

# A fresh clone in continuous integration shares what an earlier one built.
ifneq ($(CI),)
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vestnik-target
endif

.DEFAULT_GOAL := help
.PHONY: help run test web stories screenshots cluster-story lint bench bench-web coverage clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: export VESTNIK_DATA_DIR := $(or $(VESTNIK_DATA_DIR),./data)
run: ## Build the server and run it; data goes to ./data, settings come from VESTNIK_* variables
	@scripts/setup run
	@scripts/web build
	cargo run --release --locked --bin vestnik -- serve

test: export VESTNIK_TEST_FUZZ_SECS := $(or $(VESTNIK_TEST_FUZZ_SECS),60)
test: ## Run every check and test, on SQLite and on a throw-away PostgreSQL and Redis, and in a browser
	@scripts/setup test
	scripts/web check
	scripts/web build
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo run -p xtask --locked -- gen --check
	scripts/with-postgres scripts/with-redis cargo test --workspace --locked
	scripts/check-deploy
	scripts/web stories

web: ## Build the web client alone
	@scripts/web build

stories: ## Run the browser stories alone; STORY=name picks some
	@scripts/setup test
	@scripts/web build
	cargo build --locked --bin vestnik
	scripts/web stories $(STORY)

screenshots: ## Take the pictures of the README anew
	@scripts/setup test
	@scripts/web build
	cargo build --locked --bin vestnik
	scripts/web screenshots

cluster-story: export VESTNIK_CLUSTER_MINUTES := $(or $(MINUTES),10)
cluster-story: export VESTNIK_CLUSTER_CLIENTS := $(or $(CLIENTS),300)
cluster-story: export VESTNIK_CLUSTER_BACK_SECONDS := $(or $(BACK_SECONDS),10)
cluster-story: ## Run three nodes with 300 clients for MINUTES (10) while everything under them falls over again and again
	@scripts/setup test
	cargo test --profile bench-fast --locked -p vestnik-server --test it -- --nocapture cluster::

lint: ## Check format, lints and, when cargo-deny is installed, licences and advisories
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then \
		cargo deny check; \
	else \
		echo "lint: dependencies were not checked: cargo-deny is missing (cargo install cargo-deny --locked)"; \
	fi

bench: ## Run all load scenarios against this build, beside the peers that are installed; BENCH_ARGS goes to vestnik-bench
	cargo build --profile bench-fast --locked --bin vestnik
	cargo run --profile bench-fast --locked -p vestnik-bench -- run all $(BENCH_ARGS)

bench-web: ## Measure the web client in Chromium: size, switching, scrolling, memory
	@scripts/setup test
	@scripts/web build
	cargo build --profile bench-fast --locked --bin vestnik
	STORY_SERVER=$$(cargo metadata --format-version 1 --no-deps --locked | jq -r .target_directory)/bench-fast/vestnik scripts/web bench

coverage: ## Measure line coverage of core and store; fails below 90 %
	@scripts/coverage

clean: ## Remove what was built; the data directory stays
	cargo clean
