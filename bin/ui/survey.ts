/** Runs ahead of the reader to the end of a run, in slices, and remembers what there is to see. */
import {
  createRun,
  EventType,
  type Fault,
  type Process,
  type Run,
  type RunSpec,
  type SimEvent,
  type Verdict,
  type Violation,
} from '../../sim/index.ts';
import { whomItStrikes, type Strike } from './strike.ts';
import { Trace } from './trace.ts';

/** How a process stands: what its lane shows between its events. `struck`: it runs, but a fault weighs on it. */
export type Standing = 'absent' | 'up' | 'struck' | 'paused' | 'down';

/** From event `from` on (until the next change of the same list) something holds. */
export interface Change<T> {
  readonly from: number;
  readonly is: T;
}

/** A fault as it came to pass, from the event that began it to the event that ended it. */
export interface FaultSpan extends Strike {
  readonly fault: Fault;
  /** The event that begins it. */
  readonly first: number;
  /** The event that ends it; `first` for what happens at once, null while it lasts. */
  last: number | null;
  /** The column of its band: bands of faults at the same time stand side by side. -1: it strikes nobody and has none. */
  readonly column: number;
}

export interface SurveyEnd {
  readonly verdict: Verdict;
  /** The last event of the run; a broken `always` property broke in it. */
  readonly last: number;
  readonly digest: string;
  readonly violation: Violation | null;
  /** What a program threw, when it ended the run. */
  readonly failure: string | null;
}

/** What goals wait for is asked at this pace, as the run itself does. */
const GOAL_CHECK_US = 100_000;

export class Survey {
  readonly spec: RunSpec;
  readonly trace = new Trace();
  readonly processes: readonly { readonly name: string; readonly region: string }[];
  /** By position of the process. */
  readonly standings: readonly Change<Standing>[][];
  /** The faults that are planned, by time. */
  readonly plan: readonly Fault[];
  /** In the order of their beginning. */
  readonly faults: FaultSpan[] = [];
  /** The event in which all faults were healed; 0 before it is known. */
  healed = 0;
  /** `sometimes` properties, with the event in which each was first seen. */
  readonly hits = new Map<string, number>();
  /** By `eventually` property: what it waits for, or null when it is reached. Known after the heal only. */
  readonly goals = new Map<string, Change<string | null>[]>();
  /** Null while the end is not reached. */
  end: SurveyEnd | null = null;
  private readonly run: Run;
  private nextGoalCheckUs: number;
  /** Whom the faults name that begin in the step under way. */
  private readonly told = new Map<Fault, readonly Process[]>();

  /** `run`, if given, stands at its start and is advanced by nobody else. */
  constructor(spec: RunSpec, run: Run = createRun(spec)) {
    this.spec = spec;
    this.run = run;
    this.nextGoalCheckUs = spec.healAtUs;
    this.plan = [...spec.faults].sort((a, b) => a.at - b.at);
    this.processes = this.run.processes.map(({ name, region }) => ({ name, region }));
    this.standings = this.processes.map(() => [{ from: 0, is: 'absent' }]);
    this.run.observe({
      stepped: (event, outcome) => {
        this.trace.add(event, outcome);
        if (event.type === EventType.control) this.controlled(event);
        if (this.run.hits.size > this.hits.size) this.hit();
      },
      struck: (fault, processes) => void this.told.set(fault, processes),
      passed: (nowUs) => {
        if (nowUs >= this.nextGoalCheckUs) this.askGoals(nowUs);
        return this.nextGoalCheckUs;
      },
      healed: () => {
        this.healed = this.run.step + 1;
      },
    });
  }

  /** How far simulated time has come. */
  get nowUs(): number {
    return this.run.nowUs;
  }

  /** Runs `events` further. True when the end is known. */
  advance(events: number): boolean {
    if (this.end !== null) return true;
    const verdict = this.run.advance(this.run.step + events);
    if (verdict === null) return false;
    this.askGoals(this.run.nowUs);
    this.end = {
      verdict,
      last: this.trace.length,
      digest: this.run.digest,
      violation: this.run.violation,
      failure: this.run.failure === null ? null : `${this.run.failure.process}: ${this.run.failure.message}`,
    };
    return true;
  }

  /** The event in which the run was decided against the system: broken, stalled or crashed; 0 when it was not. */
  get violationEvent(): number {
    return this.end === null || this.end.verdict === 'ok' ? 0 : this.end.last;
  }

  /** Where a goal was not reached: the last event that changed what it waits for, as far as was looked; 0 elsewhere. */
  get stalledSince(): number {
    const { violation, last } = this.end ?? { violation: null, last: 0 };
    if (violation?.kind !== 'eventually') return 0;
    // Nobody looked before the heal.
    return Math.max(this.healed, this.goals.get(violation.property)?.at(-1)?.from ?? last);
  }

  standing(process: number, event: number): Standing {
    return lastChange(this.standings[process] ?? [], event)?.is ?? 'absent';
  }

  /** Only the world's own events (a start, a fault, the heal) change how processes stand. */
  private controlled({ kind, body }: SimEvent): void {
    const event = this.trace.length;
    const active = this.run.activeFaults;
    for (const span of this.faults) {
      if (span.last === null && !active.includes(span.fault)) span.last = event;
    }
    // A fault that happens at once is never active: its event is all there is of it.
    if (kind.name === 'fault/begins') this.begin(body as Fault, event, active.includes(body as Fault) ? null : event);
    const struck = new Set(this.faults.flatMap((span) => (span.last === null ? span.struck : [])));
    for (const process of this.run.processes) {
      const changes = this.standings[process.index] as Change<Standing>[];
      const is = standingOf(process, struck.has(process.index));
      if (changes.at(-1)?.is !== is) changes.push({ from: event, is });
    }
  }

  private begin(fault: Fault, event: number, last: number | null): void {
    const strike = whomItStrikes(fault, this.told.get(fault) ?? [], this.run.processes);
    this.told.delete(fault);
    let column = strike.struck.length === 0 ? -1 : 0;
    while (column >= 0 && this.faults.some((span) => span.column === column && (span.last === null || span.last >= event)))
      column++;
    this.faults.push({ fault, ...strike, first: event, last, column });
  }

  private hit(): void {
    for (const property of this.run.hits) {
      if (!this.hits.has(property)) this.hits.set(property, this.trace.length);
    }
  }

  private askGoals(nowUs: number): void {
    this.nextGoalCheckUs = nowUs + GOAL_CHECK_US;
    const waiting = new Map(this.run.pendingGoals().map(({ property, waitsFor }) => [property, waitsFor]));
    for (const { id, kind } of this.spec.properties) {
      if (kind !== 'eventually') continue;
      const changes = this.goals.get(id) ?? [];
      const is = waiting.get(id) ?? null;
      if (changes.length === 0 || changes.at(-1)?.is !== is) changes.push({ from: this.trace.length, is });
      this.goals.set(id, changes);
    }
  }
}

/** Whether a fault weighs on somebody after an event. */
export function isActive({ first, last, struck }: FaultSpan, event: number): boolean {
  return struck.length > 0 && event >= first && (last === null || event < last);
}

/** The change that holds at an event. */
export function lastChange<T>(changes: readonly Change<T>[], event: number): Change<T> | undefined {
  return changes.findLast(({ from }) => from <= event);
}

function standingOf({ incarnation, up, paused }: Process, isStruck: boolean): Standing {
  if (incarnation === 0) return 'absent';
  if (!up) return 'down';
  if (paused) return 'paused';
  return isStruck ? 'struck' : 'up';
}
