/** What the properties of one Raft group follow together: who belongs to it, and what its members' disks hold of their logs. */
import type { Boundary, History, Observer, Process, Scene } from '../../../sim/index.ts';
import { isApplied, isWalFile, type AppliedEntry, type WalRecord } from '../../raft/index.ts';
import { DurableLogs, type DurableLog } from './durable-log.ts';

/** Is told of each fact while all is still as it was before it. */
export interface GroupListener {
  /** An entry is applied somewhere for the first time. */
  committed?(entry: AppliedEntry): void;
  /** A record of a member's log has become durable. `former`: the log it had before, when it now begins another. */
  wrote?(process: Process, record: WalRecord, log: DurableLog, former: DurableLog | null): void;
}

/** One for all properties of a run: a monitor goes `through` it. */
export class Group implements Observer {
  readonly sees = isApplied;
  readonly logs = new DurableLogs();
  readonly membership = this.logs.membership;
  private readonly listeners: GroupListener[] = [];

  listen(listener: GroupListener): void {
    this.listeners.push(listener);
  }

  crossed(_process: Process, _what: Boundary, body: unknown): void {
    const entry = body as AppliedEntry;
    if (!this.membership.isNext(entry)) return;
    for (const listener of this.listeners) listener.committed?.(entry);
    this.membership.applied(entry);
  }

  durable(process: Process, file: string, _first: number, records: readonly unknown[]): void {
    if (!isWalFile(file)) return;
    for (let at = 0; at < records.length; at++) {
      const record = records[at] as WalRecord;
      const former = this.logs.note(process, record);
      const log = this.logs.of(process);
      for (const listener of this.listeners) listener.wrote?.(process, record, log, former);
      log.take(record);
    }
  }

  emptied(process: Process): void {
    this.membership.emptied(process);
  }
}

/** Makes the group of a run, or finds the one that another property of the run has made. */
export type GroupOf = (scene: Scene) => Group;

/** Runs are told apart by their histories. */
export function sharedGroups(): GroupOf {
  const groups = new WeakMap<History, Group>();
  return (scene) => {
    const run = scene.history();
    let group = groups.get(run);
    if (group === undefined) {
      group = new Group();
      groups.set(run, group);
    }
    return group;
  };
}
