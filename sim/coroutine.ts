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

  /** Stops it at its current wait (or its next one, if it is the one running): its `finally` blocks run, nothing after them. */
  cancel(): void {
    if (this.done) return;
    if (this.running) {
      this.cancelled = true;
      return;
    }
    this.done = true;
    this.abandon?.();
    this.abandon = undefined;
    this.body.return(undefined as T);
  }

  private resume(value: unknown): void {
    if (this.done) return;
    this.abandon = undefined;
    this.running = true;
    let next = this.advance(value);
    while (next !== undefined) {
      // A wait that is over before `begin` returns is continued here instead of by recursion.
      let atOnce = true;
      let answered = false;
      let answer: unknown;
      this.running = false;
      if (this.cancelled) {
        this.cancel();
        return;
      }
      const abandon = next.begin((result) => {
        if (atOnce) {
          answered = true;
          answer = result;
        } else {
          this.resume(result);
        }
      });
      atOnce = false;
      if (!answered) {
        this.abandon = abandon;
        return;
      }
      this.running = true;
      next = this.advance(answer);
    }
  }

  private advance(value: unknown): Wait<unknown> | undefined {
    try {
      const result = this.body.next(value);
      if (!result.done) return result.value;
      this.done = true;
      this.running = false;
      this.finished?.(result.value);
    } catch (error) {
      this.done = true;
      this.running = false;
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

  *wait(): Co<void> {
    yield* wait<void>({
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
