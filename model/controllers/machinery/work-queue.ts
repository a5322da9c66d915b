/** A work queue: each key waits at most once, is worked on by one worker at a time, and comes back later after a failure. */
import { kind, ms, seconds, Signal, type Co, type Micros, type Os, type Timer } from '../../../sim/index.ts';
import { noDefects, type DefectSet } from '../../defect.ts';
import { RateLimiter } from './rate-limiter.ts';

/** After client-go's workqueue: 5 ms doubled with each failure, its bound of 1000 s scaled down to the length of a run. */
const BACKOFF_BASE_US = ms(5);
const BACKOFF_MAX_US = seconds(2);
/** Instead, where work that failed is taken up again at once: a worker has put the key down by then. */
const AT_ONCE_US = 100;
/** All keys together come back at 10 a second after a burst of 100 in client-go; scaled as other pauses are. */
const RETRIES_EVERY_US = ms(10);
const RETRIES_BURST = 100;

const dueKind = kind<null>('queue/due', { serviceUs: 3, describe: () => 'a key is due' });

interface Later {
  readonly dueUs: Micros;
  readonly timer: Timer;
}

export class WorkQueue {
  private readonly os: Os;
  private readonly comesBackAtOnce: boolean;
  private readonly limiter = new RateLimiter(RETRIES_EVERY_US, RETRIES_BURST);
  /** Keys that wait for a worker, in order. */
  private readonly ready: string[] = [];
  /** Keys that need work. Invariant: a dirty key is in `ready`, or in `processing` and then goes to `ready` when it is done. */
  private readonly dirty = new Set<string>();
  private readonly processing = new Set<string>();
  private readonly later = new Map<string, Later>();
  private readonly failures = new Map<string, number>();
  private readonly offered = new Signal();

  constructor(os: Os, defects: DefectSet = noDefects) {
    this.os = os;
    this.comesBackAtOnce = defects.has('retry-without-pause');
  }

  /** Keys that wait for a worker. */
  get length(): number {
    return this.ready.length;
  }

  /** Asks for work on a key, now or once the work under way on it is done. */
  add(key: string): void {
    if (this.dirty.has(key)) return;
    this.dirty.add(key);
    if (!this.processing.has(key)) this.offer(key);
  }

  /** Adds a key after a while; of several such wishes the earliest counts. */
  addAfter(key: string, delayUs: Micros): void {
    const dueUs = this.os.monotonicUs() + delayUs;
    const waiting = this.later.get(key);
    if (waiting !== undefined) {
      if (waiting.dueUs <= dueUs) return;
      this.os.cancel(waiting.timer);
    }
    const timer = this.os.after(delayUs, dueKind, () => {
      this.later.delete(key);
      this.add(key);
    });
    this.later.set(key, { dueUs, timer });
  }

  /** Adds a key after a pause that doubles with each failure since `forget`, and that all keys' retries together may lengthen. */
  retry(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    let pauseUs = BACKOFF_BASE_US;
    for (let i = 0; i < failures && pauseUs < BACKOFF_MAX_US; i++) pauseUs *= 2;
    const turnUs = this.limiter.turn(this.os.monotonicUs());
    this.addAfter(key, this.comesBackAtOnce ? AT_ONCE_US : Math.max(turnUs, Math.min(pauseUs, BACKOFF_MAX_US)));
  }

  /** How often work on the key has failed since `forget`. */
  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The key has been worked on with success: its next failure is its first. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** Takes the next key, and waits for one. Every `take` is followed by a `done`. */
  *take(): Co<string> {
    for (;;) {
      const key = this.ready.shift();
      if (key !== undefined) {
        this.dirty.delete(key);
        this.processing.add(key);
        return key;
      }
      yield* this.offered.wait();
    }
  }

  /** The work on a key is over, however it went. */
  done(key: string): void {
    this.processing.delete(key);
    if (this.dirty.has(key)) this.offer(key);
  }

  /** Forgets everything: the workers have been stopped. */
  reset(): void {
    for (const { timer } of this.later.values()) this.os.cancel(timer);
    this.ready.length = 0;
    this.dirty.clear();
    this.processing.clear();
    this.later.clear();
    this.failures.clear();
  }

  private offer(key: string): void {
    this.ready.push(key);
    this.offered.notify();
  }
}
