#!/usr/bin/env bash
# Writes what is generated from the Rust code: api/openapi.json and store/.sqlx. With --check it only compares.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --check ]; then
  if ! diff -u api/openapi.json <(target/debug/btsc openapi); then
    echo 'api/openapi.json is not in step with the code: run `make generate` and commit it' >&2
    exit 1
  fi
  target/debug/sqlx_prepare --check
else
  # The queries first: without their descriptions nothing that has SQL in it builds.
  cargo build --locked --package devstack --bins
  target/debug/sqlx_prepare
  cargo build --locked --workspace --bins
  target/debug/btsc openapi >api/openapi.json
fi
