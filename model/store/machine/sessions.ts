/**
 * Sessions of clients, by which a command that its client repeats takes effect once (Raft dissertation §6.3). Part of the
 * replicated state: every member decides by the log alone what is a repetition, and which session is over. etcd has none.
 */
import { storeErrors } from './errors.ts';
import type { CommandSession } from './requests.ts';
import type { StoreResponse } from './responses.ts';

/** A command's answer, kept for its repetitions. */
export interface KeptAnswer {
  readonly sequence: number;
  readonly response: StoreResponse;
}

/** A session as a snapshot has it. */
export interface SessionRecord {
  readonly client: number;
  /** The client has learnt what became of all its commands below. */
  readonly answeredBelow: number;
  readonly answers: readonly KeptAnswer[];
}

/** What an entry does to the table. */
export type SessionChange =
  | { readonly type: 'registered'; readonly client: number; readonly sessionsMax: number }
  /** By a repetition. */
  | { readonly type: 'used'; readonly client: number }
  | { readonly type: 'answered'; readonly session: CommandSession; readonly response: StoreResponse };

interface ClientSession {
  answeredBelow: number;
  /** By sequence number; none below `answeredBelow`. */
  readonly answers: Map<number, StoreResponse>;
}

const SESSION_BYTES = 32;
const ANSWER_BYTES = 64;

/** What a change takes on disk. */
export const sessionChangeBytes = ANSWER_BYTES;

export class SessionTable {
  private readonly looksNothingUp: boolean;
  /** By client, the one that was used longest ago first: used in the order of the log, never by a clock. */
  private readonly sessions = new Map<number, ClientSession>();
  private answerCount = 0;

  constructor(defects: ReadonlySet<string>) {
    this.looksNothingUp = defects.has('session-without-lookup');
  }

  get sizeBytes(): number {
    return this.sessions.size * SESSION_BYTES + this.answerCount * ANSWER_BYTES;
  }

  /** Makes a change that an entry has made here or at another time. */
  apply(change: SessionChange): void {
    switch (change.type) {
      case 'registered':
        this.register(change.client, change.sessionsMax);
        return;
      case 'used':
        this.use(change.client);
        return;
      case 'answered':
        this.use(change.session.client);
        this.keep(change.session, change.response);
    }
  }

  /** Begins a session. When there are more than `sessionsMax`, those that were used longest ago are over. */
  private register(client: number, sessionsMax: number): void {
    this.sessions.set(client, { answeredBelow: 1, answers: new Map() });
    for (const [oldest, { answers }] of this.sessions) {
      if (this.sessions.size <= sessionsMax) break;
      this.answerCount -= answers.size;
      this.sessions.delete(oldest);
    }
  }

  private use(client: number): void {
    const session = this.sessions.get(client);
    if (session === undefined) return;
    this.sessions.delete(client);
    this.sessions.set(client, session);
  }

  /** What a command is to be answered without being carried out; null for one that is new. Changes nothing. */
  answer({ client, sequence }: CommandSession): StoreResponse | null {
    const session = this.sessions.get(client);
    // Nobody can tell any more whether it is a repetition.
    if (session === undefined) return storeErrors.ErrClientSessionNotFound;
    if (this.looksNothingUp) return null;
    if (sequence < session.answeredBelow) return storeErrors.ErrCommandObsolete;
    return session.answers.get(sequence) ?? null;
  }

  /** Keeps the answer to a new command; forgets those that the client has. */
  private keep({ client, sequence, answeredBelow }: CommandSession, response: StoreResponse): void {
    const session = this.sessions.get(client);
    if (session === undefined) return;
    const { answers } = session;
    this.answerCount -= answers.size;
    answers.set(sequence, response);
    if (answeredBelow > session.answeredBelow) {
      session.answeredBelow = answeredBelow;
      for (const old of answers.keys()) if (old < answeredBelow) answers.delete(old);
    }
    this.answerCount += answers.size;
  }

  /** In the order of their last use. */
  records(): readonly SessionRecord[] {
    return Array.from(this.sessions, ([client, session]) => recordOf(client, session));
  }

  restore(records: readonly SessionRecord[]): void {
    this.sessions.clear();
    this.answerCount = 0;
    for (const { client, answeredBelow, answers } of records) {
      this.sessions.set(client, {
        answeredBelow,
        answers: new Map(answers.map(({ sequence, response }) => [sequence, response])),
      });
      this.answerCount += answers.length;
    }
  }
}

function recordOf(client: number, { answeredBelow, answers }: ClientSession): SessionRecord {
  return { client, answeredBelow, answers: Array.from(answers, ([sequence, response]) => ({ sequence, response })) };
}
