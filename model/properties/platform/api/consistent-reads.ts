/**
 * Consistent reads are: what is asked of the API after a write was acknowledged shows it, and a list is one state of the store,
 * that of the version it says. Judged by comparing what servers send with what the store has committed.
 */
import type { Monitor, Observer, Property, Refusal, Report } from '../../../../sim/index.ts';
import {
  createMethod,
  deleteMethod,
  getMethod,
  leaseMethod,
  listMethod,
  statusMethod,
  updateMethod,
  type ListRequest,
  type ListResponse,
} from '../../../api/methods.ts';
import type { Resource, ResourceKind } from '../../../api/resources/index.ts';
import { forgetOldest } from '../../shared/forget-oldest.ts';
import { sharedApiCalls, type ApiCalls, type ApiCallsOf, type Call } from './calls.ts';
import type { ChangeLog, ChangeLogOf, KindLog } from './change-log.ts';

export function consistentReads(logOf: ChangeLogOf, callsOf: ApiCallsOf = sharedApiCalls()): Property {
  return {
    id: 'platform/consistent-reads',
    kind: 'always',
    title: 'a consistent read of the API shows every write that was acknowledged before it, and a list is a state of the store',
    monitor: (report, scene, keepEvidence) => new ConsistentReads(report, logOf(scene), callsOf(scene), keepEvidence),
  };
}

/** A read under way. */
interface Asked {
  readonly client: string;
  readonly kind: ResourceKind;
  readonly log: KindLog;
  /** Empty for a list. */
  readonly name: string;
  /** Newest revision of an acknowledged write, of that object or of the kind, when it was asked. 0 when it need not show any. */
  readonly floor: number;
  /** A part of a state is not compared with the whole. */
  readonly isWhole: boolean;
}

/** A get names an object. */
type Read = ListRequest & { readonly name?: string };

interface Written {
  readonly kind: ResourceKind;
  readonly name: string;
}

/** Names of a kind of which acknowledged writes are remembered, those written last; a run of the usual length has fewer. */
const NAMES_REMEMBERED = 1_024;

class ConsistentReads implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly log: ChangeLog;
  /** By kind, and by name within it: revisions of acknowledged writes. Of names, the one written last stands last. */
  private readonly acknowledged = new Map<ResourceKind, number>();
  private readonly byName = new Map<ResourceKind, Map<string, number>>();
  private readonly evidence:
    | { readonly asked: Asked; readonly version: number; readonly items: readonly Resource[] | null }[]
    | null;

  constructor(report: Report, log: ChangeLog, calls: ApiCalls, keepEvidence: boolean) {
    this.report = report;
    this.log = log;
    this.through = [...log.through, calls];
    this.evidence = keepEvidence ? [] : null;
    calls.follow(getMethod, {
      asked: (call, request) => this.asked(call, request),
      answered: (asked, object) => this.got(asked, object),
      refused: (asked, refusal) => this.refused(asked, refusal),
    });
    calls.follow(listMethod, {
      asked: (call, request) => this.asked(call, request),
      answered: (asked, list) => this.listed(asked, list),
    });
    calls.followEach([createMethod, updateMethod, statusMethod, leaseMethod], {
      asked: (_call, write: Written) => write,
      answered: (write, { metadata }: Resource) => this.acknowledge(write, metadata.resourceVersion),
    });
    calls.follow(deleteMethod, {
      asked: (_call, write): Written => write,
      answered: (write, { resourceVersion }) => this.acknowledge(write, resourceVersion),
    });
  }

  private asked({ client }: Call, request: Read): Asked | null {
    const { kind, name = '', consistency = 'linearizable', limit = 0, continueFrom = '' } = request;
    const log = this.log.of(kind);
    if (log === null) return null;
    const acknowledged = name === '' ? this.acknowledged.get(kind) : this.byName.get(kind)?.get(name);
    const floor = consistency === 'linearizable' && continueFrom === '' ? (acknowledged ?? 0) : 0;
    return { client: client.name, kind, log, name, floor, isWhole: limit === 0 && continueFrom === '' };
  }

  private acknowledge({ kind, name }: Written, revision: number): void {
    this.acknowledged.set(kind, Math.max(this.acknowledged.get(kind) ?? 0, revision));
    let names = this.byName.get(kind);
    if (names === undefined) {
      names = new Map();
      this.byName.set(kind, names);
    }
    const before = names.get(name) ?? 0;
    names.delete(name);
    names.set(name, Math.max(before, revision));
    forgetOldest(names, NAMES_REMEMBERED);
  }

  private got(asked: Asked, { metadata }: Resource): void {
    this.evidence?.push({ asked, version: metadata.resourceVersion, items: null });
    const broken = tooOld(asked, metadata.resourceVersion);
    if (broken !== null) this.report.violated(broken);
  }

  private refused(asked: Asked, { code }: Refusal): void {
    if (code !== 'not-found') return;
    this.evidence?.push({ asked, version: 0, items: null });
    const broken = notFound(asked, this.log.revision);
    if (broken !== null) this.report.violated(broken);
  }

  private listed(asked: Asked, { resourceVersion, items }: ListResponse): void {
    this.evidence?.push({ asked, version: resourceVersion, items });
    const broken = tooOld(asked, resourceVersion) ?? (asked.isWhole ? otherState(asked, resourceVersion, items) : null);
    if (broken !== null) this.report.violated(broken);
  }

  fullCheck(): string | null {
    for (const { asked, version, items } of this.evidence ?? []) {
      if (version === 0 && items === null) continue;
      if (version < asked.floor) return tooOld(asked, version);
      const broken = items === null || !asked.isWhole ? null : otherState(asked, version, items);
      if (broken !== null) return broken;
    }
    return null;
  }
}

function tooOld({ client, kind, name, floor }: Asked, version: number): string | null {
  if (version >= floor) return null;
  return `${client} was shown ${kind} ${name === '' ? 'as a list' : name} at version ${version}, although a write at ${floor} had been acknowledged when it asked`;
}

/**
 * That an object is not there is true of some moment since it was asked for only if it was deleted
 * after the newest acknowledged write.
 */
function notFound({ client, kind, name, floor, log }: Asked, revision: number): string | null {
  if (floor === 0) return null;
  for (let position = log.after(floor - 1); position < log.end; position++) {
    const change = log.at(position);
    if (change === null || (change?.name === name && change.isDeletion)) return null;
  }
  return log.current.has(name)
    ? `${client} was told that there is no ${kind} ${name} by revision ${revision}, although a write at ${floor} had been acknowledged when it asked`
    : null;
}

/** What a list shows otherwise than the store had it at the list's version. */
function otherState({ client, kind, log }: Asked, version: number, items: readonly Resource[]): string | null {
  const state = log.stateAt(version);
  if (state === null) return null;
  const says = `${client} was given a list of ${kind} at version ${version}`;
  if (items.length !== state.size) return `${says} with ${items.length} objects, and the store had ${state.size}`;
  for (const { metadata } of items) {
    const revision = state.get(metadata.name);
    if (revision !== metadata.resourceVersion)
      return `${says} with ${metadata.name} at ${metadata.resourceVersion}, and the store had it at ${revision ?? 'no version'}`;
  }
  return null;
}
