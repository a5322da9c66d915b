/** `quorate replay`: executes a recording again, up to a step, or step by step against what was recorded. */
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { editedInputs, type Recording } from '../../replay/recording.ts';
import { expectNoCrash, expectOutcome } from '../execution/expect-outcome.ts';
import { planOf } from '../execution/recorded-scenario.ts';
import { runJobAtTerminal } from '../execution/run-job-at-terminal.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import { loadRecording, sourceOf, statusAtBest } from '../load-recording.ts';
import { buildHash } from '../package-info.ts';
import { prepareFolder } from '../recording-file.ts';
import { momentText } from '../reporters/moment-report.ts';
import { runJson, runText } from '../reporters/run-report.ts';
import { verifyJson, verifyText, type VerifyReport } from '../reporters/verify-report.ts';
import { reproduceRecording } from '../reproduce.ts';
import { parseCount, parseTimeout, TIMEOUT, TIMEOUT_HELP } from './options.ts';
import { statusOf } from './run.ts';

interface Options {
  readonly verify?: true;
  readonly to?: string;
  readonly output?: string;
  readonly timeout: string;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<recording>', 'a file *.quorate.json')
    .option('--verify', 'compare every step with the recording')
    .option('--to <step>', 'stop after this step, and show it and the state of every process')
    .option('--output <folder>', 'record the run there if it fails')
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'one JSON document on stdout')
    .action(replay);
}

async function replay(path: string, options: Options): Promise<void> {
  if (options.verify && options.to !== undefined)
    throw new UsageError('--verify and --to exclude each other: verify looks at every step');
  const stuckMs = await parseTimeout(options.timeout);
  const recording = await loadRecording(path);
  if (options.verify) return verify(path, recording, stuckMs, options);
  const edited = editedInputs(recording);
  const toStep = options.to === undefined ? null : parseCount('--to', options.to, 0);
  const source = await sourceOf(recording, path);
  const folder = options.output === undefined ? null : prepareFolder(options.output);
  try {
    if (edited.length > 0)
      process.stderr.write(`quorate: ${edited.join(', ')} edited since it was recorded: this is a new run\n`);
    // What was edited is a new run, with a verdict of its own.
    const atBest = edited.length > 0 ? ExitStatus.clean : statusAtBest(path, recording);
    const recordingFolder = folder?.path ?? dirname(resolve(path));
    const job = { do: 'repeat', source, plan: planOf(recording), toStep, recordingFolder } as const;
    const outcome = await runJobAtTerminal(job, path, stuckMs);
    if (outcome.did === 'moment') {
      const { moment } = outcome;
      process.stdout.write(`${options.json ? JSON.stringify(moment, null, 2) : momentText(moment)}\n`);
      process.exitCode = atBest;
      return;
    }
    const { run } = expectOutcome(outcome, 'run');
    const kept = run.recording === null || folder === null ? null : folder.write(run.recording);
    const report = { outcome: run, recording: kept, repro: reproduceRecording(path) };
    process.stdout.write(`${options.json ? JSON.stringify({ ...runJson(report), edited }, null, 2) : runText(report)}\n`);
    const status = statusOf(run, recording.userFile !== null || edited.length > 0);
    process.exitCode = status === ExitStatus.clean ? atBest : status;
  } finally {
    folder?.tidy();
  }
}

async function verify(path: string, recording: Recording, stuckMs: number, options: Options): Promise<void> {
  const [field] = editedInputs(recording);
  if (field !== undefined) throw refusal(path, field);
  const source = await sourceOf(recording, path);
  const job = { do: 'verify', source, plan: planOf(recording), recording, recordingFolder: dirname(resolve(path)) } as const;
  const outcome = await runJobAtTerminal(job, path, stuckMs);
  if (outcome.did === 'refuse') throw refusal(path, outcome.field);
  const { verification, interrupted } = expectNoCrash(outcome, 'verify', path);
  const running = buildHash();
  const report: VerifyReport = {
    path,
    verification,
    recordedBy: { quorate: recording.quorate, build: recording.build },
    sameBuild: running === recording.build,
    interrupted,
  };
  process.stdout.write(`${options.json ? JSON.stringify(verifyJson(report), null, 2) : verifyText(report)}\n`);
  process.exitCode = verifyStatus(report);
}

function refusal(path: string, field: string): UsageError {
  return new UsageError(
    `${path}: ${field} was edited since it was recorded: replay runs it, but there is nothing to verify it against`,
  );
}

/** A difference between two builds is no nondeterminism, and agreement between them is no proof. */
function verifyStatus({ sameBuild, verification, interrupted }: VerifyReport): ExitStatus {
  if (interrupted) return ExitStatus.interrupted;
  if (!sameBuild) return ExitStatus.undecided;
  return verification.identical ? ExitStatus.clean : ExitStatus.nondeterminism;
}
