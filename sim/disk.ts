/**
 * A simulated disk: files of records. A write is volatile until an fsync that covers it has completed; a power loss keeps
 * a random prefix of what was not synced and may tear the record after it.
 */
import { EventType } from './event.ts';
import { kind } from './kind.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';
import type { Stream } from './random.ts';
import type { Micros } from './time.ts';

/** One record as a reader gets it. A torn or rotten one fails its checksum: its value cannot be had. */
export type ReadRecord = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** `EIO`: the device failed. `ENOSPC`: it is full. */
export type DiskError = 'EIO' | 'ENOSPC';

interface StoredRecord {
  readonly value: unknown;
  readonly bytes: number;
  rotten: boolean;
}

interface File {
  records: StoredRecord[];
  /** Records before this position survive a power loss. */
  durable: number;
}

/** An operation the device has accepted. It takes effect when it completes, and its process hears of it then. */
interface Operation {
  readonly what: string;
  readonly issuedUs: Micros;
  readonly dueUs: Micros;
  /** Takes effect on the files; returns what the process is told. Skipped when a power loss comes first. */
  readonly complete: () => () => void;
}

/** A cloud volume with a write cache that honours flushes. */
const FSYNC_BASE_US = 700;
const FSYNC_JITTER_US = 300;
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
  private stalled = false;
  private readonly kernel: Kernel;
  private readonly process: Process;
  private readonly stream: Stream;
  private readonly files = new Map<string, File>();
  /** In the order of completion. Those issued while the disk is stalled are due in the order of their issue. */
  private operations: Operation[] = [];
  private busyUntilUs: Micros = 0;

  constructor(kernel: Kernel, process: Process) {
    this.kernel = kernel;
    this.process = process;
    this.stream = kernel.streams.stream(`disk/${process.name}`);
  }

  // ── what programs use ────────────────────────────────────────────────────────────────────────────────────────────

  /** Writes a record at the end of a file (made when missing). It is visible to reads at once, and durable after `fsync`. */
  append(file: string, value: unknown, bytes: number): DiskError | null {
    if (this.full) return 'ENOSPC';
    this.kernel.freezer?.freeze(value);
    this.open(file).records.push({ value, bytes, rotten: false });
    return null;
  }

  /** Makes all that was appended to the file until now durable, then calls `done`. */
  fsync(file: string, done: () => void): void {
    const target = this.open(file);
    const upTo = target.records.length;
    let bytes = 0;
    for (let i = target.durable; i < upTo; i++) bytes += (target.records[i] as StoredRecord).bytes;
    const costUs = FSYNC_BASE_US + this.stream.exponential(FSYNC_JITTER_US) + Math.ceil(bytes / BYTES_PER_US);
    this.issue('fsync', costUs, () => {
      // The file may have been replaced or cut meanwhile; what is left of the covered records is durable.
      if (this.files.get(file) === target) this.harden(file, target, Math.min(upTo, target.records.length));
      return done;
    });
  }

  /** Replaces a whole file, atomically: written beside it, synced, renamed, folder synced. `done` gets an error or null. */
  replace(file: string, values: readonly { readonly value: unknown; readonly bytes: number }[], done: (error: DiskError | null) => void): void {
    if (this.full) {
      this.issue('replace', READ_BASE_US, () => () => done('ENOSPC'));
      return;
    }
    let bytes = 0;
    for (const { value, bytes: size } of values) {
      this.kernel.freezer?.freeze(value);
      bytes += size;
    }
    const costUs = 2 * FSYNC_BASE_US + this.stream.exponential(2 * FSYNC_JITTER_US) + Math.ceil(bytes / BYTES_PER_US);
    this.issue('replace', costUs, () => {
      const replacement: File = { records: values.map((record) => ({ ...record, rotten: false })), durable: 0 };
      this.files.set(file, replacement);
      this.harden(file, replacement, replacement.records.length);
      return () => done(null);
    });
  }

  /** Reads a whole file: its records in order; an empty list when there is no such file. */
  read(file: string, done: (records: readonly ReadRecord[], error: DiskError | null) => void): void {
    let bytes = 0;
    for (const record of this.files.get(file)?.records ?? []) bytes += record.bytes;
    const costUs = READ_BASE_US + Math.ceil(bytes / BYTES_PER_US);
    this.issue('read', costUs, () => {
      if (this.failing) return () => done([], 'EIO');
      const records = (this.files.get(file)?.records ?? []).map(
        (record): ReadRecord => (record.rotten ? { ok: false } : { ok: true, value: record.value }),
      );
      return () => done(records, null);
    });
  }

  /** Cuts a file to its first `count` records. Meant for the torn tail of a log, before anything is appended behind it. */
  truncate(file: string, count: number): void {
    const target = this.open(file);
    if (count >= target.records.length) return;
    target.records.length = count;
    target.durable = Math.min(target.durable, count);
  }

  // ── the device ───────────────────────────────────────────────────────────────────────────────────────────────────

  private open(name: string): File {
    let file = this.files.get(name);
    if (file === undefined) {
      file = { records: [], durable: 0 };
      this.files.set(name, file);
    }
    return file;
  }

  private harden(name: string, file: File, upTo: number): void {
    const first = file.durable;
    if (upTo <= first) return;
    file.durable = upTo;
    const { durable } = this.kernel.observers;
    if (durable.length === 0) return;
    const values = file.records.slice(first, upTo).map((record) => record.value);
    for (const observer of durable) observer.durable?.(this.process, name, first, values);
  }

  private issue(what: string, costUs: Micros, complete: () => () => void): void {
    const issuedUs = this.process.departUs();
    const startUs = Math.max(issuedUs, this.busyUntilUs);
    const dueUs = startUs + costUs * this.slowness;
    this.busyUntilUs = dueUs;
    const operation: Operation = { what, issuedUs, dueUs, complete };
    this.operations.push(operation);
    if (!this.stalled) this.finishLater(operation);
  }

  private finishLater(operation: Operation): void {
    const cause = this.kernel.cause;
    this.kernel.internally(operation.dueUs - this.kernel.nowUs, () => {
      if (this.stalled) return;
      const position = this.operations.indexOf(operation);
      if (position < 0) return;
      this.operations.splice(position, 1);
      const tell = operation.complete();
      if (!this.process.up) return;
      this.kernel.causedBy(cause, () => {
        const { nowUs } = this.kernel;
        this.kernel.schedule(EventType.disk, nowUs, this.process, this.process, doneKind, operation.what, null, tell, 0, nowUs, 0);
      });
    });
  }

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Nothing completes until `unstall`. */
  stall(): void {
    this.stalled = true;
  }

  unstall(): void {
    if (!this.stalled) return;
    this.stalled = false;
    let dueUs = this.kernel.nowUs;
    this.operations = this.operations.map((operation) => {
      dueUs = Math.max(operation.dueUs, dueUs + FSYNC_BASE_US);
      const again = { ...operation, dueUs };
      return again;
    });
    this.busyUntilUs = dueUs;
    for (const operation of this.operations) this.finishLater(operation);
  }

  /**
   * The process is gone. With `power` the machine is too: of each file a drawn prefix of the unsynced records survives, and
   * the record after it may be torn. Without, the operating system goes on writing, and only the process hears nothing.
   */
  processEnded(power: boolean): void {
    const { nowUs } = this.kernel;
    if (!power) {
      // What the event in service was about to issue never reached the device.
      this.operations = this.operations
        .filter((operation) => operation.issuedUs <= nowUs)
        .map((operation) => ({ ...operation, complete: () => (operation.complete(), () => undefined) }));
      for (const operation of this.operations) if (!this.stalled) this.finishLater(operation);
      return;
    }
    this.operations = [];
    this.busyUntilUs = nowUs;
    for (const [name, file] of this.files) {
      const unsynced = file.records.length - file.durable;
      if (unsynced === 0) continue;
      const kept = this.stream.below(unsynced + 1);
      const torn = kept < unsynced && this.stream.percent(50);
      const next = file.records[file.durable + kept];
      file.records.length = file.durable + kept;
      // A record within one sector is whole or absent; a longer one may have lost its end.
      this.harden(name, file, file.records.length);
      if (torn && next !== undefined && next.bytes > SECTOR_BYTES) {
        // It stays for good, but no observer is told of a value that nobody can read.
        file.records.push({ ...next, rotten: true });
        file.durable++;
      }
    }
  }

  /** Rots one drawn durable record of the file (of any file when absent). False when there is none. */
  rot(file?: string): boolean {
    const names = file === undefined ? [...this.files.keys()] : [file];
    const candidates: StoredRecord[] = [];
    for (const name of names) {
      for (const record of (this.files.get(name)?.records ?? []).slice(0, this.files.get(name)?.durable)) candidates.push(record);
    }
    if (candidates.length === 0) return false;
    this.stream.pick(candidates).rotten = true;
    return true;
  }

  /** Forgets everything: a machine that is replaced. */
  wipe(): void {
    this.files.clear();
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
    };
  }
}
