/** `quorate run`: one run, its verdict, and a recording when it failed. */
import type { Command } from 'commander';
import { expectOutcome } from '../execution/expect-outcome.ts';
import { findSource } from '../execution/load-scenario.ts';
import type { RunOutcome } from '../execution/job.ts';
import { runJobAtTerminal } from '../execution/run-job-at-terminal.ts';
import { ExitStatus } from '../exit-status.ts';
import { DEFAULT_FOLDER, prepareFolder } from '../recording-file.ts';
import { runJson, runText } from '../reporters/run-report.ts';
import { reproduceRun } from '../reproduce.ts';
import { checkDefects, loadDesign, parseSeed, parseTime, parseTimeout, TIMEOUT, TIMEOUT_HELP } from './options.ts';

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
    .argument('[scenario]', 'a name from the catalogue, or a file of your own: .ts, .js, .yaml, .json', DEFAULT_SCENARIO)
    .option('--seed <seed>', 'what all randomness is drawn from: 0 to 2^53-1', '1')
    .option('--design <file>', 'values that differ from the default design, as .yaml or .json')
    .option('--defect <id...>', 'switch defects on (quorate list defects)', [])
    .option('--swarm', 'draw a platform and further faults around the scenario, as a swarm does for this seed')
    .option('--until <time>', 'end the run early, at this simulated time, such as 2s')
    .option('--boundary', 'report what each state class wrote through consensus and outside (always in --json)')
    .option('--output <folder>', 'where the recording of a failure goes', DEFAULT_FOLDER)
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'one JSON document on stdout')
    .action(run);
}

async function run(scenario: string, options: Options): Promise<void> {
  const seed = parseSeed(options.seed);
  const untilUs = options.until === undefined ? null : await parseTime('--until', options.until, 0);
  const stuckMs = await parseTimeout(options.timeout);
  const source = await findSource(scenario);
  await checkDefects(options.defect);
  const design = await loadDesign(options.design);
  const folder = prepareFolder(options.output);
  try {
    const outcome = await runJobAtTerminal(
      {
        do: 'run',
        source,
        seed,
        design,
        defects: options.defect,
        swarm: options.swarm ?? false,
        untilUs,
        recordingFolder: folder.path,
      },
      `${scenario}, seed ${seed}`,
      stuckMs,
    );
    const { run: ran } = expectOutcome(outcome, 'run');
    const recording = ran.recording === null ? null : folder.write(ran.recording);
    const repro = reproduceRun({
      scenario,
      seed,
      swarm: options.swarm ?? false,
      defects: options.defect,
      design: options.design,
      until: options.until,
    });
    const report = { outcome: ran, recording, repro, showsBoundary: options.boundary ?? false };
    process.stdout.write(`${options.json ? JSON.stringify(runJson(report), null, 2) : runText(report)}\n`);
    process.exitCode = statusOf(ran, source.kind !== 'catalogue');
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
