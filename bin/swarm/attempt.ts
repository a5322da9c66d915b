/**
 * How a worker of a swarm is given a task: watched while it has it, and, when it hangs or dies of
 * it, asked again for one scenario at a time.
 */
import type { Tinypool } from 'tinypool';
import { drawScenario } from '../../scenarios/swarm/swarm-plan.ts';
import type { SwarmAnswer, SwarmTask, WatchedTask } from './worker.ts';

/** After an interrupt, runs that are under way have this long to come to their end. */
const FAREWELL_MS = 3_000;

/**
 * Runs a task; when it hangs or its worker dies, finds the scenario that does it. Nothing of it
 * counts once an interrupt has cut it off.
 */
export async function attempt(
  pool: Tinypool,
  task: SwarmTask,
  timeoutMs: number,
  interrupted: AbortSignal,
): Promise<readonly SwarmAnswer[]> {
  try {
    const pulse = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    return await runTask(pool, { ...task, pulse }, timeoutMs, interrupted);
  } catch (error) {
    if (interrupted.aborted) return [];
    const { seed } = task;
    const drawn = task.every ? task.sources : [drawScenario(seed, task.sources)];
    if (drawn.length > 1) {
      const results: SwarmAnswer[] = [];
      for (const part of drawn.map((one) => ({ ...task, sources: [one] })))
        results.push(...(await attempt(pool, part, timeoutMs, interrupted)));
      return results;
    }
    return [
      crashedAnswer(
        drawn[0]?.scenario ?? '',
        seed,
        isHung(error) ? `took no step for ${timeoutMs / 1_000} s (more time: --timeout)` : messageOf(error),
      ),
    ];
  }
}

/**
 * Gives a task up that shows no pulse from one look to the next: on a machine that is busy its
 * runs may take as long as they like.
 */
export async function runTask(
  pool: Tinypool,
  task: WatchedTask,
  timeoutMs: number,
  interrupted: AbortSignal,
): Promise<readonly SwarmAnswer[]> {
  const abort = new AbortController();
  const giveUp = (): void => abort.abort();
  let sent = 0;
  let seen = 0;
  const look = (): void => {
    const pulse = task.pulse === null ? sent : Atomics.load(task.pulse, 0);
    if (pulse === seen) giveUp();
    seen = pulse;
  };
  const channel = task.pulse === null ? { channel: { postMessage: () => void sent++ } } : {};
  // A timer that keeps the process alive: a worker that is gone answers no more.
  const timer = setInterval(look, timeoutMs);
  let farewell: NodeJS.Timeout | undefined;
  const sayFarewell = (): void => void (farewell = setTimeout(giveUp, FAREWELL_MS));
  interrupted.addEventListener('abort', sayFarewell, { once: true });
  try {
    return (await pool.run(task, { signal: abort.signal, ...channel })) as readonly SwarmAnswer[];
  } finally {
    clearInterval(timer);
    clearTimeout(farewell);
    interrupted.removeEventListener('abort', sayFarewell);
  }
}

/** A run of which nothing is known but that it did not come to its end. */
function crashedAnswer(scenario: string, seed: number, message: string): SwarmAnswer {
  return {
    result: {
      scenario,
      seed,
      verdict: 'crashed',
      property: null,
      message,
      events: 0,
      simulatedUs: 0,
      digest: '',
      waiting: [],
      drawn: [],
      hits: [],
      exits: [],
      recording: null,
    },
    lesson: null,
  };
}

export function isHung(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
