/**
 * A node's container runtime: starts and stops workloads, which takes time, starts again what ends by
 * itself, and keeps on disk what runs.
 */
import { kind, ms, seconds, type Co, type Kind, type Micros, type Os, type Task, type Timer } from '../../sim/index.ts';
import type { Workload } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { containerBoundary, type Container, type Mount } from './container.ts';
import { behaviourOf } from './image.ts';

/** Where images come from. */
export interface Images {
  /** Returns once the image of that reference is here. */
  ensure(reference: string): Co<void>;
}

export interface RuntimeOptions {
  readonly design: Design;
  readonly images: Images;
  readonly defects: DefectSet;
}

const START_MIN_US = ms(100);
const START_SPREAD_US = ms(200);
const READY_MIN_US = ms(50);
const READY_SPREAD_US = ms(100);
const STOP_MIN_US = ms(50);
const STOP_SPREAD_US = ms(100);
/** What is written is flushed before a volume is let go (Kubernetes waits 6 minutes for that; scaled). */
const UNMOUNT_MIN_US = ms(100);
const UNMOUNT_SPREAD_US = ms(900);
const CRASH_AFTER_US = ms(200);
/** A kubelet's `CrashLoopBackOff` goes from 10 s to 5 min and is forgotten after 10 min without; scaled. */
export const BACKOFF_US = ms(100);
export const BACKOFF_MAX_US = seconds(3);
export const BACKOFF_RESET_US = seconds(6);
const RECORD_BYTES = 120;
const FILE = 'containers';
/** Of the machine's memory, not of its disk: never synced, and worth nothing after a power loss. */
const DEADLINE_FILE = 'run/deadline';
const DISK_RETRY_US = ms(200);

const startedKind = kind<null>('runtime/started', { serviceUs: 20, describe: () => 'a workload has started' });
const readyKind = kind<null>('runtime/ready', { serviceUs: 5, describe: () => 'a workload serves' });
const endedKind = kind<null>('runtime/ended', { serviceUs: 10, describe: () => 'a workload has ended by itself' });
const againKind = kind<null>('runtime/again', { serviceUs: 10, describe: () => 'a workload is started again' });
const stoppedKind = kind<null>('runtime/stopped', { serviceUs: 20, describe: () => 'a workload has stopped' });
const deadlineKind = kind<null>('runtime/deadline', { serviceUs: 5, describe: () => 'the deadline of what has an identity' });
const saveRetryKind = kind<null>('runtime/save-retry', { serviceUs: 1, describe: () => 'tries again to write down what runs' });
const readRetryKind = kind<null>('runtime/read-retry', { serviceUs: 1, describe: () => 'tries again to read what runs' });

/** What stands on disk of a container. */
interface Saved {
  readonly container: Container;
  /** Which time the machine was switched on then: a power loss ends all that runs. */
  readonly boots: number;
}

interface Deadline {
  readonly untilUs: Micros;
  readonly boots: number;
}

/**
 * Containers outlive the agent that started them: a new incarnation finds on disk what its predecessor left, running workloads
 * included. One that was only starting begins anew, one that was stopping is stopped again. They do not outlive a power loss.
 *
 * So nothing is started before it is written down, and nothing is gone before that is: as with containerd,
 * which makes no container on a full disk.
 */
export class Runtime {
  private readonly os: Os;
  private readonly images: Images;
  private readonly changed: () => void;
  private readonly crashUs: Micros;
  private readonly forgetsEnds: boolean;
  private readonly containers = new Map<string, Container>();
  private readonly startedUs = new Map<string, Micros>();
  /**
   * By uid, the pull of an image that a container waits for; of one that no registry has it goes
   * on for as long as somebody wants it.
   */
  private readonly pulls = new Map<string, Task<void>>();
  /** Uids of those that stand on the disk. */
  private recorded: ReadonlySet<string> = new Set();
  /** By uid, those that have ended, and stand on the disk still. */
  private readonly lingering = new Map<string, Container>();
  private isRetrying = false;
  /** By uid, crashes in a row. */
  private readonly crashes = new Map<string, number>();
  /**
   * Until when containers with an identity may run, by the machine's own clock; whatever happens to this
   * process, the machine ends them then.
   */
  private untilUs: Micros = 0;
  private deadline: Timer | null = null;

  /** `changed` is called when a workload has started, serves, has ended or is gone. */
  constructor(os: Os, { design, images, defects }: RuntimeOptions, changed: () => void) {
    this.os = os;
    this.images = images;
    this.crashUs = design.containerCrashUs;
    this.forgetsEnds = defects.has('crash-loops-hot');
    this.changed = changed;
  }

  /** Reads what runs from disk, again and again until it can, then calls `done`. */
  restore(done: () => void): void {
    this.read(DEADLINE_FILE, (values) => {
      const last = values.at(-1) as Deadline | undefined;
      if (last?.boots === this.os.boots) this.untilUs = last.untilUs;
      this.read(FILE, (saved) => {
        const left = (saved as readonly Saved[]).flatMap(({ container, boots }) => (boots === this.os.boots ? [container] : []));
        this.recorded = new Set(left.map(({ uid }) => uid));
        for (const container of left) this.adopt(container);
        this.expire();
        this.watchDeadline();
        done();
      });
    });
  }

  get all(): Iterable<Container> {
    return this.containers.values();
  }

  /** One that has ended is found for as long as a successor would find it. */
  find(uid: string): Container | undefined {
    return this.containers.get(uid) ?? this.lingering.get(uid);
  }

  run(workload: Workload, volume: Mount | null = null): void {
    const { uid, name } = workload.metadata;
    if (this.find(uid) !== undefined) return;
    const { owner, image, identity } = workload.spec;
    this.begin({
      uid,
      name,
      owner,
      image,
      identity,
      phase: 'starting',
      ready: false,
      restarts: workload.status.restarts,
      volume,
    });
    this.save();
  }

  stop(uid: string): void {
    const container = this.containers.get(uid);
    if (container === undefined || container.phase === 'stopping') return;
    this.os.cross(containerBoundary, { what: 'stopping', container });
    this.abandonPull(uid);
    this.end({ ...container, phase: 'stopping', ready: false });
    this.save();
  }

  /** Moves the moment at which the machine ends what has an identity. What has been ended by then stays ended. */
  extend(untilUs: Micros): void {
    this.expire();
    if (untilUs <= this.untilUs) return;
    this.untilUs = untilUs;
    const { disk, boots } = this.os;
    disk.truncate(DEADLINE_FILE, 0);
    disk.append(DEADLINE_FILE, { untilUs, boots } satisfies Deadline, RECORD_BYTES);
    this.os.cross(containerBoundary, { what: 'deadline', untilUs });
    this.watchDeadline();
  }

  /** Finds out what the machine has ended while this process stood still. */
  expire(): void {
    if (this.os.monotonicUs() < this.untilUs) return;
    let some = false;
    for (const container of [...this.containers.values()]) {
      if (container.identity === '') continue;
      this.remove(container, 'ended');
      some = true;
    }
    if (some) this.save();
  }

  /** What runs, and has not been ended by the machine meanwhile. */
  running(): readonly Container[] {
    this.expire();
    return this.inspect().filter(({ phase }) => phase === 'running');
  }

  inspect(): readonly Container[] {
    return [...this.containers.values()];
  }

  private watchDeadline(): void {
    const { untilUs } = this;
    if (this.deadline !== null) this.os.cancel(this.deadline);
    const leftUs = untilUs - this.os.monotonicUs();
    if (leftUs <= 0) return;
    this.deadline = this.os.after(leftUs, deadlineKind, () => {
      this.expire();
      this.changed();
    });
  }

  private read(file: string, done: (values: readonly unknown[]) => void): void {
    this.os.disk.read(file, (records, error) => {
      // To take them for gone would leave running what nobody stops any more.
      if (error === null) done(records.flatMap((record) => (record.ok ? [record.value] : [])));
      else this.os.after(DISK_RETRY_US, readRetryKind, () => this.read(file, done));
    });
  }

  private adopt(container: Container): void {
    if (container.phase === 'starting') this.begin(container);
    else if (container.phase === 'waiting') this.wait(container);
    else if (container.phase === 'stopping') this.end(container);
    else this.runs(container);
  }

  private begin(container: Container): void {
    this.containers.set(container.uid, container);
    const { uid, image } = container;
    const pull: Task<void> = this.os.spawn(`pull ${image}`, this.images.ensure(image), () => {
      this.pulls.delete(uid);
      this.expire();
      if (this.containers.get(uid) === container) this.launch(container);
    });
    if (!pull.done) this.pulls.set(uid, pull);
  }

  private abandonPull(uid: string): void {
    this.pulls.get(uid)?.cancel();
    this.pulls.delete(uid);
  }

  private launch(container: Container): void {
    // Its record is on its way, and launches it.
    if (!this.recorded.has(container.uid)) return;
    const delayUs = START_MIN_US + this.os.random('runtime').below(START_SPREAD_US);
    this.become(container, delayUs, startedKind, () => {
      const started: Container = { ...container, phase: 'running' };
      this.os.cross(containerBoundary, { what: 'started', container: started });
      this.runs(started);
    });
  }

  private runs(container: Container): void {
    const stream = this.os.random('runtime');
    const behaviour = behaviourOf(container.image);
    const readyUs = READY_MIN_US + stream.below(READY_SPREAD_US);
    this.containers.set(container.uid, container);
    this.startedUs.set(container.uid, this.os.monotonicUs());
    if (!container.ready && behaviour === 'serves')
      this.become(container, readyUs, readyKind, () => this.runs({ ...container, ready: true }));
    if (behaviour === 'crashes') this.become(container, CRASH_AFTER_US, endedKind, () => this.crash(container));
    else if (this.crashUs > 0)
      this.become(container, 1 + stream.exponential(this.crashUs), endedKind, () => this.crash(container));
  }

  private crash(container: Container): void {
    this.os.cross(containerBoundary, { what: 'ended', container });
    const { uid, restarts } = container;
    const ranUs = this.os.monotonicUs() - (this.startedUs.get(uid) ?? 0);
    this.crashes.set(uid, ranUs > BACKOFF_RESET_US || this.forgetsEnds ? 1 : (this.crashes.get(uid) ?? 0) + 1);
    this.wait({ ...container, phase: 'waiting', ready: false, restarts: restarts + 1 });
  }

  private wait(container: Container): void {
    let pauseUs = BACKOFF_US;
    for (let n = 1; n < (this.crashes.get(container.uid) ?? 1) && pauseUs < BACKOFF_MAX_US; n++) pauseUs *= 2;
    this.become(container, Math.min(pauseUs, BACKOFF_MAX_US), againKind, () => this.begin({ ...container, phase: 'starting' }));
  }

  private end(container: Container): void {
    const stream = this.os.random('runtime');
    const unmountUs = container.volume === null ? 0 : UNMOUNT_MIN_US + stream.below(UNMOUNT_SPREAD_US);
    const delayUs = STOP_MIN_US + stream.below(STOP_SPREAD_US) + unmountUs;
    this.become(container, delayUs, stoppedKind, () => this.remove(container, 'stopped'));
  }

  private remove(container: Container, what: 'stopped' | 'ended'): void {
    this.os.cross(containerBoundary, { what, container });
    this.abandonPull(container.uid);
    this.containers.delete(container.uid);
    this.lingering.set(container.uid, { ...container, phase: 'stopping', ready: false });
    this.startedUs.delete(container.uid);
    this.crashes.delete(container.uid);
  }

  /** The container as it is from now on, and what comes of it after a while unless something else does. */
  private become(container: Container, delayUs: Micros, what: Kind<null>, next: () => void): void {
    const { uid } = container;
    this.containers.set(uid, container);
    this.os.after(delayUs, what, () => {
      if (this.containers.get(uid) !== container) return;
      this.expire();
      if (this.containers.get(uid) !== container) return;
      next();
      this.save();
      this.changed();
    });
  }

  /** Writes down what runs, again and again until it stands there. */
  private save(): void {
    const { boots } = this.os;
    const saved = [...this.containers.values()];
    const ended = [...this.lingering.keys()];
    const records = saved.map((container) => ({ value: { container, boots } satisfies Saved, bytes: RECORD_BYTES }));
    this.os.disk.replace(FILE, records, (error) => {
      if (error === null) this.saved(saved, ended);
      else this.saveLater();
    });
  }

  private saved(saved: readonly Container[], ended: readonly string[]): void {
    const before = this.recorded;
    this.recorded = new Set(saved.map(({ uid }) => uid));
    for (const { uid } of saved) {
      const container = this.containers.get(uid);
      if (!before.has(uid) && container?.phase === 'starting' && !this.pulls.has(uid)) this.launch(container);
    }
    for (const uid of ended) this.lingering.delete(uid);
    if (ended.length > 0) this.changed();
  }

  private saveLater(): void {
    if (this.isRetrying) return;
    this.isRetrying = true;
    this.os.after(DISK_RETRY_US, saveRetryKind, () => {
      this.isRetrying = false;
      this.save();
    });
  }
}
