/** Repeats a recording on behalf of somebody at a terminal, and writes down what happens. */
import { dirname, resolve } from 'node:path';
import type { Trace } from '../../replay/export/trace.ts';
import type { Recording } from '../../replay/recording.ts';
import { UsageError } from '../exit-status.ts';
import { sourceOf } from '../load-recording.ts';
import { buildHash } from '../package-info.ts';
import { planOf } from './recorded-scenario.ts';
import { performWithProgress } from './session.ts';

/** Null when it was interrupted. Throws a UsageError when the scenario's own code crashes now, or makes another run. */
export async function traceRecording(path: string, recording: Recording, stuckMs: number): Promise<Trace | null> {
  const job = { do: 'trace', source: await sourceOf(recording, path), plan: planOf(recording), recordingFolder: dirname(resolve(path)) } as const;
  const outcome = await performWithProgress(job, 'export', stuckMs);
  if (outcome.did === 'run' && outcome.run.interrupted) return null;
  if (outcome.did === 'run') throw new UsageError(`${path}: the scenario crashes now: ${outcome.run.crash?.message ?? outcome.run.verdict}`);
  if (outcome.did !== 'trace') throw new Error(`asked for "trace", got "${outcome.did}"`);
  const { trace, userFile } = outcome;
  if (trace !== null && trace.digest !== recording.digest && recording.build === buildHash()) throw anotherRun(path, userFile?.hash !== recording.userFile?.hash);
  return trace;
}

function anotherRun(path: string, isEdited: boolean): UsageError {
  if (isEdited) return new UsageError(`${path}: userFile was edited since it was recorded, and makes another run: replay it with --output, and export the new recording`);
  return new UsageError(`${path}: the run does not repeat itself: quorate replay ${path} --verify names the first step that differs`);
}
