#!/usr/bin/env bash
# Counts the tests in vitest's JSON report: `N passed, N failed`. A file that fails outside its tests counts as one failure.
set -euo pipefail
node --input-type=module - "$1" <<'JS'
import { readFileSync } from 'node:fs';
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const failedAlone = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + failedAlone.length} failed`);
JS
