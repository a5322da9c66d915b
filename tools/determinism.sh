#!/usr/bin/env bash
# Same seed, same digest: twice on this Node and once on every Node that Quorate supports. Another seed, another digest.
# Needs a build.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH

scenario=pause-the-leader
seed=7
other_seed=8

# digest SEED NODE…: the digest of one run, under the given Node.
digest() {
  local run_seed=$1 result
  shift
  result=$("$@" dist/bin/quorate.js run "$scenario" --seed "$run_seed" --json)
  node -p 'JSON.parse(process.argv[1]).digest' "$result"
}

expected=$(digest "$seed" node)
if ! [[ $expected =~ ^[0-9a-f]{16}$ ]]; then
  echo "seed $seed gave no digest: $expected" >&2
  exit 1
fi
echo "$scenario, seed $seed: $expected"

same() {
  local name=$1 actual
  shift
  actual=$(digest "$seed" "$@")
  if [ "$actual" != "$expected" ]; then
    echo "$name: $actual, not $expected" >&2
    exit 1
  fi
  echo "$name: the same"
}

same 'a second time' node
for version in 22 24 26; do
  same "Node $version" npx -y -p "node@$version" node
done

other=$(digest "$other_seed" node)
if [ "$other" = "$expected" ]; then
  echo "seed $other_seed gave the digest of seed $seed" >&2
  exit 1
fi
echo "seed $other_seed: $other"
