/** `quorate pin`: makes a test of a recorded failure, to stand in the user's own suite from then on. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Recording } from '../../replay/recording.ts';
import { UsageError } from '../exit-status.ts';
import { shownPath } from '../reading.ts';
import { loadRecording, sourceOf, statusAtBest } from '../load-recording.ts';
import type { Source } from '../execution/job.ts';
import type { PinnedScenario } from '../pinned-test.ts';
import { shellLine } from '../reproduce.ts';
import { asAsked, writeWhole } from '../writing.ts';

interface Options {
  readonly output?: string;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<recording>', 'a file *.quorate.json of a run that failed; shrink it first (quorate shrink)')
    .option('--output <file>', 'where to write the test (default: beside the scenario file, or here)')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nThe test fails until the bug is fixed. It needs the packages vitest and quorate.')
    .action(pin);
}

async function pin(path: string, options: Options): Promise<void> {
  const recording = await loadRecording(path);
  const failedAt = failureIn(recording, path);
  const source = await sourceOf(recording, path);
  const file = resolve(options.output ?? besideScenario(recording, source));
  if (existsSync(file))
    throw new UsageError(`${shownPath(file)}: is there already: name another file with --output, or delete it`);
  const { pinnedTest } = await import('../pinned-test.ts');
  asAsked(shownPath(file), () => writeWhole(file, pinnedTest(recording, failedAt, scenarioFor(source, file))));
  const shown = shownPath(file);
  const { scenario, seed } = recording;
  const report = {
    file: shown,
    scenario,
    seed,
    property: failedAt,
    repro: `npx vitest run ${shellLine([shown]).slice('npx quorate '.length)}`,
  };
  process.stdout.write(
    `${options.json ? JSON.stringify(report, null, 2) : `${shown}: a test that fails until ${failedAt === null ? 'no program throws' : `${failedAt} holds`}\n  ${report.repro}`}\n`,
  );
  process.exitCode = statusAtBest(path, recording);
}

/** The property that it failed at; null when a program threw. */
function failureIn({ violation, verdict }: Recording, path: string): string | null {
  if (violation !== null) return violation.property;
  if (verdict === 'crashed') return null;
  throw new UsageError(`${path}: it did not fail, so there is nothing to pin`);
}

function besideScenario({ scenario, seed }: Recording, source: Source): string {
  const name = `${scenario.replaceAll(/[^\w-]/g, '-')}-${seed}.pinned.test.ts`;
  return source.kind === 'module' ? resolve(dirname(source.path), name) : name;
}

function scenarioFor(source: Source, file: string): PinnedScenario {
  switch (source.kind) {
    case 'catalogue':
      return { kind: 'catalogue' };
    case 'module': {
      const path = relative(dirname(file), source.path).replaceAll('\\', '/');
      return { kind: 'module', specifier: path.startsWith('.') ? path : `./${path}` };
    }
    case 'data':
      return { kind: 'data', path: shownPath(source.path) };
    case 'recorded':
      return { kind: 'data', path: source.userFile.path };
  }
}
