#!/usr/bin/env bash
# Installs the package as its users do: packs it, installs the archive beside examples/my-controller in a temporary folder, and
# there checks the example's types, runs its test suite and its scenario, exports a page, and asks the command for its version.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
PATH=$root/node_modules/.bin:$PATH

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

npm pack --silent --pack-destination "$scratch" >/dev/null
archive=$(echo "$scratch"/quorate-*.tgz)

if tar -tzf "$archive" | grep -E '\.test\.|/testing/|tsbuildinfo|/tools/'; then
  echo 'The package holds files that are not for its users.' >&2
  exit 1
fi

git ls-files -z examples/my-controller | xargs -0 tar -cf - | tar -xf - -C "$scratch"
cd "$scratch/examples/my-controller"
npm install --no-fund --no-audit "$archive"

tsc --noEmit -p .
npx vitest run
npx quorate run ./scenario.ts --seed 7

npx quorate run drop-acknowledgements --seed 1 --defect ack-before-commit --output recordings || test $? = 1
npx quorate export recordings/drop-acknowledgements-1-*.quorate.json --format html --output page.html

version=$(npx quorate --version)
expected=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1])).version' "$root/package.json")
if [ "$version" != "$expected" ]; then
  echo "quorate --version says $version, not $expected" >&2
  exit 1
fi
