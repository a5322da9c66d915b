/**
 * Steady leadership: a leader whom a majority hears is not challenged, speaks to everybody, and goes when no majority answers
 * (Raft §5.2; dissertation §6.2, §9.6).
 */
import {
  EventType,
  type Kind,
  type Micros,
  type Monitor,
  type Observer,
  type Outcome,
  type Process,
  type Property,
  type Report,
  type Scene,
  type SimEvent,
} from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import {
  appendResponseKind,
  heartbeatKind,
  heartbeatResponseKind,
  isVoter,
  preVoteResponseKind,
  voteKind,
  type Configuration,
  type MemberId,
  type Message,
  type WalRecord,
} from '../../raft/index.ts';
import { isWal } from './durable-log.ts';
import { CheckedGroup, judged, type Fact } from './evidence.ts';
import type { Group, GroupOf } from './group.ts';
import { quorumOf, type Membership } from './membership.ts';

/**
 * After so many election timeouts without answers from a majority a leader must have stepped down. Check-quorum takes two at
 * most: an answer may have come right after a check. Each attempt to hand over starts the count over.
 */
const LONELY_TIMEOUTS = 5;

/**
 * What is known of a leader in its newest term. Its ticks are counted by its own heartbeats, so
 * that no clock and no pause matters.
 */
interface Reign {
  readonly leader: MemberId;
  readonly term: number;
  /** When it last sent a heartbeat. */
  beatUs: Micros;
  /** By member: when it last sent an answer to a heartbeat. */
  readonly saidUs: Micros[];
  /** By member: the leader's tick in which its last answer arrived. */
  readonly answeredTick: number[];
  /** By member: the leader's tick in which it was last sent a heartbeat. */
  readonly beatTick: (number | undefined)[];
  /**
   * By member: the round of that heartbeat. A heartbeat for a read opens a new round, so one
   * that repeats a round came with a tick.
   */
  readonly round: number[];
  /**
   * The latest one at its last heartbeat. When it changes, who answers has to be found out again:
   * new members count as active (etcd).
   */
  configuration: Configuration | undefined;
  ticks: number;
  /** Its tick when the configuration last changed. */
  sinceTick: number;
}

export function steadyLeadership(groupOf: GroupOf, design: Design): Property {
  return {
    id: 'raft/steady-leadership',
    kind: 'always',
    title:
      'while a majority hears the leader, no election starts unless a majority has promised it; a leader sends heartbeats to every voter, and steps down when no majority answers',
    monitor: (report, scene, keepEvidence) =>
      judged(new SteadyLeadership(report, scene, groupOf(scene), design), (facts) => checkAll(facts, design), keepEvidence),
  };
}

class SteadyLeadership implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly membership: Membership;
  private readonly preVote: boolean;
  private readonly electionTicks: number;
  private readonly recentUs: Micros;
  private readonly patience: number;
  /** By leader. */
  private readonly reigns: (Reign | undefined)[] = [];
  private newest: Reign | null = null;
  /** By candidate and by voter: the latest term for which the voter has promised it a vote. */
  private readonly promised: (number[] | undefined)[] = [];

  constructor(report: Report, scene: Scene, group: Group, design: Design) {
    this.report = report;
    this.scene = scene;
    this.membership = group.membership;
    this.preVote = design.preVote;
    this.electionTicks = design.electionTicks;
    this.recentUs = recentUsOf(design);
    this.patience = patienceOf(design);
    this.through = [group];
  }

  hears(kind: Kind): boolean {
    return (
      kind === heartbeatKind ||
      kind === heartbeatResponseKind ||
      (this.preVote && (kind === preVoteResponseKind || kind === voteKind))
    );
  }

  sent(_from: Process, _to: Process, kind: Kind, body: unknown): void {
    const message = body as Message;
    if (kind === heartbeatKind) this.heartbeat(message);
    else if (kind === heartbeatResponseKind) {
      const reign = this.reigns[message.to];
      if (reign !== undefined && reign.term === message.term) reign.saidUs[message.from] = this.scene.nowUs();
    } else if (kind === preVoteResponseKind) this.promise(message);
    // A member that its leader tells to campaign asks for votes at once.
    else if (kind === voteKind && this.preVote && message.round === 0) this.judgeCandidate(message);
  }

  attends(type: EventType): boolean {
    return type === EventType.datagram;
  }

  stepped({ kind, body }: SimEvent, outcome: Outcome): void {
    if ((kind !== heartbeatResponseKind && kind !== appendResponseKind) || outcome !== 'handled') return;
    const { from, to, term } = body as Message;
    const reign = this.reigns[to];
    if (reign !== undefined && reign.term === term) reign.answeredTick[from] = reign.ticks;
  }

  private heartbeat({ from, to, term, round }: Message): void {
    const configuration = this.membership.latest?.configuration;
    let reign = this.reigns[from];
    if (reign === undefined || reign.term < term) {
      reign = {
        leader: from,
        term,
        beatUs: 0,
        saidUs: [],
        answeredTick: [],
        beatTick: [],
        round: [],
        configuration,
        ticks: 0,
        sinceTick: 0,
      };
      this.reigns[from] = reign;
      if (this.newest === null || term > this.newest.term) this.newest = reign;
    }
    if (reign.term !== term) return;
    reign.beatUs = this.scene.nowUs();
    if (configuration !== reign.configuration) {
      reign.configuration = configuration;
      reign.sinceTick = reign.ticks;
    }
    // A second heartbeat of the same round to the same member means a new tick.
    if (reign.round[to] === round && reign.beatTick[to] === reign.ticks) this.ticked(reign);
    reign.beatTick[to] = reign.ticks;
    reign.round[to] = round;
  }

  private ticked(reign: Reign): void {
    reign.ticks++;
    this.judgeHeartbeats(reign);
    this.judgeAnswers(reign);
  }

  private judgeHeartbeats({ leader, term, beatTick, ticks, sinceTick }: Reign): void {
    for (let member = 1; member < beatTick.length; member++) {
      const lastTick = beatTick[member];
      // It may not know yet of a member to which it has never sent a heartbeat.
      if (lastTick === undefined || ticks - Math.max(lastTick, sinceTick) <= this.electionTicks) continue;
      if (!isVoter(this.membership.latest!.configuration, member)) continue;
      this.report.violated(
        `member ${leader} goes on leading term ${term}, and has not sent member ${member} a heartbeat for ${this.electionTicks} ticks`,
      );
    }
  }

  private judgeAnswers({ leader, term, answeredTick, ticks, sinceTick }: Reign): void {
    const { patience } = this;
    if (ticks - sinceTick <= patience) return;
    const from = ticks - patience;
    if (this.membership.isQuorum((member) => member === leader || answeredTick[member]! >= from)) return;
    this.report.violated(`member ${leader} goes on leading term ${term}, and no majority has answered it for ${patience} ticks`);
  }

  private promise({ from, to, term, reject }: Message): void {
    if (reject) return;
    const by = this.promised[to] ?? [];
    this.promised[to] = by;
    if (!(by[from]! >= term)) by[from] = term;
  }

  private judgeCandidate({ from, term }: Message): void {
    const {
      membership: { latest },
      newest,
    } = this;
    if (newest === null || term <= newest.term || latest === undefined) return;
    const { leader, saidUs, beatUs } = newest;
    const sinceUs = this.scene.nowUs() - this.recentUs;
    const hears = (member: MemberId): boolean => (member === leader ? beatUs > sinceUs : saidUs[member]! > sinceUs);
    if (!hears(leader) || !quorumOf(latest.configuration, hears)) return;
    // A promise may arrive late, and one for the candidate's own term still counts (etcd).
    // Those who gave it heard no leader then.
    const by = this.promised[from];
    if (this.membership.wasQuorum((member) => member === from || (by !== undefined && by[member]! >= term - 1))) return;
    this.report.violated(
      `member ${from} calls an election in term ${term}, which no majority has promised, while a majority hears member ${leader}, who leads term ${newest.term}`,
    );
  }
}

/** Whoever has answered so recently hears the leader. */
function recentUsOf({ heartbeatUs, electionTicks }: Design): Micros {
  return Math.floor((heartbeatUs * electionTicks) / 2);
}

/**
 * In ticks. Without check-quorum nothing is promised; with leases every heartbeat has a round of its own, so none shows a tick.
 */
function patienceOf({ electionTicks, checkQuorum, readMode }: Design): number {
  return checkQuorum && readMode !== 'lease' ? LONELY_TIMEOUTS * electionTicks : Number.POSITIVE_INFINITY;
}

interface CheckedReign {
  /** The positions of all of its ticks, and how many there had been at the last change of the group. */
  readonly ticks: number[];
  since: number;
  /** By member, the last heartbeat to it, and how many ticks there had been. */
  readonly last: Map<MemberId, { round: number; tick: number }>;
}

type Sent = Extract<Fact, { readonly what: 'sent' }>;

/** At every call for an election, and at every tick of a leader, looks back at all that went before. */
function checkAll(facts: readonly Fact[], design: Design): string | null {
  const group = new CheckedGroup();
  const patience = patienceOf(design);
  /** By leader and term. */
  const reigns = new Map<string, CheckedReign>();
  let applied = 0;
  for (const [at, fact] of facts.entries()) {
    if (fact.what === 'durable' && isWal(fact.file))
      for (const { head } of fact.records as readonly WalRecord[]) if (head !== null) group.note(fact.process, head);
    if (fact.what === 'applied' && fact.entry.index === applied + 1) {
      applied++;
      group.apply(fact.entry);
      if (fact.entry.change !== null) for (const reign of reigns.values()) reign.since = reign.ticks.length;
    }
    if (fact.what !== 'sent') continue;
    const { kind, message } = fact;
    const { from, term } = message;
    if (
      kind === voteKind &&
      message.round === 0 &&
      design.preVote &&
      isUnasked(facts.slice(0, at), fact, group, recentUsOf(design))
    )
      return `member ${from} calls an election in term ${term}`;
    if (kind !== heartbeatKind) continue;
    const reign = reigns.get(`${from}/${term}`) ?? {
      ticks: [],
      since: 0,
      last: new Map<MemberId, { round: number; tick: number }>(),
    };
    reigns.set(`${from}/${term}`, reign);
    const { ticks, since, last } = reign;
    const before = last.get(message.to);
    const comesWithTick = before?.round === message.round && before.tick === ticks.length;
    if (comesWithTick) ticks.push(at);
    last.set(message.to, { round: message.round, tick: ticks.length });
    if (!comesWithTick) continue;
    const forgotten = [...last].find(
      ([to, { tick }]) => group.voters.flat().includes(to) && ticks.length - Math.max(tick, since) > design.electionTicks,
    );
    if (forgotten !== undefined) return `member ${from} leads term ${term} and does not speak to member ${forgotten[0]}`;
    if (ticks.length - since <= patience) continue;
    const answers = facts
      .slice(ticks.at(-1 - patience), at)
      .filter((each) => each.what === 'received' && each.message.to === from && each.message.term === term);
    const voices = new Set(answers.map((each) => (each as Sent).message.from));
    if (!group.accepts((member) => member === from || voices.has(member))) return `member ${from} leads term ${term} alone`;
  }
  return null;
}

/** A majority hears the leader of the newest term before, and none has promised the candidate its votes. */
function isUnasked(
  before: readonly Fact[],
  { atUs, message: { from, term } }: Sent,
  group: CheckedGroup,
  recentUs: Micros,
): boolean {
  const sent = before.filter((fact): fact is Sent => fact.what === 'sent');
  const beats = sent.filter(({ kind }) => kind === heartbeatKind);
  const newest = Math.max(0, ...beats.map(({ message }) => message.term));
  const leader = beats.find(({ message }) => message.term === newest)?.message.from ?? 0;
  if (leader === 0 || term <= newest) return false;
  const recent = sent.filter((fact) => fact.message.term === newest && fact.atUs > atUs - recentUs);
  const hearing = new Set(
    recent
      .filter(({ kind, message }) => kind === heartbeatResponseKind && message.to === leader)
      .map(({ message }) => message.from),
  );
  hearing.delete(leader);
  if (recent.some(({ kind, message }) => kind === heartbeatKind && message.from === leader)) hearing.add(leader);
  const promises = sent.filter(
    ({ kind, message }) => kind === preVoteResponseKind && message.to === from && !message.reject && message.term >= term - 1,
  );
  const promising = new Set([from, ...promises.map(({ message }) => message.from)]);
  return (
    hearing.has(leader) &&
    group.acceptsNow((member) => hearing.has(member)) &&
    !group.hasAccepted((member) => promising.has(member))
  );
}
