/** What a workload holds of a service with a primary: the writes in their order, on its node's disk. */
import { kind, ms, Signal, type DiskError, type Os } from '../../../sim/index.ts';
import type { LogEntry } from './methods.ts';

const RECORD_BYTES = 64;
const READ_RETRY_US = ms(200);
export const FILE_PREFIX = 'data.';

/** Epochs are counted anew for each service: a log of two would hold different writes under one epoch at one place. */
export function fileOf(service: string, workload: string): string {
  return `${FILE_PREFIX}${service}.${workload}`;
}

const readRetryKind = kind<null>('database/read-retry', { serviceUs: 1, describe: () => 'tries again to read its data' });

export class Database {
  /** All of it is in memory. */
  loaded = false;
  /** The newest epoch that it has heard of. Invariant: not older than that of its last entry. */
  epoch = 0;
  /** Uid of the Service whose data it is, and of the workload that holds it. */
  readonly service: string;
  readonly workload: string;
  /** How many entries stand on the disk for good. */
  durable = 0;
  /** More of them do. */
  readonly hardened = new Signal();
  private readonly os: Os;
  private readonly file: string;
  private entries: LogEntry[] = [];
  /** How many entries have come from the office of that epoch, or been found to agree with its own. */
  private agreed = 0;

  constructor(os: Os, service: string, workload: string) {
    this.os = os;
    this.service = service;
    this.workload = workload;
    this.file = fileOf(service, workload);
  }

  get length(): number {
    return this.entries.length;
  }

  /** Of the entry at that place, from 1; 0 before the first. */
  epochAt(place: number): number {
    return this.entries[place - 1]?.epoch ?? 0;
  }

  /** Entries behind a place that a power loss cannot take back. */
  after(place: number, max: number): readonly LogEntry[] {
    return this.entries.slice(place, Math.min(place + max, this.durable));
  }

  /** Reads what an earlier life has left, again and again until it can. */
  load(done: () => void): void {
    const { disk } = this.os;
    // What a process that was killed has written may not be durable yet, and must be before anybody builds on it.
    disk.fsync(this.file, () =>
      disk.read(this.file, (records, error) => {
        if (error !== null) {
          this.os.after(READ_RETRY_US, readRetryKind, () => this.load(done));
          return;
        }
        // A torn record at the end was never acknowledged.
        const whole = records.findIndex(({ ok }) => !ok);
        if (whole >= 0) disk.truncate(this.file, whole);
        this.entries = records
          .slice(0, whole < 0 ? records.length : whole)
          .map((record) => (record as { readonly value: unknown }).value as LogEntry);
        this.durable = this.length;
        this.epoch = this.epochAt(this.length);
        this.loaded = true;
        done();
      }),
    );
  }

  /** Writes entries behind a place, over whatever differs there; `durable` is called when they stand on the disk. */
  write(place: number, entries: readonly LogEntry[], durable: () => void): DiskError | null {
    let fresh = 0;
    while (fresh < entries.length && place + fresh < this.length && this.entries[place + fresh]?.epoch === entries[fresh]?.epoch)
      fresh++;
    // An entry of one epoch at one place is always the same one, as in Raft: only from the first
    // that differs on is anything taken back.
    if (fresh < entries.length) this.cut(place + fresh);
    for (let at = fresh; at < entries.length; at++) {
      const entry = entries[at] as LogEntry;
      const error = this.os.disk.append(this.file, entry, RECORD_BYTES);
      if (error !== null) return error;
      this.entries.push(entry);
      this.epoch = Math.max(this.epoch, entry.epoch);
    }
    const upTo = this.length;
    this.os.disk.fsync(this.file, () => {
      this.harden(upTo);
      durable();
    });
    return null;
  }

  /** An office has been heard of. What one before it agreed on counts no more. */
  enter(epoch: number): void {
    if (epoch <= this.epoch) return;
    this.epoch = epoch;
    this.agreed = 0;
  }

  /**
   * Writes what the office of an epoch has sent. It begins at the end of its own log: what an earlier one had behind
   * that has never counted, or is lost. Of what this one has sent before nothing is taken back, however late a
   * message comes: it has been acknowledged.
   */
  follow(epoch: number, place: number, entries: readonly LogEntry[], durable: () => void): DiskError | null {
    this.enter(epoch);
    const end = place + entries.length;
    if (this.epochAt(this.length) < epoch) this.cut(Math.max(end, this.agreed));
    const error = this.write(place, entries, durable);
    if (error === null) this.agreed = Math.max(this.agreed, end);
    return error;
  }

  /** Takes back what stands behind a place. */
  cut(length: number): void {
    if (this.entries.length <= length) return;
    this.entries.length = length;
    this.durable = Math.min(this.durable, length);
    this.os.disk.truncate(this.file, length);
  }

  /** The workload or the service is gone, and the data with it. */
  remove(): void {
    this.loaded = false;
    this.os.disk.remove(this.file, () => undefined);
  }

  private harden(upTo: number): void {
    // Some of it may have been taken back meanwhile.
    this.durable = Math.max(this.durable, Math.min(upTo, this.length));
    this.hardened.notify();
  }
}
