/** `quorate run`: one run, its verdict, and a recording when it failed. */
import type { Command } from 'commander';
import { findSource } from '../execution/load-scenario.ts';
import type { RunOutcome } from '../execution/job.ts';
import { performWithProgress } from '../execution/session.ts';
import { ExitStatus } from '../exit-status.ts';
import { DEFAULT_FOLDER, prepareFolder } from '../recording-file.ts';
import { runJson, runText } from '../reporters/run-report.ts';
import { reproduceRun } from '../reproduce.ts';
import { checkDefects, loadDesign, parseSeed, parseTime, TIMEOUT, TIMEOUT_HELP } from './options.ts';

interface Options {
  readonly seed: string;
  readonly design?: string;
  readonly defect: readonly string[];
  readonly swarm?: true;
  readonly until?: string;
  readonly output: string;
  readonly boundary?: true;
  readonly timeout: string;
  readonly json?: true;
}

const DEFAULT_SCENARIO = 'steady';

export function define(command: Command): void {
  command
    .argument('[scenario]', 'a name of the catalogue, or a file of your own: .ts, .js, .yaml, .json', DEFAULT_SCENARIO)
    .option('--seed <seed>', 'what all chance comes from: 0 to 2^53-1', '1')
    .option('--design <file>', 'design values that differ, as .yaml or .json')
    .option('--defect <id...>', 'switch defects on (quorate list defects)', [])
    .option('--swarm', 'with platform and faults drawn around the scenario, as a swarm draws them for this seed')
    .option('--until <time>', 'end the run early, at this simulated time, such as 2s')
    .option('--boundary', 'tell what of each class of state went through consensus, and what was kept outside (--json always does)')
    .option('--output <folder>', 'where the recording of a failure goes', DEFAULT_FOLDER)
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'one JSON document on stdout')
    .action(run);
}

async function run(scenario: string, options: Options): Promise<void> {
  const seed = parseSeed(options.seed);
  const untilUs = options.until === undefined ? null : await parseTime('--until', options.until, 0);
  const stuckMs = (await parseTime('--timeout', options.timeout, 100_000)) / 1_000;
  const source = await findSource(scenario);
  await checkDefects(options.defect);
  const design = await loadDesign(options.design);
  const folder = prepareFolder(options.output);
  try {
    const outcome = await performWithProgress(
      { do: 'run', source, seed, design, defects: options.defect, swarm: options.swarm ?? false, untilUs, recordingFolder: folder.path },
      `${scenario}, seed ${seed}`,
      stuckMs,
    );
    if (outcome.did !== 'run') throw new Error(`a run came to "${outcome.did}"`);
    const recording = outcome.run.recording === null ? null : folder.write(outcome.run.recording);
    const repro = reproduceRun({ scenario, seed, swarm: options.swarm ?? false, defects: options.defect, design: options.design, until: options.until });
    const report = { outcome: outcome.run, recording, repro, showsBoundary: options.boundary ?? false };
    process.stdout.write(`${options.json ? JSON.stringify(runJson(report), null, 2) : runText(report)}\n`);
    process.exitCode = statusOf(outcome.run, source.kind !== 'catalogue');
  } finally {
    folder.tidy();
  }
}

/** The exit status of one run. A crash is Quorate's own failure unless the user's code or data had a part in it. */
export function statusOf({ verdict, interrupted }: RunOutcome, isUsers: boolean): ExitStatus {
  if (interrupted) return ExitStatus.interrupted;
  switch (verdict) {
    case 'ok':
      return ExitStatus.clean;
    case 'violation':
      return ExitStatus.violation;
    case 'stalled':
      return ExitStatus.stalled;
    case 'undecided':
      return ExitStatus.undecided;
    case 'crashed':
      return isUsers ? ExitStatus.violation : ExitStatus.internal;
  }
}
