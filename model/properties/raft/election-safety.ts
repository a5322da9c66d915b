/** Election safety (Raft figure 3): at most one leader in a term, because nobody votes for two. */
import type { Kind, Process, Property } from '../../../sim/index.ts';
import { isLeaderKind, MessageType, voteKind, voteResponseKind, type Message, type WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { judged, type Fact } from './evidence.ts';
import { Leaders } from './leaders.ts';
import { Membership } from './membership.ts';

export const electionSafety: Property = {
  id: 'raft/election-safety',
  kind: 'always',
  title: 'at most one member leads in a term, and no member votes for two in one',
  monitor(report, scene, keepEvidence) {
    const leaders = new Leaders();
    const membership = new Membership();
    const voted: Vote[] = [];
    const stored: Vote[] = [];
    const name = (index: number): string => scene.processes()[index]?.name ?? `process ${index}`;

    function vote(votes: Vote[], process: Process, voter: number, term: number, candidate: number): void {
      const before = (votes[voter] ??= { term: 0, candidate: 0 });
      if (term === before.term && candidate !== before.candidate) {
        report.violated(`${process.name} votes for member ${before.candidate} and for member ${candidate} in term ${term}`);
      }
      if (term <= before.term) return;
      before.term = term;
      before.candidate = candidate;
    }

    return judged({
      hears: (kind) => isLeaderKind(kind) || kind === voteKind || kind === voteResponseKind,
      sent(from: Process, _to: Process, kind: Kind, body: unknown): void {
        if (isLeaderKind(kind)) {
          const message = body as Message;
          if (leaders.hear(from.index, kind, message)) return;
          const leader = leaders.of(message.term);
          if (leader !== from.index) report.violated(`${name(leader)} and ${from.name} both lead term ${message.term}`);
        } else if (kind === voteResponseKind) {
          const { term, to, from: voter, reject } = body as Message;
          if (!reject) vote(voted, from, voter, term, to);
        } else if (kind === voteKind) {
          // Who asks for votes has given its own to itself.
          const { term, from: candidate } = body as Message;
          vote(voted, from, candidate, term, candidate);
        }
      },
      durable(process: Process, file: string, _first: number, records: readonly unknown[]): void {
        if (!isWal(file)) return;
        for (let at = 0; at < records.length; at++) {
          const record = records[at] as WalRecord;
          const { hardState } = record;
          membership.note(process, record);
          if (hardState !== null && hardState.vote !== 0) vote(stored, process, membership.of(process), hardState.term, hardState.vote);
        }
      },
    }, checkAll, keepEvidence);
  },
};

interface Vote {
  term: number;
  candidate: number;
}

function checkAll(facts: readonly Fact[]): string | null {
  const speakers = new Map<string, Set<string>>();
  const note = (of: string, who: string): void => {
    speakers.set(of, (speakers.get(of) ?? new Set<string>()).add(who));
  };
  for (const fact of facts) {
    if (fact.what === 'durable' && isWal(fact.file)) {
      for (const { hardState } of fact.records as readonly WalRecord[]) {
        if (hardState !== null && hardState.vote !== 0) note(`vote stored by ${fact.process} in ${hardState.term}`, `${hardState.vote}`);
      }
    }
    if (fact.what !== 'sent') continue;
    const { type, term, from, to, reject } = fact.message;
    if (type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot) note(`leader of ${term}`, `${fact.process}`);
    if (type === MessageType.vote) note(`vote sent by ${fact.process} in ${term}`, `${from}`);
    if (type === MessageType.voteResponse && !reject) note(`vote sent by ${fact.process} in ${term}`, `${to}`);
  }
  for (const [of, who] of speakers) if (who.size > 1) return `${of}: ${[...who].join(' and ')}`;
  return null;
}
