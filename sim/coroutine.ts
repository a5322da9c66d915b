/** Coroutines: what is sequential by nature, written as a generator in which every `yield*` lets time pass. */

/** Something a coroutine waits for. `begin` is called once and calls `resume` at most once, later or at once. */
export interface Wait<T> {
  /** Returns what to do when the coroutine is cancelled while it waits. */
  begin(resume: (value: T) => void): (() => void) | undefined;
}

/** A simulated procedure that may wait: `function* (): Co<Result> { const reply = yield* call(...) }`. */
export type Co<T> = Generator<Wait<unknown>, T, unknown>;

/** Waits for one thing inside a coroutine. */
export function* wait<T>(what: Wait<T>): Co<T> {
  return (yield what) as T;
}

/** So many waits that are over at once mean that a coroutine loops without letting time pass. */
const CONTINUED_MAX = 100_000;

/** A running coroutine. It runs inside the events of the process that started it and dies with that process's memory. */
export class Task<T = unknown> {
  readonly name: string;
  done = false;
  private readonly body: Co<T>;
  private readonly finished: ((value: T) => void) | undefined;
  private readonly failed: (error: unknown) => void;
  private abandon: (() => void) | undefined;
  private running = false;
  private cancelled = false;

  constructor(name: string, body: Co<T>, failed: (error: unknown) => void, finished?: (value: T) => void) {
    this.name = name;
    this.body = body;
    this.failed = failed;
    this.finished = finished;
  }

  /** Runs to the first wait. */
  start(): void {
    this.resume(undefined);
  }

  /**
   * Stops it at its current wait (or its next one, if it is the one running): its `finally` blocks run, nothing after them.
   * They must not wait.
   */
  cancel(): void {
    if (this.done) return;
    if (this.running) {
      this.cancelled = true;
      return;
    }
    this.done = true;
    this.abandon?.();
    this.abandon = undefined;
    try {
      if (this.body.return(undefined as T).done !== true) throw new Error(`coroutine "${this.name}" waits in a finally block after it was cancelled`);
    } catch (error) {
      this.failed(error);
    }
  }

  private resume(value: unknown): void {
    if (this.done) return;
    this.abandon = undefined;
    let next = this.advance(value);
    for (let continued = 0; next !== undefined; continued++) {
      if (this.cancelled) {
        this.cancel();
        return;
      }
      if (continued > CONTINUED_MAX) {
        this.done = true;
        this.failed(new Error(`coroutine "${this.name}" goes on for ever: none of its waits takes any time`));
        return;
      }
      // A wait that is over before `begin` returns is continued here instead of by recursion.
      const answer = this.begin(next);
      if (answer === null) return;
      next = this.advance(answer.value);
    }
  }

  /** Begins a wait. Its answer if it had one at once, else null: then the answer resumes the coroutine. */
  private begin(what: Wait<unknown>): { readonly value: unknown } | null {
    let atOnce = true;
    let answer: { readonly value: unknown } | null = null;
    const abandon = what.begin((value) => {
      if (atOnce) answer = { value };
      else this.resume(value);
    });
    atOnce = false;
    if (this.done) {
      // Cancelled by what beginning to wait set off.
      abandon?.();
      return null;
    }
    if (answer === null) this.abandon = abandon;
    return answer;
  }

  private advance(value: unknown): Wait<unknown> | undefined {
    this.running = true;
    try {
      const result = this.body.next(value);
      this.running = false;
      if (!result.done) return result.value;
      this.done = true;
      this.finished?.(result.value);
    } catch (error) {
      this.running = false;
      this.done = true;
      this.failed(error);
    }
    return undefined;
  }
}

/** A condition that coroutines wait for and others announce. */
export class Signal {
  private waiting: (() => void)[] = [];

  /** Resumes all who wait now. */
  notify(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const resume of woken) resume();
  }

  wait(): Co<void> {
    return wait<void>({
      begin: (resume) => {
        const entry = (): void => resume();
        this.waiting.push(entry);
        return () => {
          this.waiting = this.waiting.filter((other) => other !== entry);
        };
      },
    });
  }
}
