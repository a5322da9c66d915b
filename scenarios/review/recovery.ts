/**
 * How much work a restart is on a young platform and on an older one: what is bounded is the same at any age. One member of the
 * store loses power twice in a run in which nothing else goes wrong.
 */
import { BoundaryMeter, type ClassAccount } from '../../model/properties/platform/index.ts';
import { appliedBoundary, type AppliedEntry } from '../../model/raft/host/state-machine.ts';
import type { Design } from '../../model/design.ts';
import type { StoreMemberView } from '../../model/store/member/member.ts';
import { createRun, seconds, type Boundary, type Fault, type Micros, type Observer, type Process } from '../../sim/index.ts';
import { steady } from '../catalogue/steady.ts';
import type { Scenario } from '../define-scenario.ts';
import { plan, runSpec } from '../run-spec.ts';

/** One restart of the member. */
export interface Restart {
  /** When it came up again: the age of the platform. */
  readonly atUs: Micros;
  /** Entries of the log that others had applied by then. */
  readonly logEntries: number;
  /** Entries among them that it had missed while it was down. */
  readonly missedEntries: number;
  /**
   * How many of the others' entries it applied, for the first time or once more, until it had all of them. What it did not apply
   * was in its backend, or came by a snapshot.
   */
  readonly appliedEntries: number;
  /** How long that took; null: at the end of the run it did not have all of them. */
  readonly tookUs: Micros | null;
  /** Entries in its log then: what a restart reads. */
  readonly logKept: number;
  /** What a snapshot carries. */
  readonly stateBytes: number;
  /** Changes that a watch can still be told of. */
  readonly changesKept: number;
  /** All changes until then, kept or not. */
  readonly revision: number;
}

export interface Aged {
  readonly restarts: readonly Restart[];
  /** What the whole run has written of each class of state. */
  readonly accounts: readonly ClassAccount[];
  readonly simulatedUs: Micros;
}

/** A region's only member of the store, whatever the size of the group. */
const MEMBER = 'store-north-1';
const AGES_US: readonly Micros[] = [seconds(10), seconds(40)];
/** Long enough for the others to elect a leader and go on. */
const DOWN_US = seconds(3);
const END_US = seconds(48);

/** Throws what the run threw when it crashed. */
export function grownOld(design: Partial<Design>): Aged {
  const scenario: Scenario = { ...steady, healAtUs: END_US - seconds(1), endUs: END_US };
  const faults = AGES_US.map((at): Fault => ({ at, do: 'crash', target: MEMBER, for: DOWN_US }));
  const spec = runSpec(scenario, { ...plan({ scenario, seed: 1, design }), faults });
  // Properties have runs of their own.
  const run = createRun({ ...spec, properties: [], keepHistory: false });
  const accounts = new BoundaryMeter();
  const restarts = new RestartMeter(
    () => run.nowUs,
    () => run.inspect(MEMBER).program as StoreMemberView,
  );
  run.observe(accounts);
  run.observe(restarts);
  if (run.advance() === 'crashed') throw run.failure?.error;
  return { restarts: restarts.all, accounts: accounts.table, simulatedUs: run.nowUs };
}

/** What is counted while it catches up. */
interface CatchingUp extends Pick<Restart, 'atUs' | 'logEntries' | 'missedEntries'> {
  appliedEntries: number;
}

class RestartMeter implements Observer {
  private readonly now: () => Micros;
  private readonly inspect: () => StoreMemberView;
  private readonly done: Restart[] = [];
  private current: CatchingUp | null = null;
  /** The last entry that anybody has applied, and the member by itself. */
  private newest = 0;
  private own = 0;

  constructor(now: () => Micros, inspect: () => StoreMemberView) {
    this.now = now;
    this.inspect = inspect;
  }

  get all(): readonly Restart[] {
    return this.current === null ? this.done : [...this.done, this.measured(this.current, null)];
  }

  sees(what: Boundary): boolean {
    return what === (appliedBoundary as Boundary);
  }

  started({ name, incarnation }: Process): void {
    if (name !== MEMBER || incarnation === 1) return;
    const { newest, own } = this;
    this.current = { atUs: this.now(), logEntries: newest, missedEntries: newest - own, appliedEntries: 0 };
  }

  crossed({ name }: Process, _what: Boundary, body: unknown): void {
    const { index } = body as AppliedEntry;
    if (name === MEMBER) this.caughtUp(index);
    if (index > this.newest) this.newest = index;
  }

  private caughtUp(index: number): void {
    this.own = index;
    const { current } = this;
    if (current === null) return;
    if (index <= current.logEntries) current.appliedEntries++;
    if (index < current.logEntries) return;
    this.done.push(this.measured(current, this.now() - current.atUs));
    this.current = null;
  }

  private measured(restart: CatchingUp, tookUs: Micros | null): Restart {
    const { raft, store } = this.inspect();
    const { firstIndex = 1, lastIndex = 0 } = raft.raft ?? {};
    return {
      ...restart,
      tookUs,
      logKept: lastIndex - firstIndex + 1,
      stateBytes: store.sizeBytes,
      changesKept: store.changesKept,
      revision: store.revision,
    };
  }
}
