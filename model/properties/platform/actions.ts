/** Leader-only actions, wherever they were accepted: writes committed by the store and entries in the cloud's own log. */
import type { Boundary, Kind, Observer, Process, Scene } from '../../../sim/index.ts';
import { deleteMethod, type DeleteRequest } from '../../api/methods.ts';
import { objectKey, type Fence } from '../../api/resources/index.ts';
import { acceptedBoundary, type AcceptedAction } from '../../outside/accepted.ts';
import { forgetOldest } from '../shared/forget-oldest.ts';
import { oncePerRun } from '../shared/once-per-run.ts';
import type { Change, CommitJournal, JournalOf } from './journal.ts';

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

function isDeletion(what: Kind): boolean {
  return what === (deleteMethod.request as Kind);
}

/** The boundary at which actions are accepted outside. */
export function isAcceptance(what: Boundary): boolean {
  return what === (acceptedBoundary as Boundary);
}

/**
 * So many objects are remembered whose deletion was asked for and has not happened yet; a run
 * of the usual length has a few dozen.
 */
const DELETIONS_REMEMBERED = 1_024;

/** Reads actions off what was committed and what was accepted outside, each of them once. */
export class ActionReader {
  /** Place in the cloud's log up to which all was reported. */
  private reported = 0;
  /**
   * By uid, or by key where a request names none, the newest authority under which the deletion of an object was
   * asked for; null when a user has asked.
   */
  private readonly deletions = new Map<string, Fence | null>();

  /** Takes a message in: a deletion leaves no object behind that would say under which authority it was made. */
  asked(what: Kind, body: unknown): void {
    if (!isDeletion(what)) return;
    const { kind, name, uid, fence } = (body as { readonly body: DeleteRequest }).body;
    const object = uid === '' ? objectKey(kind, name) : uid;
    this.deletions.set(object, newer(this.deletions.get(object), fence));
    forgetOldest(this.deletions, DELETIONS_REMEMBERED);
  }

  /** The actions of one commit: writes come first, since they were made under what stood before. */
  committed(changes: readonly Change[]): readonly Action[] {
    if (changes.length === 0) return none;
    const actions: Action[] = [];
    for (const change of changes) {
      const deleter = this.deleter(change);
      const authority = change.authority ?? deleter;
      if (authority !== null)
        actions.push({ at: 'store', type: 'action', role: authority.role, token: authority.token, change, entry: null });
    }
    for (const change of changes) {
      const { granted } = change;
      if (granted !== null)
        actions.push({ at: 'store', type: 'grant', role: granted.role, token: granted.token, change, entry: null });
    }
    return actions;
  }

  /**
   * Where the txn does not say who deletes, the most that can be said for it: a user, or whoever asked under the newest token.
   */
  private deleter({ object, previous, key }: Change): Fence | null {
    if (object !== null || previous === null) return null;
    const { uid, deletionUs } = previous.metadata;
    const byName = this.deletions.get(key);
    const byUid = this.deletions.get(uid);
    this.deletions.delete(key);
    this.deletions.delete(uid);
    // An object that was marked counts as deleted since then, and says by whom; whoever removes
    // it now has ended what it stood for.
    if (deletionUs !== null) return null;
    return byUid === undefined ? (byName ?? null) : newer(byName, byUid);
  }

  accepted(entry: AcceptedAction): readonly Action[] {
    if (entry.sequence <= this.reported) return none;
    this.reported = entry.sequence;
    const { role, token } = entry;
    return [{ at: 'cloud', type: entry.action === 'seal' ? 'seal' : 'action', role, token, change: null, entry }];
  }
}

const none: readonly Action[] = [];

/** The newest authority of two that asked for the same; null as soon as one of them is a user, who needs none. */
function newer(before: Fence | null | undefined, fence: Fence | null): Fence | null {
  if (before === undefined || fence === null) return fence;
  if (before === null) return null;
  return before.role !== fence.role || before.token < fence.token ? fence : before;
}

/** Hears of actions that were accepted at once. */
export type ActionListener = (actions: readonly Action[]) => void;

/** The actions of a run, read once for all monitors that listen. */
export class ActionLog implements Observer {
  readonly hears = isDeletion;
  readonly sees = isAcceptance;
  /** What a monitor that listens goes through. */
  readonly through: readonly Observer[];
  private readonly reader = new ActionReader();
  private readonly listeners: ActionListener[] = [];

  constructor(journal: CommitJournal) {
    this.through = [journal, this];
    journal.follow((changes) => this.tell(this.reader.committed(changes)), 'authority', 'deletion', 'grant');
  }

  listen(listener: ActionListener): void {
    this.listeners.push(listener);
  }

  sent(_from: Process, _to: Process, what: Kind, body: unknown): void {
    this.reader.asked(what, body);
  }

  crossed(_process: Process, _what: Boundary, body: unknown): void {
    this.tell(this.reader.accepted(body as AcceptedAction));
  }

  private tell(actions: readonly Action[]): void {
    if (actions.length > 0) for (const listener of this.listeners) listener(actions);
  }
}

/** One log for all properties of a run, beside its journal. */
export type ActionLogOf = (scene: Scene) => ActionLog;

export function sharedActionLogs(journalOf: JournalOf): ActionLogOf {
  return oncePerRun((scene) => new ActionLog(journalOf(scene)));
}

/** `the write of /registry/Workload/web-1 under token 12 of deployer`. */
export function describeAction({ role, token, change, entry }: Action): string {
  const under = `under token ${token} of ${role}`;
  if (change !== null) return `the ${change.object === null ? 'deletion' : 'write'} of ${change.key} ${under}`;
  return `the cloud's ${entry?.action} for ${entry?.owner} generation ${entry?.generation} ${under}`;
}
