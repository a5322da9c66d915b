/** A job on behalf of somebody at a terminal: progress on stderr, and an end that keeps what is there when they press Ctrl-C. */
import { ProgressLine } from '../progress-line.ts';
import { runJob } from './run-job.ts';
import { interruptibly } from './interruptibly.ts';
import type { Job, Outcome, Progress } from './job.ts';

/** Short jobs end before anything is shown. */
const QUIET_MS = 400;

/** How progress is shown: figures of its own choice. */
export type ShowProgress = (progress: Progress, line: ProgressLine) => void;

const showTime: ShowProgress = ({ step, timeUs, endUs }, line) =>
  line.update(Math.round(timeUs / 1_000_000), Math.round(endUs / 1_000_000), 's simulated', `${step} events`);

export async function runJobAtTerminal(
  job: Job,
  label: string,
  stuckMs: number,
  show = showTime,
  heard?: (progress: Progress) => void,
): Promise<Outcome> {
  const line = new ProgressLine(label);
  const showFromMs = performance.now() + QUIET_MS;
  const progress = (made: Progress): void => {
    heard?.(made);
    if (performance.now() >= showFromMs) show(made, line);
  };
  try {
    return await interruptibly((cancelled) => runJob(job, { cancelled, progress }, stuckMs));
  } finally {
    line.end();
  }
}
