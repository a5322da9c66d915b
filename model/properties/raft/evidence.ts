/** What crossed the boundaries of a Raft group, kept in order, for judging a property again from scratch. */
import type { Boundary, Kind, Monitor, Observer, Process } from '../../../sim/index.ts';
import { appliedBoundary, isMessageKind, type AppliedEntry, type Message } from '../../raft/index.ts';

export type Fact =
  | { readonly what: 'sent'; readonly process: number; readonly kind: Kind; readonly message: Message }
  | { readonly what: 'durable'; readonly process: number; readonly file: string; readonly first: number; readonly records: readonly unknown[] }
  | { readonly what: 'applied'; readonly process: number; readonly entry: AppliedEntry }
  | { readonly what: 'started'; readonly process: number };

/** The full judgement: in words, or null. It shares no code with the monitor that it is held against. */
export type FullCheck = (facts: readonly Fact[]) => string | null;

const ANOTHER_DISK = 10_000;

/** The monitor itself; with `keepEvidence` one that also keeps every fact and can be judged by `check`. */
export function judged(monitor: Observer, check: FullCheck, keepEvidence: boolean): Monitor {
  if (!keepEvidence) return monitor;
  const facts: Fact[] = [];
  /** By index: how often its machine has got another disk. With each it is another process as far as any claim goes. */
  const replaced: number[] = [];
  const numberOf = ({ index }: Process): number => index + ANOTHER_DISK * (replaced[index] ?? 0);
  return {
    sent(from: Process, to: Process, kind: Kind, body: unknown): void {
      if (isMessageKind(kind)) facts.push({ what: 'sent', process: numberOf(from), kind, message: body as Message });
      monitor.sent?.(from, to, kind, body);
    },
    durable(process: Process, file: string, first: number, records: readonly unknown[]): void {
      facts.push({ what: 'durable', process: numberOf(process), file, first, records });
      monitor.durable?.(process, file, first, records);
    },
    crossed(process: Process, boundary: Boundary, body: unknown): void {
      if (boundary === (appliedBoundary as Boundary)) facts.push({ what: 'applied', process: numberOf(process), entry: body as AppliedEntry });
      monitor.crossed?.(process, boundary, body);
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
