/** What crossed the boundaries of a Raft group, kept in order, for judging a property again from scratch. */
import {
  EventType,
  grouped,
  type Boundary,
  type Kind,
  type Micros,
  type Monitor,
  type Outcome,
  type Process,
  type SimEvent,
} from '../../../sim/index.ts';
import { appliedBoundary, isMessageKind, type AppliedEntry, type Entry, type Message, type WalHead } from '../../raft/index.ts';

export type Fact =
  | { readonly what: 'sent'; readonly atUs: Micros; readonly process: number; readonly kind: Kind; readonly message: Message }
  | { readonly what: 'received'; readonly process: number; readonly kind: Kind; readonly message: Message }
  | {
      readonly what: 'durable';
      readonly process: number;
      readonly file: string;
      readonly first: number;
      readonly records: readonly unknown[];
    }
  | { readonly what: 'applied'; readonly process: number; readonly entry: AppliedEntry }
  | { readonly what: 'started'; readonly process: number };

/**
 * The full judgement: in words, or null. It shares nothing with the monitor that it is compared with, except how kinds of
 * messages and files are recognized.
 */
export type FullCheck = (facts: readonly Fact[]) => string | null;

/** The facts of each process, in order. */
export function byProcess(facts: readonly Fact[]): ReadonlyMap<number, readonly Fact[]> {
  return grouped(facts, ({ process }) => process);
}

const ANOTHER_DISK = 10_000;

/** The monitor itself; with `keepEvidence` one that also keeps every fact and can be judged by `check`. */
export function judged(monitor: Monitor, check: FullCheck, keepEvidence: boolean): Monitor {
  if (!keepEvidence) return monitor;
  const facts: Fact[] = [];
  /** By index: how often its machine has got another disk. With each it is another process as far as any claim goes. */
  const replaced: number[] = [];
  let nowUs: Micros = 0;
  const numberOf = ({ index }: Process): number => index + ANOTHER_DISK * (replaced[index] ?? 0);
  return {
    through: monitor.through ?? [],
    sent(from: Process, to: Process, kind: Kind, body: unknown): void {
      if (isMessageKind(kind)) facts.push({ what: 'sent', atUs: nowUs, process: numberOf(from), kind, message: body as Message });
      monitor.sent?.(from, to, kind, body);
    },
    stepped(event: SimEvent, outcome: Outcome): void {
      const { type, target, kind, body } = event;
      if (type === EventType.datagram && outcome === 'handled' && isMessageKind(kind))
        facts.push({ what: 'received', process: numberOf(target!), kind, message: body as Message });
      monitor.stepped?.(event, outcome);
    },
    durable(process: Process, file: string, first: number, records: readonly unknown[]): void {
      facts.push({ what: 'durable', process: numberOf(process), file, first, records });
      monitor.durable?.(process, file, first, records);
    },
    crossed(process: Process, boundary: Boundary, body: unknown): void {
      if (boundary === (appliedBoundary as Boundary))
        facts.push({ what: 'applied', process: numberOf(process), entry: body as AppliedEntry });
      monitor.crossed?.(process, boundary, body);
    },
    passed(time: Micros): void {
      nowUs = time;
      monitor.passed?.(time);
    },
    emptied(process: Process): void {
      replaced[process.index] = (replaced[process.index] ?? 0) + 1;
      monitor.emptied?.(process);
    },
    started(process: Process): void {
      facts.push({ what: 'started', process: numberOf(process) });
      monitor.started?.(process);
    },
    fullCheck: () => check(facts),
  };
}

/** Who counts, worked out from the changes alone: `halves` has one list of voters, or two while the group is between two. */
export class CheckedGroup {
  private readonly members = new Map<number, number>();
  /** Latest first. */
  private halves: (readonly (readonly number[])[])[] = [];

  note(process: number, head: WalHead): void {
    this.members.set(process, head.member);
    if (this.halves.length === 0) this.begin(head.configuration.voters);
  }

  begin(voters: readonly number[]): void {
    this.halves = [[voters]];
  }

  memberOf(process: number): number {
    return this.members.get(process) ?? 0;
  }

  /** The voters of the latest configuration: of two halves while the group is between two. */
  get voters(): readonly (readonly number[])[] {
    return this.halves[0] ?? [];
  }

  /** By the latest configuration or the one before it. */
  accepts(holds: (member: number) => boolean): boolean {
    return this.halves.length === 0 || this.halves.slice(0, 2).some((halves) => agree(halves, holds));
  }

  /** By nothing but the latest configuration. */
  acceptsNow(holds: (member: number) => boolean): boolean {
    return this.halves.slice(0, 1).every((halves) => agree(halves, holds));
  }

  /** By any configuration that there has been. */
  hasAccepted(holds: (member: number) => boolean): boolean {
    return this.halves.some((halves) => agree(halves, holds));
  }

  apply({ change }: Entry): void {
    if (change === null) return;
    const now = this.halves[0]?.[0] ?? [];
    let voters = now;
    for (const { change: what, member } of change.changes) {
      if (what === 'update') continue;
      voters = voters.filter((id) => id !== member);
      if (what === 'add-voter') voters = [...voters, member];
    }
    const single = change.changes.length === 0 || (change.transition === 'auto' && change.changes.length === 1);
    this.halves.unshift(single ? [voters] : [voters, now]);
  }
}

function agree(halves: readonly (readonly number[])[], holds: (member: number) => boolean): boolean {
  return halves.every((half) => half.filter(holds).length > half.length / 2);
}
