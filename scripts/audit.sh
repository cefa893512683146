#!/usr/bin/env bash
# Checks that need more than Rust and Node. Each says what it needs; a check whose tool is missing fails the run.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0

# check NAME TOOL HOW-TO-GET-IT COMMAND...
check() {
  local name=$1 tool=$2 how=$3
  shift 3
  if ! command -v "$tool" >/dev/null; then
    echo "MISSING  $name needs $tool: $how"
    failed=1
  elif "$@"; then
    echo "ok       $name"
  else
    echo "FAILED   $name"
    failed=1
  fi
}

check 'licences and sources' cargo-deny 'cargo install --locked cargo-deny' cargo deny --locked check licenses sources bans
check 'known vulnerabilities' cargo-deny 'cargo install --locked cargo-deny (and an advisory database)' cargo deny --locked check advisories
check 'static analysis' slither 'pip install slither-analyzer==0.11.6' slither . --filter-paths 'node_modules|test|scripts'
exit $failed
