/**
 * What a regional store holds, as a pure function of its log: the store's own state machine,
 * and beside it the version of each key.
 */
import type { StoreMachine } from '../../store/machine/machine.ts';
import type { StoreSnapshot } from '../../store/machine/machine-types.ts';
import { deleteRange, put, type MutatingRequest, type StoreResponse } from '../../store/machine/requests.ts';
import { compareStamps, type Stamp } from './hybrid-clock.ts';
import type { Version } from './kept.ts';

/** A record of its log. */
export type RegionalRecord =
  | { readonly type: 'written'; readonly id: string; readonly request: MutatingRequest; readonly stamp: Stamp }
  /** `upTo`: all that the origin had changed until then is in it or was before. */
  | { readonly type: 'merged'; readonly origin: string; readonly upTo: number; readonly versions: readonly Version[] }
  /** All of it, at the beginning of a log that was rewritten. */
  | {
      readonly type: 'image';
      readonly machine: StoreSnapshot;
      readonly versions: readonly Version[];
      readonly own: readonly string[];
      readonly sequence: number;
      readonly heard: readonly (readonly [string, number])[];
    };

export interface KeptChange {
  readonly version: Version;
  readonly replaced: Version | null;
}

export class RegionalState {
  readonly machine: StoreMachine;
  private readonly forgetsTombstones: boolean;
  private readonly versions = new Map<string, Version>();
  /** Keys whose newest version was made here, in the order of their changes: what other regions may still have to hear. */
  private readonly own = new Set<string>();
  /** By region, up to which of its changes all has come. */
  private readonly heard = new Map<string, number>();
  private index = 0;
  /** Place of the newest change that was made here. */
  sequence = 0;

  constructor(machine: StoreMachine, forgetsTombstones: boolean) {
    this.machine = machine;
    this.forgetsTombstones = forgetsTombstones;
  }

  heardOf(origin: string): number {
    return this.heard.get(origin) ?? 0;
  }

  /** Changes made here after `sequence`, oldest first: of each key the newest. */
  changesAfter(sequence: number, most: number): readonly Version[] {
    const changes: Version[] = [];
    for (const key of this.own) {
      const version = this.versions.get(key) as Version;
      if (version.sequence <= sequence) continue;
      changes.push(version);
      if (changes.length === most) break;
    }
    return changes;
  }

  /** Applies a request of a client; the store's answer, and what changed. */
  write(
    id: string,
    request: MutatingRequest,
    stamp: Stamp,
  ): { readonly response: StoreResponse; readonly changes: readonly KeptChange[] } {
    const { machine } = this;
    const before = machine.revision;
    const response = machine.apply(++this.index, { requestId: id, request });
    if (machine.revision === before) return { response, changes: none };
    const events = machine.log.slice(machine.logPosition(machine.revision));
    const changes = events.map(({ type, kv }) => {
      const version: Version = { key: kv.key, value: type === 'put' ? kv.value : null, stamp, sequence: ++this.sequence };
      const change = this.keep(version);
      this.own.delete(kv.key);
      if (this.versions.has(kv.key)) this.own.add(kv.key);
      return change;
    });
    return { response, changes };
  }

  /** Takes in what another region has changed: of two versions the later one stays. */
  merge(origin: string, upTo: number, versions: readonly Version[]): readonly KeptChange[] {
    const changes: KeptChange[] = [];
    for (const version of versions) {
      const { key, value, stamp } = version;
      const current = this.versions.get(key);
      if (current !== undefined && compareStamps(current.stamp, stamp) >= 0) continue;
      const request = value === null ? deleteRange(key) : put(key, value);
      this.machine.apply(++this.index, { requestId: `${origin}/${version.sequence}`, request });
      this.own.delete(key);
      changes.push(this.keep(version));
    }
    this.heard.set(origin, Math.max(upTo, this.heardOf(origin)));
    return changes;
  }

  apply(record: RegionalRecord): void {
    switch (record.type) {
      case 'written':
        this.write(record.id, record.request, record.stamp);
        return;
      case 'merged':
        this.merge(record.origin, record.upTo, record.versions);
        return;
      case 'image':
        this.machine.restore(record.machine);
        this.index = record.machine.index;
        this.sequence = record.sequence;
        for (const version of record.versions) this.versions.set(version.key, version);
        for (const key of record.own) this.own.add(key);
        for (const [origin, upTo] of record.heard) this.heard.set(origin, upTo);
    }
  }

  image(): RegionalRecord {
    return {
      type: 'image',
      machine: this.machine.snapshot(),
      versions: [...this.versions.values()],
      own: [...this.own],
      sequence: this.sequence,
      heard: [...this.heard],
    };
  }

  get all(): Iterable<Version> {
    return this.versions.values();
  }

  private keep(version: Version): KeptChange {
    const replaced = this.versions.get(version.key) ?? null;
    if (version.value === null && this.forgetsTombstones) this.versions.delete(version.key);
    else this.versions.set(version.key, version);
    return { version, replaced };
  }
}

const none: readonly KeptChange[] = [];

export function recordBytes(record: RegionalRecord): number {
  switch (record.type) {
    case 'written':
      return 96 + JSON.stringify(record.request).length;
    case 'merged':
      return record.versions.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0) + 48, 48);
    case 'image':
      return record.machine.sizeBytes + record.versions.length * 48;
  }
}
