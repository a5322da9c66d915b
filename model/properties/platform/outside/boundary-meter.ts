/** Accounts of the boundary: what of each class of state went through consensus, and what was kept outside of it. */
import type { Boundary, Observer, Process } from '../../../../sim/index.ts';
import { roleOfCandidate, roleOfFence } from '../../../api/fences.ts';
import { classOfObject, isResourceKind } from '../../../api/resources/index.ts';
import { classOfOutsideKind, stateClasses, type StateClassId } from '../../../api/state-classes.ts';
import { keptOutsideBoundary, type KeptOutside } from '../../../outside/kept-outside.ts';
import { keptBoundary, type KeptVersion } from '../../../outside/regional/kept.ts';
import { appliedBoundary, type AppliedEntry } from '../../../raft/host/state-machine.ts';
import type { Command, TxnOperation } from '../../../store/machine/requests.ts';
import { mutationBytes } from '../../../store/member/methods.ts';

/** What is of no class: compactions, leases and alarms, a leader's first entry, and keys outside the registry of the API. */
export const OF_THE_STORE = 'of the store itself';

export interface ClassAccount {
  readonly stateClass: StateClassId | typeof OF_THE_STORE;
  /** Entries of the replicated log, and their bytes. One that writes of several classes counts for that of its first key. */
  entries: number;
  entryBytes: number;
  /** Writes that were taken in outside, and their bytes. Of a regional store, those of its own clients. */
  outsideWrites: number;
  outsideBytes: number;
}

/** Observes a run: `run.observe(meter)`. */
export class BoundaryMeter implements Observer {
  private readonly accounts = new Map<string, ClassAccount>();
  private index = 0;

  constructor() {
    for (const { id } of stateClasses) this.open(id);
    this.open(OF_THE_STORE);
  }

  sees(what: Boundary): boolean {
    return (
      what === (appliedBoundary as Boundary) || what === (keptOutsideBoundary as Boundary) || what === (keptBoundary as Boundary)
    );
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (appliedBoundary as Boundary)) this.applied(body as AppliedEntry);
    else if (what === (keptOutsideBoundary as Boundary)) this.kept(body as KeptOutside);
    else if (what === (keptBoundary as Boundary)) this.keptByRegion(body as KeptVersion);
  }

  /** In the order of the classes; the store's own last. */
  get table(): readonly ClassAccount[] {
    return [...this.accounts.values()];
  }

  /** Of each entry, once: when the first member applies it. */
  private applied({ index, data }: AppliedEntry): void {
    if (index <= this.index) return;
    this.index = index;
    const command = data as Command | null;
    const account = this.account(command === null ? null : classOfKey(firstKey(command.request)));
    account.entries++;
    if (command !== null) account.entryBytes += mutationBytes(command.request);
  }

  private kept({ stateClass, writes, bytes }: KeptOutside): void {
    const account = this.account(stateClass);
    account.outsideWrites += writes;
    account.outsideBytes += bytes;
  }

  private keptByRegion({ how, version }: KeptVersion): void {
    if (how !== 'written') return;
    const account = this.account(classOfKey(version.key));
    account.outsideWrites++;
    account.outsideBytes += version.key.length + (version.value?.length ?? 0);
  }

  private account(stateClass: StateClassId | null): ClassAccount {
    return this.accounts.get(stateClass ?? OF_THE_STORE) as ClassAccount;
  }

  private open(stateClass: ClassAccount['stateClass']): void {
    this.accounts.set(stateClass, { stateClass, entries: 0, entryBytes: 0, outsideWrites: 0, outsideBytes: 0 });
  }
}

function firstKey(request: Command['request']): string | null {
  if (request.kind === 'put' || request.kind === 'deleteRange') return request.key;
  return request.kind === 'txn' ? (firstWritten(request.success) ?? firstWritten(request.failure)) : null;
}

function firstWritten(operations: readonly TxnOperation[]): string | null {
  for (const operation of operations) {
    if (operation.kind === 'put' || operation.kind === 'deleteRange') return operation.key;
    const nested = operation.kind === 'txn' ? firstWritten(operation.success) : null;
    if (nested !== null) return nested;
  }
  return null;
}

/** Null: of the store itself. */
function classOfKey(key: string | null): StateClassId | null {
  if (key === null) return null;
  const role = roleOfFence(key) ?? roleOfCandidate(key);
  if (role !== null) return classOfObject('Lease', role);
  const [, registry, kind = '', name = ''] = key.split('/');
  if (registry !== 'registry') return null;
  return isResourceKind(kind) ? classOfObject(kind, name) : (classOfOutsideKind(kind)?.id ?? null);
}
