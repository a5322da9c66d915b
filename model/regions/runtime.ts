/** A node's container runtime: starts and stops workloads, which takes time, and keeps on disk what runs. */
import { kind, ms, type Co, type Disk, type Os } from '../../sim/index.ts';
import type { Workload } from '../api/resources/index.ts';

/** One workload on its node. */
export interface Container {
  readonly uid: string;
  readonly name: string;
  /** Uid of the deployment. */
  readonly owner: string;
  readonly image: string;
  readonly phase: 'starting' | 'running' | 'stopping';
}

/** Where images come from. */
export interface Images {
  /** Returns once the image of that reference is here. */
  ensure(reference: string): Co<void>;
}

const START_MIN_US = ms(100);
const START_SPREAD_US = ms(200);
const STOP_MIN_US = ms(50);
const STOP_SPREAD_US = ms(100);
const RECORD_BYTES = 120;
const FILE = 'containers';
const READ_RETRY_US = ms(200);

const startedKind = kind<null>('runtime/started', { serviceUs: 20, describe: () => 'a workload has started' });
const readRetryKind = kind<null>('runtime/read-retry', { serviceUs: 1, describe: () => 'tries again to read what runs' });
const stoppedKind = kind<null>('runtime/stopped', { serviceUs: 20, describe: () => 'a workload has stopped' });

/**
 * Containers outlive the agent that started them: a new incarnation finds on disk what its predecessor left, running
 * workloads included. One that was only starting begins anew, one that was stopping is stopped again.
 */
export class Runtime {
  private readonly os: Os;
  private readonly images: Images;
  private readonly changed: () => void;
  private readonly containers = new Map<string, Container>();

  /** `changed` is called when a workload has started or is gone. */
  constructor(os: Os, images: Images, changed: () => void) {
    this.os = os;
    this.images = images;
    this.changed = changed;
  }

  /** Reads what runs from disk, again and again until it can, then calls `done`. */
  restore(done: () => void): void {
    this.os.disk.read(FILE, (records, error) => {
      // To take them for gone would leave running what nobody stops any more.
      if (error !== null) {
        this.os.after(READ_RETRY_US, readRetryKind, () => this.restore(done));
        return;
      }
      for (const record of records) {
        if (record.ok) this.adopt(record.value as Container);
      }
      done();
    });
  }

  get all(): Iterable<Container> {
    return this.containers.values();
  }

  find(uid: string): Container | undefined {
    return this.containers.get(uid);
  }

  run(workload: Workload): void {
    const { uid, name } = workload.metadata;
    if (this.containers.has(uid)) return;
    const { owner, image } = workload.spec;
    this.begin({ uid, name, owner, image, phase: 'starting' });
    this.save();
  }

  stop(uid: string): void {
    const container = this.containers.get(uid);
    if (container === undefined || container.phase === 'stopping') return;
    this.end({ ...container, phase: 'stopping' });
    this.save();
  }

  inspect(): readonly Container[] {
    return [...this.containers.values()];
  }

  private adopt(container: Container): void {
    if (container.phase === 'starting') this.begin(container);
    else if (container.phase === 'stopping') this.end(container);
    else this.containers.set(container.uid, container);
  }

  private begin(container: Container): void {
    const { uid } = container;
    this.containers.set(uid, container);
    // What is stopped meanwhile is pulled for nothing: the next one finds it here.
    this.os.spawn(`pull ${container.image}`, this.images.ensure(container.image), () => this.launch(container));
  }

  private launch(container: Container): void {
    const { uid } = container;
    if (this.containers.get(uid) !== container) return;
    const delayUs = START_MIN_US + this.os.random('runtime').below(START_SPREAD_US);
    this.os.after(delayUs, startedKind, () => {
      if (this.containers.get(uid) !== container) return;
      this.containers.set(uid, { ...container, phase: 'running' });
      this.save();
      this.changed();
    });
  }

  private end(container: Container): void {
    const { uid } = container;
    this.containers.set(uid, container);
    const delayUs = STOP_MIN_US + this.os.random('runtime').below(STOP_SPREAD_US);
    this.os.after(delayUs, stoppedKind, () => {
      this.containers.delete(uid);
      this.save();
      this.changed();
    });
  }

  /** A full disk costs nothing but the memory of what runs: the next change writes it all again. */
  private save(): void {
    const records = [...this.containers.values()].map((value) => ({ value, bytes: RECORD_BYTES }));
    this.os.disk.replace(FILE, records, ignore);
  }
}

const ignore: Parameters<Disk['replace']>[2] = () => undefined;
