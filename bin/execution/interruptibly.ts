/** What Ctrl-C does to long work: asked to stop, it ends in order and keeps what there is. Pressed again, it ends the process. */
import { setTimeout } from 'node:timers/promises';

/** A Ctrl-C ends other processes at once, and here is heard of in a later turn: what fails for want of them fails first. */
const HEARD_AFTER_MS = 100;

/** Whether it was an interrupt that made work fail which other processes have a part in. */
export async function failedOfInterrupt(interrupted: AbortSignal): Promise<boolean> {
  if (!interrupted.aborted) await setTimeout(HEARD_AFTER_MS);
  return interrupted.aborted;
}

/** `interrupted` is aborted when the user, or the system, wants an end. */
export async function interruptibly<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work(interrupt.signal);
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}
