#!/usr/bin/env bash
# Proves that the forge we call reports a failing test: some launchers return 0 whatever happens, and then every Solidity
# check is green for ever.
set -euo pipefail
forge=${1:?usage: check-forge-fails.sh <forge>}
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
mkdir "$project/test"
printf '[profile.default]\nsolc = "0.8.34"\nevm_version = "cancun"\n' >"$project/foundry.toml"
cat >"$project/test/Fails.t.sol" <<'SOL'
// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

contract FailsTest {
    function test_Fails() external pure {
        assert(false);
    }
}
SOL
if output=$("$forge" test --root "$project" 2>&1); then
  echo "$forge returned 0 for a failing test: call the native binary" >&2
  exit 1
fi
if ! grep -q '1 failed' <<<"$output"; then
  printf 'the failing test did not run:\n%s\n' "$output" >&2
  exit 1
fi
