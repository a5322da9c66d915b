/**
 * A simulated disk: files of records. A write is volatile until an fsync that covers it has completed; a power loss keeps
 * a random prefix of what was not synced and may tear the record after it. An fsync that fails has lost what it covered.
 */
import { EventType, type SimEvent } from '../event.ts';
import { kind } from '../kind.ts';
import type { Kernel } from '../kernel.ts';
import { Panic } from './panic.ts';
import type { Process } from './process.ts';
import type { Stream } from '../random.ts';
import type { Micros } from '../time.ts';
import { byCodeUnit } from '../order.ts';

/**
 * One record as a reader gets it. One that fails its checksum has no value to be had; `torn` tells a write that a power loss
 * cut short (sectors of it were never written, etcd's `isTornEntry`) from one that was whole and has rotted.
 */
export type ReadRecord = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly torn: boolean };

/** `EIO`: the device failed. `ENOSPC`: it is full. */
export type DiskError = 'EIO' | 'ENOSPC';

interface StoredRecord {
  readonly value: unknown;
  readonly bytes: number;
  damage: 'none' | 'torn' | 'rotten';
}

interface File {
  records: StoredRecord[];
  /** Records before this position survive a power loss. */
  durable: number;
  /**
   * A sync has failed, and whoever writes the file has not heard of it yet: none succeeds before, or the file would have a gap.
   */
  broken: boolean;
}

/** An operation that the device has accepted, or will when the event that issues it has been served. */
interface Operation {
  /** When it is done. Its `departUs` is when the process issues it, its `timeUs` when it is done. */
  readonly event: SimEvent;
  readonly costUs: Micros;
  /** Takes effect on the files; returns what the process is told, if it is still there. Skipped when a power loss comes first. */
  readonly complete: (isHeard: boolean) => () => void;
  /** The process that wanted it is gone. */
  deaf: boolean;
}

/** A cloud volume with a write cache that honours flushes. */
export const FSYNC_BASE_US = 700;
export const FSYNC_JITTER_US = 300;
const READ_BASE_US = 150;
const BYTES_PER_US = 100;

/** What a device writes whole or not at all. */
export const SECTOR_BYTES = 512;

const doneKind = kind<string>('disk/done', { serviceUs: 3, describe: (what) => `${what} is done` });

export class Disk {
  /** Service times are multiplied by this: slow, not dead. */
  slowness = 1;
  /** Appends fail with ENOSPC while set. */
  full = false;
  /** Reads fail with EIO while set. */
  failing = false;
  /** Syncs, replacements and renames fail while set; appends only reach memory. */
  failingWrites = false;
  /** How often the machine has got another, empty disk: what the operator who put it in knows. */
  replaced = 0;
  private stalled = false;
  /** The operation at the front is due, but the disk is stalled. */
  private parked = false;
  private readonly kernel: Kernel;
  private readonly process: Process;
  /** Draws latencies. */
  private readonly stream: Stream;
  /** Draws what a fault does, so that a fault shifts no latency. */
  private readonly faultStream: Stream;
  private readonly files = new Map<string, File>();
  /** In the order of issue, which is that of completion. Only the first is in the event queue. */
  private operations: Operation[] = [];
  private busyUntilUs: Micros = 0;

  constructor(kernel: Kernel, process: Process) {
    this.kernel = kernel;
    this.process = process;
    this.stream = kernel.streams.stream(`disk/${process.name}`);
    this.faultStream = kernel.streams.stream(`disk-fault/${process.name}`);
  }

  // ── what programs use ────────────────────────────────────────────────────────────────────────────────────────────

  /** A record of it has rotted: what it held must be had from elsewhere. For observers, who know what programs may not. */
  get isRotten(): boolean {
    for (const { records } of this.files.values()) if (records.some(({ damage }) => damage === 'rotten')) return true;
    return false;
  }

  /** Writes a record at the end of a file (made when missing). It is visible to reads at once, and durable after `fsync`. */
  append(file: string, value: unknown, bytes: number): DiskError | null {
    if (this.full) return 'ENOSPC';
    this.kernel.freezer?.freeze(value);
    this.open(file).records.push({ value, bytes, damage: 'none' });
    return null;
  }

  /**
   * Makes all that was appended to the file until now durable, then calls `done`. Where the device fails, what was not
   * durable is gone from the file, and another sync succeeds (on Linux the pages count as clean). So the process ends
   * unless it says what it does in that case.
   */
  fsync(file: string, done: () => void, failed: (() => void) | null = null): void {
    const target = this.open(file);
    const upTo = target.records.length;
    let bytes = 0;
    for (let i = target.durable; i < upTo; i++) bytes += (target.records[i] as StoredRecord).bytes;
    const costUs = FSYNC_BASE_US + this.stream.exponential(FSYNC_JITTER_US) + Math.ceil(bytes / BYTES_PER_US);
    this.issue('fsync', costUs, (isHeard) => {
      if (this.failingWrites || target.broken) {
        target.records.length = target.durable;
        target.broken = isHeard;
        return () => hearOfFailure(target, failed);
      }
      // The file may have been replaced or cut meanwhile; what is left of the covered records is durable.
      if (this.files.get(file) === target) this.harden(file, target, Math.min(upTo, target.records.length));
      return done;
    });
  }

  /**
   * Replaces a whole file, atomically: written beside it, synced, renamed, folder synced. `done` gets an error
   * or null. With `isThere` what is written stands on this disk already, in another file: it is renamed, and
   * takes no space and no time to write.
   */
  replace(
    file: string,
    values: readonly { readonly value: unknown; readonly bytes: number }[],
    done: (error: DiskError | null) => void,
    isThere = false,
  ): void {
    if (this.full && !isThere) {
      this.issue('replace', READ_BASE_US, () => () => done('ENOSPC'));
      return;
    }
    let bytes = 0;
    for (const { value, bytes: size } of values) {
      this.kernel.freezer?.freeze(value);
      bytes += size;
    }
    const copies = values.map(({ value, bytes: size }): StoredRecord => ({ value, bytes: size, damage: 'none' }));
    const costUs =
      2 * FSYNC_BASE_US + this.stream.exponential(2 * FSYNC_JITTER_US) + (isThere ? 0 : Math.ceil(bytes / BYTES_PER_US));
    this.issue('replace', costUs, () => {
      if (this.failingWrites) return () => done('EIO');
      this.files.set(file, { records: copies, durable: copies.length, broken: false });
      this.tell(file, 0, copies);
      return () => done(null);
    });
  }

  /**
   * Gives a file the name of another one, which it replaces, atomically and durably; no byte is written
   * again. Where that fails the process ends.
   */
  rename(from: string, to: string, done: () => void): void {
    const costUs = FSYNC_BASE_US + this.stream.exponential(FSYNC_JITTER_US);
    this.issue('rename', costUs, () => {
      if (this.failingWrites) return failStop;
      const file = this.files.get(from);
      if (file !== undefined) {
        this.files.delete(from);
        this.files.set(to, file);
        this.tell(from, 0, []);
        this.tell(to, 0, file.records.slice(0, file.durable));
      }
      return done;
    });
  }

  /** Reads a whole file: its records in order; an empty list when there is no such file. */
  read(file: string, done: (records: readonly ReadRecord[], error: DiskError | null) => void): void {
    let bytes = 0;
    for (const record of this.files.get(file)?.records ?? []) bytes += record.bytes;
    const costUs = READ_BASE_US + Math.ceil(bytes / BYTES_PER_US);
    this.issue('read', costUs, () => {
      if (this.failing) return () => done([], 'EIO');
      const records = (this.files.get(file)?.records ?? []).map(({ damage, value }): ReadRecord =>
        damage === 'none' ? { ok: true, value } : { ok: false, torn: damage === 'torn' },
      );
      return () => done(records, null);
    });
  }

  /** Removes a whole file, durably once `done` is called; a power loss before that keeps it. */
  remove(file: string, done: () => void): void {
    this.issue('remove', READ_BASE_US, () => {
      if (this.files.delete(file)) this.tell(file, 0, []);
      return done;
    });
  }

  /** Names of the files whose name begins with `prefix`, sorted. It takes its turn, so that what was written before is seen. */
  list(prefix: string, done: (files: readonly string[]) => void): void {
    this.issue('list', READ_BASE_US, () => {
      const files = [...this.files.keys()].filter((file) => file.startsWith(prefix)).sort(byCodeUnit);
      return () => done(files);
    });
  }

  /**
   * Cuts a file to its first `count` records, durably and at once. Meant for the torn tail of a log, before anything is
   * appended behind it.
   */
  truncate(file: string, count: number): void {
    const target = this.open(file);
    if (count >= target.records.length) return;
    target.records.length = count;
    if (count >= target.durable) return;
    target.durable = count;
    this.tell(file, count, []);
  }

  // ── the device ───────────────────────────────────────────────────────────────────────────────────────────────────

  private open(name: string): File {
    let file = this.files.get(name);
    if (file === undefined) {
      file = { records: [], durable: 0, broken: false };
      this.files.set(name, file);
    }
    return file;
  }

  private harden(name: string, file: File, upTo: number): void {
    const first = file.durable;
    if (upTo <= first) return;
    file.durable = upTo;
    this.tell(name, first, file.records.slice(first, upTo));
  }

  private tell(name: string, first: number, records: readonly StoredRecord[]): void {
    const { durable } = this.kernel.observers;
    if (durable.length === 0) return;
    const values = records.map((record) => record.value);
    for (let at = 0; at < durable.length; at++) durable[at]?.(this.process, name, first, values);
  }

  private issue(what: string, costUs: Micros, complete: (isHeard: boolean) => () => void): void {
    const { kernel, process } = this;
    const departUs = process.departUs();
    const slowedUs = this.slowness === 1 ? costUs : Math.round(costUs * this.slowness);
    const dueUs = Math.max(departUs, this.busyUntilUs) + slowedUs;
    this.busyUntilUs = dueUs;
    const event = kernel.create(EventType.disk, dueUs, process, process, doneKind, what, null, null, 0, departUs, 0);
    this.operations.push({ event, costUs: slowedUs, complete, deaf: false });
    if (this.operations.length === 1) kernel.push(event);
  }

  /** The operation at the front is due: it takes effect. True when the process is still there to hear of it. */
  arrives(event: SimEvent): boolean {
    if (this.stalled) {
      this.parked = true;
      return false;
    }
    // One that is alone is popped: that keeps the array's room for the next.
    const operation = this.operations.length === 1 ? this.operations.pop() : this.operations.shift();
    if (operation?.event !== event) throw new Error('the disk has completed an operation out of turn');
    event.action = operation.complete(!operation.deaf);
    this.startNext();
    return !operation.deaf;
  }

  private startNext(): void {
    const next = this.operations[0]?.event;
    if (next === undefined) return;
    if (next.timeUs < this.kernel.nowUs) next.timeUs = this.kernel.nowUs;
    this.process.release(next);
  }

  /** The process stood still for so long: what it had not issued it issues that much later. */
  delayUnissued(byUs: Micros): void {
    for (const { event } of this.operations) {
      if (!this.process.stillOwes(event)) continue;
      event.departUs += byUs;
      event.timeUs += byUs;
      this.busyUntilUs = event.timeUs;
    }
  }

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Nothing completes until `unstall`. */
  stall(): void {
    this.stalled = true;
  }

  /** The device goes on with the operation it stood at, from its beginning. */
  unstall(): void {
    this.stalled = false;
    if (!this.parked) return;
    this.parked = false;
    let freeUs = this.kernel.nowUs;
    for (const { event, costUs } of this.operations) {
      event.timeUs = Math.max(event.timeUs, Math.max(event.departUs, freeUs) + costUs);
      freeUs = event.timeUs;
    }
    this.busyUntilUs = freeUs;
    this.startNext();
  }

  /**
   * The process is gone; what it would have issued after `reachedUs` never was. With `power` the machine is gone too: of each
   * file a drawn prefix of the unsynced records survives, and the record after it may be torn. Without, the operating system
   * goes on writing, and only the process hears nothing.
   */
  processEnded(power: boolean, reachedUs: Micros): void {
    const gone = this.operations.filter(({ event }) => power || event.departUs > reachedUs);
    this.operations = this.operations.filter(({ event }) => !power && event.departUs <= reachedUs);
    for (const { event } of gone) this.kernel.cancel(event);
    for (const operation of this.operations) operation.deaf = true;
    this.busyUntilUs = this.operations.at(-1)?.event.timeUs ?? this.kernel.nowUs;
    if (this.operations.length === 0) this.parked = false;
    for (const [name, file] of this.files) {
      // What was written behind what a failed sync has lost.
      if (file.broken) file.records.length = file.durable;
      file.broken = false;
      if (power) this.losePower(name, file);
    }
  }

  private losePower(name: string, file: File): void {
    const unsynced = file.records.length - file.durable;
    if (unsynced === 0) return;
    const survivors = file.durable + this.faultStream.below(unsynced + 1);
    const next = file.records[survivors];
    file.records.length = survivors;
    this.harden(name, file, survivors);
    // A record within one sector is whole or absent; a longer one may have lost its end.
    if (next === undefined || next.bytes <= SECTOR_BYTES || !this.faultStream.percent(50)) return;
    file.records.push({ ...next, damage: 'torn' });
    file.durable++;
  }

  /** Another device takes its place, with nothing on it. The process must be down. */
  lose(): void {
    this.files.clear();
    this.replaced++;
    for (const emptied of this.kernel.observers.emptied) emptied(this.process);
  }

  /** Rots one drawn durable record of the files whose name begins so (of any file when absent). False when there is none. */
  rot(prefix = ''): boolean {
    const candidates: StoredRecord[] = [];
    for (const [file, { records, durable }] of this.files) {
      if (file.startsWith(prefix)) candidates.push(...records.slice(0, durable));
    }
    if (candidates.length === 0) return false;
    this.faultStream.pick(candidates).damage = 'rotten';
    return true;
  }

  inspect(): unknown {
    return {
      files: Object.fromEntries(
        [...this.files].map(([name, file]) => [name, { records: file.records.length, durable: file.durable }]),
      ),
      pending: this.operations.length,
      stalled: this.stalled,
      slowness: this.slowness,
      full: this.full,
      ...(this.replaced > 0 ? { replaced: this.replaced } : {}),
      failing: this.failing,
      ...(this.failingWrites ? { failingWrites: true } : {}),
    };
  }
}

function hearOfFailure(file: File, failed: (() => void) | null): void {
  if (failed === null) failStop();
  else {
    file.broken = false;
    failed();
  }
}

/** Nobody knows what of it is on the disk: whoever goes on builds upon what is not there. */
function failStop(): never {
  throw new Panic('the disk does not write: EIO');
}
