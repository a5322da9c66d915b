/** Repeats a recording on behalf of somebody at a terminal, and writes down what happens. */
import { dirname, resolve } from 'node:path';
import type { Trace } from '../../replay/export/trace.ts';
import type { Recording } from '../../replay/recording.ts';
import { UsageError } from '../exit-status.ts';
import { sourceOf } from '../load-recording.ts';
import { buildHash } from '../package-info.ts';
import { expectNoCrash } from './expect-outcome.ts';
import { planOf } from './recorded-scenario.ts';
import { runJobAtTerminal } from './run-job-at-terminal.ts';

/** Null when it was interrupted. Throws a UsageError when the scenario's own code crashes now, or makes another run. */
export async function traceRecording(path: string, recording: Recording, stuckMs: number): Promise<Trace | null> {
  const job = {
    do: 'trace',
    source: await sourceOf(recording, path),
    plan: planOf(recording),
    recordingFolder: dirname(resolve(path)),
  } as const;
  const outcome = await runJobAtTerminal(job, 'export', stuckMs);
  if (outcome.did === 'run' && outcome.run.interrupted) return null;
  const { trace, userFile } = expectNoCrash(outcome, 'trace', path);
  if (trace !== null && trace.digest !== recording.digest && recording.build === buildHash())
    throw anotherRun(path, userFile?.hash !== recording.userFile?.hash);
  return trace;
}

function anotherRun(path: string, isEdited: boolean): UsageError {
  if (isEdited)
    return new UsageError(
      `${path}: userFile was edited since it was recorded, and makes another run: replay it with --output, and export the new recording`,
    );
  return new UsageError(
    `${path}: the run does not repeat itself: quorate replay ${path} --verify names the first step that differs`,
  );
}
