/** Does a job: here, or, where code of the user's has a part in it, in a worker thread under a watchdog. */
import { Worker } from 'node:worker_threads';
import { UsageError } from '../exit-status.ts';
import { moduleUrl } from '../package-info.ts';
import { nothingKnown, seedOf, type Contact, type Job, type Outcome, type RunOutcome } from './job.ts';
import { shownPath } from '../reading.ts';
import { runJobHere } from './run-job-here.ts';
import { usersTrace } from './users-trace.ts';
import type { WorkerMessage } from './worker.ts';

/** `stuckMs`: how long code of the user's may go on without letting the simulation take a step. */
export async function runJob(job: Job, contact: Contact, stuckMs: number): Promise<Outcome> {
  return job.source.kind === 'module' ? runJobInWorker(job, job.source.path, contact, stuckMs) : runJobHere(job, contact);
}

/** What Node warns of when it loads TypeScript, or a module in a folder without a package.json. */
const QUIET = ['--disable-warning=ExperimentalWarning', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];

const STUCK = 'a loop without an end, or a promise that nothing settles? (more time: --timeout)';

/** After an interrupt the worker has this long to hand over what it has; a second interrupt waits for nothing. */
const FAREWELL_MS = 3_000;

async function runJobInWorker(job: Job, path: string, contact: Contact, stuckMs: number): Promise<Outcome> {
  // What the module writes to its stdout would spoil a JSON document.
  const worker = new Worker(moduleUrl('bin/execution/worker'), { workerData: job, execArgv: QUIET, stdout: true });
  worker.stdout.pipe(process.stderr, { end: false });
  try {
    return await outcomeOf(worker, nothingKnown(seedOf(job), shownPath(path)), contact, stuckMs);
  } finally {
    await worker.terminate();
  }
}

function outcomeOf(worker: Worker, unknown: RunOutcome, contact: Contact, stuckMs: number): Promise<Outcome> {
  let watchdog: NodeJS.Timeout | undefined;
  return new Promise<Outcome>((resolve, reject) => {
    const settle = (changes: Partial<RunOutcome>): void => resolve({ did: 'run', run: { ...unknown, ...changes } });
    const crash = (message: string, trace = ''): void => settle({ verdict: 'crashed', crash: { process: null, message, trace } });
    // The thread reports itself once before it touches the user's code; until then the time is Quorate's own.
    const watch = (): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => crash(`took no step for ${stuckMs / 1_000} s: ${STUCK}`), stuckMs).unref();
    };
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'outcome') resolve(message.outcome);
      else if (message.type === 'usage') reject(new UsageError(message.message));
      else {
        if (!contact.cancelled.aborted) watch();
        contact.progress(message.progress);
      }
    });
    worker.on('error', (error: Error) => crash(error.message, usersTrace(error.stack ?? '')));
    worker.on('exit', (code) => crash(`the scenario ended its thread (exit ${code})`));
    contact.cancelled.addEventListener(
      'abort',
      () => {
        worker.postMessage('cancel');
        clearTimeout(watchdog);
        watchdog = setTimeout(() => settle({ interrupted: true }), FAREWELL_MS);
      },
      { once: true },
    );
  }).finally(() => clearTimeout(watchdog));
}
