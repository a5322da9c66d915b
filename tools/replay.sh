#!/usr/bin/env bash
# What a failure leaves behind is worth something: its command fails again; its recording verifies as identical, differs at the step
# whose digest byte is changed, and is refused by the field that is edited. Needs a build.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
edited=$scratch/edited.quorate.json

quorate() { node dist/bin/quorate.js "$@"; }

# expect STATUS WORDS COMMAND…: the command ends with that status and says these words.
expect() {
  local expected=$1 words=$2 status=0 said
  shift 2
  said=$("$@" 2>&1) || status=$?
  if [ "$status" != "$expected" ] || [[ $said != *"$words"* ]]; then
    printf '%s\n%s: status %s, not %s with "%s"\n' "$said" "$*" "$status" "$expected" "$words" >&2
    exit 1
  fi
  echo "$expected  $words"
}

# edit CODE: a copy of the recording, changed by JavaScript.
edit() {
  node -e "const recording = JSON.parse(fs.readFileSync(process.argv[1])); $1; fs.writeFileSync(process.argv[2], JSON.stringify(recording))" \
    "$recording" "$edited"
}

swarm=$(quorate swarm old-leader-resumes --seeds 1..40 --defect no-fencing --bail 1 --output "$scratch" --json || test $? = 1)
recording=$(node -p 'JSON.parse(process.argv[1]).failures[0].recording' "$swarm")
repro=$(node -p 'JSON.parse(process.argv[1]).failures[0].repro' "$swarm")
echo "$repro"

# shellcheck disable=SC2086 -- the command is words
expect 1 platform/no-stale-side-effects quorate ${repro#npx quorate } --output "$scratch"
expect 0 identical quorate replay "$recording" --verify
expect 1 platform/no-stale-side-effects quorate replay "$recording"
edit 'const bytes = Buffer.from(recording.digestBytes, "base64"); bytes[999] ^= 1; recording.digestBytes = bytes.toString("base64")'
expect 3 'differs at step 1000' quorate replay "$edited" --verify
edit 'recording.faults.pop()'
expect 64 'faults was edited' quorate replay "$edited" --verify
edit 'recording.build = "0".repeat(16)'
expect 4 'recorded by another build' quorate replay "$edited" --verify
