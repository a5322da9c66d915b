/** What Ctrl-C does to long work: asked to stop, it ends in order and keeps what there is. Pressed again, it ends the process. */

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
