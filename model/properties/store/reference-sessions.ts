/**
 * Exactly-once semantics so simple that they are obviously correct, in front of a reference store: written from the Raft
 * dissertation (§6.3), not from `model/store`'s table of sessions.
 */
import { storeErrors } from '../../store/machine/errors.ts';
import type { Command, StoreResponse } from '../../store/machine/requests.ts';
import type { ReferenceStore } from './reference-store.ts';

interface Session {
  readonly client: number;
  answeredBelow: number;
  answers: { readonly sequence: number; readonly response: StoreResponse }[];
}

/** What a correct store makes of an entry. */
export interface Answered {
  readonly expected: StoreResponse;
  /** Of a session: it must have no effect, because it has had it, or because nobody could tell. */
  readonly isRefrained: boolean;
}

export class ReferenceSessions {
  private readonly store: ReferenceStore;
  /** The one used last stands last. */
  private sessions: Session[] = [];

  constructor(store: ReferenceStore) {
    this.store = store;
  }

  /** Answers a command as the entry of an index. */
  apply(index: number, { request, session }: Command): Answered {
    if (session === undefined || session === null) {
      if (request.kind !== 'registerClient') return { expected: this.store.apply(request), isRefrained: false };
      this.sessions.push({ client: index, answeredBelow: 1, answers: [] });
      this.sessions = this.sessions.slice(-request.sessionsMax);
      return { expected: { kind: 'registerClient', revision: this.store.revision, client: index }, isRefrained: false };
    }
    const own = this.sessions.find(({ client }) => client === session.client);
    if (own === undefined) return { expected: storeErrors.ErrClientSessionNotFound, isRefrained: true };
    this.sessions = [...this.sessions.filter((other) => other !== own), own];
    if (session.sequence < own.answeredBelow) return { expected: storeErrors.ErrCommandObsolete, isRefrained: true };
    const before = own.answers.find(({ sequence }) => sequence === session.sequence);
    if (before !== undefined) return { expected: before.response, isRefrained: true };
    if (request.kind === 'registerClient') throw new Error('a session is not begun in a session');
    const response = this.store.apply(request);
    own.answeredBelow = Math.max(own.answeredBelow, session.answeredBelow);
    own.answers = [...own.answers, { sequence: session.sequence, response }].filter(
      ({ sequence }) => sequence >= own.answeredBelow,
    );
    return { expected: response, isRefrained: false };
  }
}
