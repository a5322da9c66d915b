/** Explains a recording on behalf of somebody at a terminal. */
import { dirname, resolve } from 'node:path';
import type { Recording, UserFile } from '../../replay/recording.ts';
import { UsageError } from '../exit-status.ts';
import { sourceOf } from '../load-recording.ts';
import type { Explaining } from './job.ts';
import { planOf } from './recorded-scenario.ts';
import { performWithProgress } from './session.ts';

/** With the user's file as it was loaded. */
type Explained = Explaining & { readonly userFile: UserFile | null };

/** `budget`: runs to try with something left out. Throws a UsageError when the scenario's own code crashes now. */
export async function explainRecording(path: string, recording: Recording, budget: number, stuckMs: number): Promise<Explained> {
  const source = await sourceOf(recording, path);
  const job = { do: 'explain', source, plan: planOf(recording), budget, recordingFolder: dirname(resolve(path)) } as const;
  const outcome = await performWithProgress(job, 'explain', stuckMs, ({ asked }, line) => {
    if (asked !== undefined) line.update(asked.runs, asked.budget, 'runs at most', '');
  });
  if (outcome.did === 'run' && outcome.run.interrupted) return { explanation: null, interrupted: true, userFile: recording.userFile };
  if (outcome.did === 'run') throw new UsageError(`${path}: the scenario crashes now: ${outcome.run.crash?.message ?? outcome.run.verdict}`);
  if (outcome.did !== 'explain') throw new Error(`asked for "explain", got "${outcome.did}"`);
  return { ...outcome.explaining, userFile: outcome.userFile };
}
