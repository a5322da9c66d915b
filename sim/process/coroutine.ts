/** Coroutines: what is sequential by nature, written as a generator in which every `yield*` lets time pass. */

/**
 * Something a coroutine waits for. `begin` is called once and calls `resume` at most once, later or at
 * once, and not after it was taken back.
 */
export interface Wait<T> {
  /** Returns what to do when the coroutine is cancelled while it waits. */
  begin(resume: (value: T) => void): (() => void) | undefined;
}

/** A simulated procedure that may wait: `function* (): Co<Result> { const reply = yield* call(...) }`. */
export interface Co<T> extends Iterator<Wait<unknown>, T, unknown> {
  next(value?: unknown): IteratorResult<Wait<unknown>, T>;
  return(value: T): IteratorResult<Wait<unknown>, T>;
  throw(error: unknown): IteratorResult<Wait<unknown>, T>;
  [Symbol.iterator](): Co<T>;
}

/** Waits for one thing inside a coroutine. */
export function wait<T>(what: Wait<T>): Co<T> {
  return new Waiting(what);
}

/**
 * What `function* () { return yield what }` would make. Everything that waits comes down to one of these, and a
 * generator costs several times as much.
 */
class Waiting<T> implements Co<T> {
  private what: Wait<T> | null;

  constructor(what: Wait<T>) {
    this.what = what;
  }

  next(value: unknown): IteratorResult<Wait<unknown>, T> {
    const { what } = this;
    if (what === null) return { done: true, value: value as T };
    this.what = null;
    return { done: false, value: what };
  }

  return(value: T): IteratorResult<Wait<unknown>, T> {
    return { done: true, value };
  }

  throw(error: unknown): never {
    throw error;
  }

  [Symbol.iterator](): Co<T> {
    return this;
  }
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
  /** A wait is beginning: what answers it now is picked up by the loop that began it. */
  private beginning = false;
  /** That has happened. */
  private answeredAtOnce = false;
  private answer: unknown = undefined;
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
      if (this.body.return(undefined as T).done !== true)
        throw new Error(`coroutine "${this.name}" waits in a finally block after it was cancelled`);
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
      if (!this.begin(next)) return;
      const { answer } = this;
      this.answer = undefined;
      next = this.advance(answer);
    }
  }

  /** Begins a wait. True when it was answered at once; else the answer resumes the coroutine. */
  private begin(what: Wait<unknown>): boolean {
    this.answeredAtOnce = false;
    this.beginning = true;
    const abandon = what.begin(this.answered);
    this.beginning = false;
    if (this.done) {
      // Cancelled by what beginning to wait set off.
      abandon?.();
      return false;
    }
    if (this.answeredAtOnce) return true;
    this.abandon = abandon;
    return false;
  }

  /** One for all waits: each answers at most once, and none after it was taken back. */
  private readonly answered = (value: unknown): void => {
    if (!this.beginning) {
      this.resume(value);
      return;
    }
    this.answeredAtOnce = true;
    this.answer = value;
  };

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
  private waiting: ((value: void) => void)[] = [];

  /** Resumes all who wait now. */
  notify(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const resume of woken) resume();
  }

  wait(): Co<void> {
    return wait<void>({
      begin: (resume) => {
        this.waiting.push(resume);
        return () => {
          this.waiting = this.waiting.filter((other) => other !== resume);
        };
      },
    });
  }
}
