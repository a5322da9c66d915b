/** Explains a recording on behalf of somebody at a terminal. */
import { dirname, resolve } from 'node:path';
import type { Recording, UserFile } from '../../replay/recording.ts';
import { sourceOf } from '../load-recording.ts';
import { expectNoCrash } from './expect-outcome.ts';
import type { Explaining } from './job.ts';
import { planOf } from './recorded-scenario.ts';
import { runJobAtTerminal } from './run-job-at-terminal.ts';

/** With the user's file as it was loaded. */
type Explained = Explaining & { readonly userFile: UserFile | null };

/** `budget`: runs to try with something left out. Throws a UsageError when the scenario's own code crashes now. */
export async function explainRecording(path: string, recording: Recording, budget: number, stuckMs: number): Promise<Explained> {
  const source = await sourceOf(recording, path);
  const job = { do: 'explain', source, plan: planOf(recording), budget, recordingFolder: dirname(resolve(path)) } as const;
  const outcome = await runJobAtTerminal(job, 'explain', stuckMs, ({ asked }, line) => {
    if (asked !== undefined) line.update(asked.runs, asked.budget, 'runs at most', '');
  });
  if (outcome.did === 'run' && outcome.run.interrupted)
    return { explanation: null, interrupted: true, userFile: recording.userFile };
  const { explaining, userFile } = expectNoCrash(outcome, 'explain', path);
  return { ...explaining, userFile };
}
