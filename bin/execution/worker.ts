/** A worker thread that does one job and tells its parent how it goes: here code of the user's may throw or loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { UsageError } from '../exit-status.ts';
import type { Job, Outcome, Progress } from './job.ts';
import { runJobHere } from './run-job-here.ts';

export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'usage'; readonly message: string };

if (parentPort === null) throw new Error('this module is the start of a worker thread');
const parent = parentPort;

const cancellation = new AbortController();
parent.on('message', () => cancellation.abort());

const tell = (message: WorkerMessage): void => parent.postMessage(message);

try {
  const outcome = await runJobHere(workerData as Job, {
    progress: (progress) => tell({ type: 'progress', progress }),
    cancelled: cancellation.signal,
  });
  tell({ type: 'outcome', outcome });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  tell({ type: 'usage', message: error.message });
}
