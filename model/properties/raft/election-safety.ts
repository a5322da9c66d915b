/** Election safety (Raft figure 3): at most one leader in a term, because nobody votes for two. */
import type { Kind, Monitor, Observer, Process, Property, Report, Scene } from '../../../sim/index.ts';
import { MessageType, voteKind, voteResponseKind, type Message, type WalRecord } from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { judged, type Fact } from './evidence.ts';
import type { Group, GroupOf } from './group.ts';
import type { Leaders } from './leaders.ts';

export function electionSafety(groupOf: GroupOf): Property {
  return {
    id: 'raft/election-safety',
    kind: 'always',
    title: 'at most one member leads in a term, and no member votes for two in one',
    monitor: (report, scene, keepEvidence) => judged(new ElectionSafety(report, scene, groupOf(scene)), checkAll, keepEvidence),
  };
}

interface Vote {
  term: number;
  candidate: number;
}

class ElectionSafety implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly leaders: Leaders;
  /** By member: its newest vote, as it was sent, and as it is on a disk. */
  private readonly voted: Vote[] = [];
  private readonly stored: Vote[] = [];

  constructor(report: Report, scene: Scene, group: Group) {
    this.report = report;
    this.scene = scene;
    this.leaders = group.leaders;
    this.through = [group];
    group.listen({
      led: (from, { term }) => this.led(from, term),
      voted: (process, { term, vote }) => {
        if (vote !== 0) this.vote(this.stored, process, group.membership.of(process), term, vote);
      },
    });
  }

  hears(kind: Kind): boolean {
    return kind === voteKind || kind === voteResponseKind;
  }

  sent(from: Process, _to: Process, kind: Kind, body: unknown): void {
    if (kind === voteResponseKind) {
      const { term, to, from: voter, reject } = body as Message;
      if (!reject) this.vote(this.voted, from, voter, term, to);
    } else if (kind === voteKind) {
      // A candidate has voted for itself.
      const { term, from: candidate } = body as Message;
      this.vote(this.voted, from, candidate, term, candidate);
    }
  }

  private led(from: Process, term: number): void {
    const leader = this.leaders.of(term);
    if (leader === from.index) return;
    const name = this.scene.processes()[leader]?.name ?? `process ${leader}`;
    this.report.violated(`${name} and ${from.name} both lead term ${term}`);
  }

  private vote(votes: Vote[], process: Process, voter: number, term: number, candidate: number): void {
    const before = (votes[voter] ??= { term: 0, candidate: 0 });
    if (term === before.term && candidate !== before.candidate) {
      this.report.violated(`${process.name} votes for member ${before.candidate} and for member ${candidate} in term ${term}`);
    }
    if (term <= before.term) return;
    before.term = term;
    before.candidate = candidate;
  }
}

function checkAll(facts: readonly Fact[]): string | null {
  const speakers = new Map<string, Set<string>>();
  const note = (of: string, who: string): void => {
    speakers.set(of, (speakers.get(of) ?? new Set<string>()).add(who));
  };
  for (const fact of facts) {
    if (fact.what === 'durable' && isWal(fact.file)) {
      for (const { hardState } of fact.records as readonly WalRecord[]) {
        if (hardState !== null && hardState.vote !== 0)
          note(`vote stored by ${fact.process} in ${hardState.term}`, `${hardState.vote}`);
      }
    }
    if (fact.what !== 'sent') continue;
    const { type, term, from, to, reject } = fact.message;
    if (type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot)
      note(`leader of ${term}`, `${fact.process}`);
    if (type === MessageType.vote) note(`vote sent by ${fact.process} in ${term}`, `${from}`);
    if (type === MessageType.voteResponse && !reject) note(`vote sent by ${fact.process} in ${term}`, `${to}`);
  }
  for (const [of, who] of speakers) if (who.size > 1) return `${of}: ${[...who].join(' and ')}`;
  return null;
}
