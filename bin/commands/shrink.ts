/** `quorate shrink`: the smallest faults, workload and system that still fail as a recording does. */
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { expectNoCrash } from '../execution/expect-outcome.ts';
import { runJobAtTerminal } from '../execution/run-job-at-terminal.ts';
import { ExitStatus } from '../exit-status.ts';
import { endInterrupted } from '../interrupted.ts';
import { doesNotFail, loadRecording, sourceOf, statusAtBest, statusWithFile } from '../load-recording.ts';
import { planOf } from '../execution/recorded-scenario.ts';
import { prepareFolder } from '../recording-file.ts';
import { shrinkJson, shrinkText } from '../reporters/shrink-report.ts';
import { reproduceRecording, shellLine } from '../reproduce.ts';
import { ShrinkMemory } from '../shrink-memory.ts';
import { parseTimeout, TIMEOUT, TIMEOUT_HELP } from './options.ts';
import { counted } from '../reporters/counted.ts';

interface Options {
  readonly output?: string;
  readonly timeout: string;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<recording>', 'a file *.quorate.json of a run that failed')
    .option('--output <folder>', 'where the smaller recording goes (default: beside the given one)')
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nAn interrupted shrink keeps its trials: the same command resumes from them.')
    .action(shrink);
}

async function shrink(path: string, options: Options): Promise<void> {
  const stuckMs = await parseTimeout(options.timeout);
  const recording = await loadRecording(path);
  const source = await sourceOf(recording, path);
  const atBest = statusAtBest(path, recording);
  const folder = prepareFolder(options.output ?? dirname(resolve(path)));
  try {
    const memory = new ShrinkMemory(folder.path, recording);
    const outcome = await runJobAtTerminal(
      {
        do: 'shrink',
        source,
        plan: planOf(recording),
        answers: memory.answers,
        answeredBy: memory.answeredBy,
        recordingFolder: folder.path,
      },
      'shrink',
      stuckMs,
      ({ tried }, line) => {
        if (tried !== undefined)
          line.note(
            `${counted(tried.runs, 'run')} tried: ${counted(tried.best.faults, 'fault')}, ${counted(tried.best.operations, 'operation')}, ${counted(tried.best.events, 'event')} left`,
          );
      },
      ({ tried }) => {
        if (tried !== undefined) memory.note(tried);
      },
    );
    if (outcome.did === 'run' && outcome.run.interrupted) return endEarly(path, options, memory);
    const { shrinking, userFile } = expectNoCrash(outcome, 'shrink', path);
    if (shrinking.property === null && shrinking.interrupted) return endEarly(path, options, memory);
    if (shrinking.property === null) throw doesNotFail(path, recording, userFile, 'shrink');
    const written = shrinking.recording === null ? null : folder.write(shrinking.recording);
    const isLost = shrinking.recording !== null && written === null;
    // The same command goes on from what was tried.
    if (shrinking.interrupted || isLost) memory.keep();
    else memory.forget();
    const repro = shrinking.interrupted || isLost ? again(path, options) : reproduceRecording(written ?? path);
    const report = { shrinking, recording: written ?? path, repro };
    process.stdout.write(`${options.json ? JSON.stringify(shrinkJson(report), null, 2) : shrinkText(report)}\n`);
    process.exitCode = shrinking.interrupted ? ExitStatus.interrupted : statusWithFile(atBest, path, recording, userFile);
  } finally {
    folder.tidy();
  }
}

/** Interrupted before it was known what there is to make smaller. */
function endEarly(path: string, options: Options, memory: ShrinkMemory): void {
  const tried = memory.answers.length;
  if (tried > 0) memory.keep();
  endInterrupted(
    tried === 0
      ? 'interrupted before anything was tried'
      : `interrupted: ${counted(tried, 'run')} tried so far, from which the same command goes on`,
    options.json ? { repro: again(path, options) } : null,
  );
}

/** The same command, which goes on from what was tried. */
function again(path: string, { output }: Options): string {
  return shellLine(['shrink', path, ...(output === undefined ? [] : ['--output', output])]);
}
