/** Leader-only actions, wherever they were accepted: writes committed by the store and entries in the cloud's own log. */
import type { Boundary } from '../../../sim/index.ts';
import { acceptedBoundary, type AcceptedAction } from '../../outside/accepted.ts';
import { appliedBoundary, type AppliedEntry } from '../../raft/state-machine.ts';
import type { Change, CommitJournal } from './journal.ts';

export interface Action {
  readonly at: 'store' | 'cloud';
  /** `grant`: the store gave the role a newer token. `seal`: the cloud took one in. Neither is a leader's action itself. */
  readonly type: 'action' | 'grant' | 'seal';
  readonly role: string;
  readonly token: number;
  /** The change or entry itself, for words. */
  readonly change: Change | null;
  readonly entry: AcceptedAction | null;
}

/** Reads actions off the crossings of a run, each of them once. */
export class ActionReader {
  private readonly journal: CommitJournal;
  /** Places in the cloud's log that were reported. */
  private readonly reported = new Set<number>();

  constructor(journal: CommitJournal) {
    this.journal = journal;
  }

  /** The actions that a crossing accepts; of one commit the writes come first, since they were made under what stood before. */
  read(what: Boundary, body: unknown): readonly Action[] {
    if (what === (appliedBoundary as Boundary)) return this.committed(body as AppliedEntry);
    if (what === (acceptedBoundary as Boundary)) return this.accepted(body as AcceptedAction);
    return none;
  }

  private committed(entry: AppliedEntry): readonly Action[] {
    const changes = this.journal.see(entry);
    if (changes === null || changes.length === 0) return none;
    const actions: Action[] = [];
    for (const change of changes) {
      const { authority } = change;
      if (authority !== null) actions.push({ at: 'store', type: 'action', ...authority, change, entry: null });
    }
    for (const change of changes) {
      const { granted, revision } = change;
      if (granted !== null) actions.push({ at: 'store', type: 'grant', role: granted, token: revision, change, entry: null });
    }
    return actions;
  }

  private accepted(entry: AcceptedAction): readonly Action[] {
    if (this.reported.has(entry.sequence)) return none;
    this.reported.add(entry.sequence);
    const { role, token } = entry;
    return [{ at: 'cloud', type: entry.action === 'seal' ? 'seal' : 'action', role, token, change: null, entry }];
  }
}

const none: readonly Action[] = [];

/** `the write of /registry/Workload/web-1 under token 12 of deployer`. */
export function describeAction({ role, token, change, entry }: Action): string {
  const under = `under token ${token} of ${role}`;
  if (change !== null) return `the ${change.object === null ? 'deletion' : 'write'} of ${change.key} ${under}`;
  return `the cloud's ${entry?.action} for ${entry?.owner} generation ${entry?.generation} ${under}`;
}
