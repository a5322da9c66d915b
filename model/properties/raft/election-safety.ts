/** Election safety (Raft figure 3): at most one leader in a term, because nobody votes for two. */
import type { Kind, Process, Property } from '../../../sim/index.ts';
import { MessageType, voteKind, voteResponseKind, type Message, type WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { judged, type Fact } from './evidence.ts';
import type { GroupOf } from './group.ts';

export function electionSafety(groupOf: GroupOf): Property {
  return {
    id: 'raft/election-safety',
    kind: 'always',
    title: 'at most one member leads in a term, and no member votes for two in one',
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const { leaders, membership } = group;
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

      group.listen({
        led(from, { term }) {
          const leader = leaders.of(term);
          if (leader !== from.index) report.violated(`${name(leader)} and ${from.name} both lead term ${term}`);
        },
        voted(process, hardState) {
          if (hardState.vote !== 0) vote(stored, process, membership.of(process), hardState.term, hardState.vote);
        },
      });
      return judged({
        through: [group],
        hears: (kind) => kind === voteKind || kind === voteResponseKind,
        sent(from: Process, _to: Process, kind: Kind, body: unknown): void {
          if (kind === voteResponseKind) {
            const { term, to, from: voter, reject } = body as Message;
            if (!reject) vote(voted, from, voter, term, to);
          } else if (kind === voteKind) {
            // Who asks for votes has given its own to itself.
            const { term, from: candidate } = body as Message;
            vote(voted, from, candidate, term, candidate);
          }
        },
      }, checkAll, keepEvidence);
    },
  };
}

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
